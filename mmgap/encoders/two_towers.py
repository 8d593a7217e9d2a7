"""Two models that never met: an image backbone, a sentence encoder, and a projection between their spaces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mmgap import spaces
from mmgap.core.messages import quoted
from mmgap.core.paths import expanded
from mmgap.encoders import e5, efficientnet_lite
from mmgap.encoders.base import Changes, EncoderError
from mmgap.encoders.e5 import E5Tower
from mmgap.encoders.efficientnet_lite import EfficientNetLiteTower
from mmgap.encoders.model_options import Options
from mmgap.encoders.model_settings import has_prompt, pads_left
from mmgap.encoders.projection import Projection, RandomProjection, SavedProjection, UnfittedProjection
from mmgap.encoders.towers import ImageTower, TextTower
from mmgap.encoders.trainable import TrainableEncoder
from mmgap.encoders.trained_towers import TrainedImageTower, TrainedTextTower
from mmgap.spaces.fitting import PairedMap

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image
    from torch import nn

    from mmgap.datasets import Dataset
    from mmgap.encoders.base import Encoder, Vectors
    from mmgap.encoders.blueprint import Blueprint
    from mmgap.encoders.tower_inputs import TowerRows


#: Towers by pip that neither transformers nor sentence-transformers reads, by their short names.
IMAGE_TOWERS: dict[str, type[ImageTower]] = {efficientnet_lite.NAME: EfficientNetLiteTower}
TEXT_TOWERS: dict[str, type[TextTower]] = {e5.NAME: E5Tower}


class TwoTowers:
    """Both towers as they are, of unequal width: what every projection starts from.

    Attributes:
        name: the spec it was made from.
        images: the image tower.
        texts: the text tower.
    """

    def __init__(self, name: str, images: ImageTower, texts: TextTower) -> None:
        self.name, self.images, self.texts = name, images, texts

    @property
    def texts_cut(self) -> int:
        """How many texts of the last call of `encode_texts` were longer than the model reads."""
        return self.texts.cut

    @property
    def picture_side(self) -> int | None:
        """Pixels a side at which pictures are to be prepared; None where the usual size will do."""
        return self.images.picture_side

    def fingerprint(self, modality: str | None = None) -> dict[str, Any]:
        """Return the content of both models, or of the one that ``modality`` goes through, and the options."""
        print_: dict[str, Any] = {"encoder_family": "two-towers", **self.images.options.fingerprint()}
        if modality != "text":
            print_["image_tower"] = self.images.fingerprint()
        if modality != "image":
            print_["text_tower"] = self.texts.fingerprint()
        return print_

    def logit_scale(self) -> None:
        """None: nothing was trained across the towers."""
        return

    def items_a_batch(self, modality: str) -> int:
        """Return the batch size of the image or the text tower."""
        return (self.images if modality == "image" else self.texts).options.batch_size

    def encode_images(self, images: Sequence[Image]) -> np.ndarray:
        """Return (N, d_image) float32."""
        return self.images.encode(images)

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Return (M, d_text) float32."""
        return self.texts.encode(texts)


