"""``trained:FOLDER``: an encoder that `mmgap.training` changed, its adapters merged into its weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from mmgap import encoders
from mmgap.encoders.base import Encoder, EncoderError, Trainable, identified, identity_of
from mmgap.encoders.dual import DualEncoder, Parts
from mmgap.encoders.projection import SavedProjection
from mmgap.encoders.towers import ImageTower, TextTower
from mmgap.encoders.two_towers import ProjectedTowers, TwoTowers
from mmgap.encoders.weights import file_hashes, no_download
from mmgap.training import artifact as saved
from mmgap.training.chain import chain
from mmgap.training.put_back import merge, put, touched, with_changes

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image
    from torch import nn


class TrainedDual(DualEncoder):
    """A trained model of transformers.

    Attributes:
        base: the encoder before training.
        folder: of `mmgap.training.artifact`.
    """

    def __init__(self, name: str, base: DualEncoder, folder: Path) -> None:
        super().__init__(name, base.options)
        self.base, self.folder = base, folder

    def fingerprint(self, modality: str | None = None) -> dict[str, Any]:
        """The base's, and the content of what changed."""
        return _after(self.base.fingerprint(modality), self.folder)

    def logit_scale(self) -> float:
        """As it was learned."""
        return saved.about(self.folder).logit_scale

    @property
    def shifts(self) -> dict[str, torch.Tensor]:
        """Of an amended start, by modality."""
        return {name.removesuffix("_shift"): v for name, v in self._weights.items() if name.endswith("_shift")}

    def encode_images(self, images: Sequence[Image]) -> np.ndarray:
        """(N, d) float32; of unit norm where the start was amended."""
        return self._moved(super().encode_images(images), "image")

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """(M, d) float32; of unit norm where the start was amended."""
        return self._moved(super().encode_texts(texts), "text")

    @cached_property
    def _weights(self) -> dict[str, torch.Tensor]:
        return saved.weights(self.folder)

    def _load(self) -> Parts:
        import torch

        from mmgap.training.trainable_model import dual_of

        saved.check_base(self.folder, self.base)
        parts = self.base.parts
        dual = dual_of(self.base)
        merge(parts.model, self.folder, "model")
        changed = {name: value for name, value in self._weights.items() if not name.endswith("_shift")}
        put(changed, dict(dual.named_parameters()), self.folder)
        with torch.no_grad():
            if hasattr(parts.model, "logit_scale"):
                parts.model.logit_scale.fill_(float(np.log(self.logit_scale())))
        return parts

    def _moved(self, vectors: np.ndarray, modality: str) -> np.ndarray:
        if (shift := self.shifts.get(modality)) is None:
            return vectors
        import torch

        from mmgap.training.trainable_model import shifted

        unit = torch.nn.functional.normalize(torch.from_numpy(vectors), dim=1)
        return shifted(unit, shift).numpy()


class TrainedOwn:
    """A trained encoder from outside (`mmgap.encoders.Trainable`), which can be trained again.

    Attributes:
        name: the spec it was made from.
        base: the encoder before training.
        folder: of `mmgap.training.artifact`.
    """

    def __init__(self, name: str, base: Trainable, folder: Path) -> None:
        self.name, self.base, self.folder = name, base, folder

    def fingerprint(self, modality: str | None = None) -> dict[str, Any]:
        """The base's, and the content of what changed."""
        return _after(self._encoder.fingerprint(modality), self.folder)

    def logit_scale(self) -> float:
        """As it was learned."""
        return saved.about(self.folder).logit_scale

    def towers(self) -> tuple[nn.Module, nn.Module]:
        """The base's, with what was trained."""
        return self._changed

    def image_inputs(self, images: Sequence[Image]) -> torch.Tensor | Mapping[str, torch.Tensor]:
        """The base's."""
        return self.base.image_inputs(images)

    def text_inputs(self, texts: Sequence[str]) -> torch.Tensor | Mapping[str, torch.Tensor]:
        """The base's."""
        return self.base.text_inputs(texts)

    def encode_images(self, images: Sequence[Image]) -> np.ndarray:
        """(N, d) float32."""
        self.towers()
        return self._encoder.encode_images(images)

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """(M, d) float32."""
        self.towers()
        return self._encoder.encode_texts(texts)

    @property
    def _encoder(self) -> Encoder:
        return cast(Encoder, self.base)

    @cached_property
    def _changed(self) -> tuple[nn.Module, nn.Module]:
        saved.check_base(self.folder, self._encoder)
        image, text = self.base.towers()
        return with_changes(image, self.folder, "image"), with_changes(text, self.folder, "text")