class ProjectedTowers(TrainableEncoder):
    """Two towers and a projection: images, with CCA and Procrustes texts too, in one space.

    With a random projection retrieval is at chance; with a fitted one it shows how far two separately trained spaces
    go (the practices before CLIP).

    Attributes:
        raw: the towers without the projection, whose vectors are what is cached.
        projection: what joins them.
    """

    takes_pixels = True

    def __init__(self, name: str, raw: TwoTowers, projection: Projection) -> None:
        self.name, self.raw, self.projection = name, raw, projection

    @property
    def texts_cut(self) -> int:
        return self.raw.texts_cut

    @property
    def picture_side(self) -> int | None:
        """See `TwoTowers`."""
        return self.raw.picture_side

    @property
    def to_fit(self) -> tuple[str, str | None] | None:
        """The space that has to be fitted before anything is encoded, and its data set; None where there is none."""
        unfitted = self.projection
        return (unfitted.method, unfitted.data) if isinstance(unfitted, UnfittedProjection) else None

    def fitted_by(self, projection: Projection, data: str) -> ProjectedTowers:
        """Return the same towers with a projection that was fitted on a data set."""
        towers = self.raw.name.rpartition(",")[0]
        return ProjectedTowers(f"{towers},{self.to_fit[0]}:{data}" if self.to_fit else self.name, self.raw, projection)

    def vectors_of(self, dataset: Dataset, embed: Callable[[Encoder], Vectors]) -> Vectors:
        """Return the towers' own vectors, which are what is cached, in the common space."""
        raw = embed(self.raw)
        width = raw.texts.shape[1] if len(raw.texts) else self.raw.texts.width
        images, texts = self.projection.map(raw.images.shape[1], width).transform(raw.images, raw.texts)
        return replace(raw, images=images, texts=texts, notes=self.projection.notes(dataset))

    def fingerprint(self, modality: str | None = None) -> dict[str, Any]:
        """Return the towers' and the projection's."""
        return {**self.raw.fingerprint(modality), "projection": self.projection.fingerprint()}

    def logit_scale(self) -> float | None:
        """As it was learned with the projection; None where nothing was trained across the towers."""
        return self.projection.logit_scale()

    def encode_images(self, images: Sequence[Image]) -> np.ndarray:
        """Return (N, d) float32 in the common space."""
        vectors = self.raw.encode_images(images)
        return self.projection.map(vectors.shape[1], self.raw.texts.width).images(vectors)

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Return (M, d) float32 in the common space."""
        vectors = self.raw.encode_texts(texts)
        return self.projection.map(self.raw.images.width, vectors.shape[1]).texts(vectors)

    def towers(self) -> tuple[nn.Module, nn.Module]:
        """Return both models, each with its side of the projection as its head."""
        from mmgap.encoders.tower_modules import joined_towers

        texts = self.raw.texts
        return joined_towers(*self.raw.images.parts, texts.model, self._heads(), texts.width)

    def backbones(self) -> dict[str, nn.Module]:
        """Return the model of each tower."""
        from mmgap.encoders.tower_modules import backbone_of

        return {"image": backbone_of(self.raw.images.parts[0]), "text": backbone_of(self.raw.texts.model)}

    def image_inputs(self, images: Sequence[Image]) -> torch.Tensor:
        """Return (N, side, side, 3) uint8: pictures as the image model's processor resizes them."""
        import torch

        from mmgap.encoders.tower_inputs import resized

        return torch.from_numpy(resized(self, self.raw.images.parts[1], images))

    def image_rows(self, dataset: Dataset) -> TowerRows:
        """Return pictures at the size that the image model reads, kept in the cache."""
        from mmgap.encoders.tower_inputs import pixel_rows

        return pixel_rows(self, self.raw.images.parts[1], dataset)

    def text_inputs(self, texts: Sequence[str]) -> dict[str, torch.Tensor]:
        """Return what the text model reads, (M, L) each, behind its own prompt."""
        return self.raw.texts.tokens(texts)

    def text_rows(self, dataset: Dataset) -> TowerRows:
        """Return all captions as the text model reads them."""
        return self.raw.texts.rows(dataset.captions)

    def text_rows_key(self) -> dict[str, Any]:
        """Return a part of a key: empty but for a prompt, or padding on the left, which were left out before."""
        folder = self.raw.texts.folder
        return {"text_rows": 2} if has_prompt(folder) or pads_left(folder) else {}

    def trunk_encoder(self) -> TwoTowers:
        """Return the towers without the projection."""
        return self.raw

    def trunks_were_trained(self) -> bool:
        """Return whether a model is other than as it came, whatever joins both."""
        return self.raw.images.was_trained or self.raw.texts.was_trained

    def model_folders(self) -> list[Path]:
        """Return the folder of each model."""
        return [self.raw.images.folder, self.raw.texts.folder]

    def trained(self, name: str, changes: Changes) -> ProjectedTowers:
        """Return towers with what was trained below the heads, joined by the trained heads."""
        projection = SavedProjection(changes.projection_file())
        images, texts = self.raw.images, self.raw.texts
        images = TrainedImageTower(images, changes) if changes.touched("image") else images
        texts = TrainedTextTower(texts, changes) if changes.touched("text") else texts
        return ProjectedTowers(name, TwoTowers(f"{name} without its heads", images, texts), projection)

    def blueprint(self) -> Blueprint:
        """Return the configurations of both models, and the projection where it is a file; of towers that transformers
        does not read the towers themselves."""
        from mmgap.encoders.blueprint import ModelBlueprint

        if not self._of_transformers:
            return super().blueprint()
        sources = {"image": self.raw.images.model_source(), "text": self.raw.texts.model_source()}
        return ModelBlueprint(
            {name: source.config() for name, source in sources.items()}, sources, self.projection.saved_map()
        )

    def write_whole(self, folder: Path, logit_scale: float | None) -> str:
        """Write an image model, a sentence-transformers model and their projection; ``two-towers:`` loads them.

        Raises:
            EncoderError: one of the towers is none that transformers writes.
        """
        if not self._of_transformers:
            return super().write_whole(folder, logit_scale)
        for part in self.raw.images.parts:
            part.save_pretrained(folder / "image")
        self.raw.texts.model.save_pretrained(str(folder / "text"))
        self._heads().save(folder / "projection.safetensors", logit_scale=logit_scale)
        return "two-towers:{out}/image,{out}/text,{out}/projection.safetensors"

    @property
    def _of_transformers(self) -> bool:
        return self.raw.images.of_transformers and self.raw.texts.of_transformers

    def _heads(self) -> spaces.PairMap:
        return self.projection.map(self.raw.images.width, self.raw.texts.width)