class TrainedImageTower(ImageTower):
    """An image tower whose trunk was trained."""

    def __init__(self, base: ImageTower, folder: Path) -> None:
        super().__init__(base.source, base.options)
        self.base, self.trained = base, folder

    def fingerprint(self) -> dict[str, Any]:
        """The base's, and the content of what changed."""
        return _after(self.base.fingerprint(), self.trained)

    @cached_property
    def parts(self) -> tuple[Any, Any]:
        """The base's model with what was trained, and its processor."""
        model, processor = self.base.parts
        return with_changes(model, self.trained, "image"), processor


class TrainedTextTower(TextTower):
    """A text tower whose trunk was trained."""

    def __init__(self, base: TextTower, folder: Path) -> None:
        super().__init__(base.source, base.options)
        self.base, self.trained = base, folder

    def fingerprint(self) -> dict[str, Any]:
        """The base's, and the content of what changed."""
        return _after(self.base.fingerprint(), self.trained)

    @cached_property
    def model(self) -> Any:
        """The base's model with what was trained."""
        return with_changes(self.base.model, self.trained, "text")


def load(
    argument: str | None, *, device: str, dtype: str, batch_size: int | None, seed: int
) -> TrainedDual | TrainedOwn | ProjectedTowers:
    """``trained:FOLDER``, or ``trained:NAME`` for a folder under ``MMGAP_WEIGHTS``.

    Raises:
        MissingDataError: no such folder, or its base is not on this machine.
        EncoderError: it cannot be read, or its base has other weights here.
    """
    if not argument:
        raise EncoderError("trained: names no folder; mmgap train … --out FOLDER makes one")
    folder, *_ = chain(argument)
    saved.check(folder)  # before what is damaged becomes a key
    start = saved.about(folder).base
    base = encoders.load(start, device=device, dtype=dtype, batch_size=batch_size, seed=seed)
    with no_download():  # the folder may be anybody's
        for part in (base, *((base.raw.images, base.raw.texts) if isinstance(base, ProjectedTowers) else ())):
            getattr(part, "folder", None)
    return onto(base, folder, f"trained:{argument}")


def onto(base: Encoder, folder: Path, name: str) -> TrainedDual | TrainedOwn | ProjectedTowers:
    """A fresh base with what a training changed.

    Raises:
        EncoderError: the folder cannot be read, or belongs to a base with other weights.
    """
    made: TrainedDual | TrainedOwn | ProjectedTowers
    if isinstance(base, DualEncoder):
        made = TrainedDual(name, base, folder)
    elif isinstance(base, ProjectedTowers):
        made = _onto_towers(base, folder, name)
    elif isinstance(base, Trainable):
        made = TrainedOwn(name, base, folder)
    else:
        raise EncoderError(f"{folder} says that it was trained on {base.name}, an encoder that cannot be trained")
    identified(made, identity_of(base))
    return made


def _onto_towers(base: ProjectedTowers, folder: Path, name: str) -> ProjectedTowers:
    saved.check_base(folder, base)
    saved.check(folder, saved.PROJECTION)
    raw = base.raw
    images = TrainedImageTower(raw.images, folder) if touched(folder, "image") else raw.images
    texts = TrainedTextTower(raw.texts, folder) if touched(folder, "text") else raw.texts
    towers = TwoTowers(f"{name} without its heads", images, texts)
    return ProjectedTowers(name, towers, SavedProjection(folder / saved.PROJECTION))


def changed(folder: Path) -> dict[str, str]:
    """SHA-256 of the files that hold what was trained."""
    found = {saved.WEIGHTS: file_hashes(folder)[saved.WEIGHTS]}
    for adapter in sorted((folder / saved.ADAPTER).glob("*")):
        found |= {f"{adapter.name}/{name}": digest for name, digest in file_hashes(adapter).items()}
    return found


def _after(base: dict[str, Any], folder: Path) -> dict[str, Any]:
    """A base's fingerprint, and what every training since has changed."""
    return {**base, "trained": [*base.get("trained", ()), changed(folder)]}