def load(
    argument: str | None, *, device: str, dtype: str, batch_size: int | None, seed: int
) -> TwoTowers | ProjectedTowers:
    """Return ``two-towers:IMAGE,TEXT,PROJECTION``.

    The projection is ``none``, ``random`` or ``random:SEED``, a file, or a method of `mmgap.spaces` with the data set
    it is fitted on: ``ridge:flickr8k``, ``cca:folder:PATH``, ``procrustes:arasaac-es``.

    Raises:
        EncoderError: not three parts, an unknown projection, or a wrong option.
    """
    parts = (argument or "").split(",", 2)
    if len(parts) != 3 or not all(parts):
        raise EncoderError(
            f"two-towers needs IMAGE,TEXT,PROJECTION, as in two-towers:mobilenet-v2,minilm,random; got"
            f" {quoted(argument)!r}"
        )
    image, text, source = parts
    raw = TwoTowers(
        f"two-towers:{image},{text},none",
        IMAGE_TOWERS.get(image, ImageTower)(image, Options.choose(device, dtype, batch_size, cpu=4)),
        TEXT_TOWERS.get(text, TextTower)(text, Options.choose(device, dtype, batch_size, cpu=32)),
    )
    if source == "none":
        return raw
    return ProjectedTowers(f"two-towers:{image},{text},{source}", raw, _projection(source))


def _projection(source: str) -> Projection:
    name, colon, argument = source.partition(":")
    if name == "random":
        return RandomProjection(argument if colon else None)
    if name in spaces.registry and _joins(name):
        return UnfittedProjection(name, argument if colon else None)
    file = expanded(source)
    if file.suffix in (".safetensors", ".npy"):
        return SavedProjection(file)
    known = ", ".join(f"{method}:DATASET" for method in filter(_joins, spaces.registry))
    raise EncoderError(
        f"unknown projection {quoted(source)!r}: none, random, random:SEED, {known}, or a file (.safetensors, .npy)"
    )


def _joins(name: str) -> bool:
    """Whether a space can be fitted between two towers: an affine map of each side, of unequal widths."""
    return issubclass(spaces.registry.get(name), PairedMap)
