"""What every model of transformers with an image and a text side shares; families differ in where it comes from."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mmgap.encoders.base import EncoderError
from mmgap.encoders.explained_errors import explained
from mmgap.encoders.model_options import Options
from mmgap.encoders.model_settings import pads_left
from mmgap.encoders.trainable import TrainableEncoder

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image
    from torch import nn

    from mmgap.datasets import Dataset
    from mmgap.encoders.blueprint import Blueprint
    from mmgap.encoders.tower_inputs import TowerRows

log = logging.getLogger(__name__)


@dataclass
class Parts:
    """A loaded model and what feeds it.

    Attributes:
        model: has ``get_image_features`` and ``get_text_features``.
        image_processor: of transformers, PIL backend.
        tokenizer: of transformers.
        text_limit: tokens a text may have; the rest is cut.
        padding: ``True`` (to the longest of the batch) or ``"max_length"``, as the model was trained.
    """

    model: Any
    image_processor: Any
    tokenizer: Any
    text_limit: int
    padding: bool | str = True


class DualEncoder(TrainableEncoder):
    """An `mmgap.encoders.Encoder` over a model with ``get_image_features`` and ``get_text_features``.

    Sub-classes give ``fingerprint``, ``logit_scale`` and ``_load``.

    Attributes:
        name: the spec it was made from.
        texts_cut: how many texts of the last call of `encode_texts` were longer than the model reads.
    """

    takes_pixels = True
    can_be_amended = True

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self.options = options
        self.texts_cut = 0

    def _load(self) -> Parts:
        raise NotImplementedError

    @cached_property
    def parts(self) -> Parts:
        """The model, loaded now if it was not."""
        from mmgap.encoders.loading import require_pixels_alone

        parts = self._load()
        require_pixels_alone(parts.model.get_image_features, parts.image_processor, self.name)
        parts.model = self.options.place(parts.model)
        return parts

    def items_a_batch(self, modality: str) -> int:
        """Return the batch size."""
        return self.options.batch_size

    def encode_images(self, images: Sequence[Image]) -> np.ndarray:
        """Return (N, d) float32, as the model's projection gives them."""
        from mmgap.encoders.batches import in_batches
        from mmgap.encoders.feeding import feed, model_input, readers_of

        model, processor = self.parts.model, self.parts.image_processor
        items, prepare = feed(images, processor, self.options, self.name)

        def forward(prepared: Any) -> torch.Tensor:
            with explained(self.name, "its images cannot be encoded"):
                output = model.get_image_features(pixel_values=model_input(prepared, processor, self.options))
            return pooled(output, self.name)

        return in_batches(
            items,
            self.options.batch_size,
            prepare,
            forward,
            what="images",
            readers=readers_of(items, self.options),
        )

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Return (M, d) float32, as the model's projection gives them; too long texts are cut, counted and logged."""
        from mmgap.encoders.batches import by_length

        parts = self.parts
        cuts: list[int] = []

        def prepare(batch: list[str]) -> Any:
            with explained(self.name, "its texts cannot be read"):
                tokens = parts.tokenizer(
                    batch, padding=parts.padding, truncation=True, max_length=parts.text_limit, return_tensors="pt"
                )
                cuts.append(count_cut(parts.tokenizer, batch, tokens, parts.text_limit))
                return tokens

        def forward(tokens: Any) -> torch.Tensor:
            with explained(self.name, "its texts cannot be encoded"):
                output = parts.model.get_text_features(**tokens.to(self.options.device))
            return pooled(output, self.name)

        def tokens(some: list[str]) -> list[int]:
            with explained(self.name, "its texts cannot be read"):
                return token_counts(parts.tokenizer, some, parts.text_limit)

        counted = None if parts.padding == "max_length" else tokens
        vectors = by_length(texts, self.options.batch_size, prepare, forward, counted)
        self.texts_cut = sum(cuts)
        log_cut(self.name, self.texts_cut, len(texts), parts.text_limit)
        return vectors

    def towers(self) -> tuple[nn.Module, nn.Module]:
        """Return both sides of the model, each a trunk with the projection as its head."""
        from mmgap.encoders.tower_modules import sides_of

        return sides_of(self.parts.model, self.parts.image_processor, self.name)

    def backbones(self) -> dict[str, nn.Module]:
        """Return the model, which is one of both towers."""
        from mmgap.encoders.tower_modules import backbone_of

        return {"model": backbone_of(self.parts.model)}

    def image_inputs(self, images: Sequence[Image]) -> torch.Tensor:
        """Return (N, side, side, 3) uint8: pictures as the model's processor resizes them."""
        import torch

        from mmgap.encoders.tower_inputs import resized

        return torch.from_numpy(resized(self, self.parts.image_processor, images))

    def image_rows(self, dataset: Dataset) -> TowerRows:
        """Return pictures at the size that the model reads, kept in the cache."""
        from mmgap.encoders.tower_inputs import pixel_rows

        return pixel_rows(self, self.parts.image_processor, dataset)

    def text_inputs(self, texts: Sequence[str]) -> dict[str, torch.Tensor]:
        """Return token ids and their mask, (M, L) each, cut where the model stops reading, as in encoding."""
        parts = self.parts
        with explained(self.name, "its texts cannot be read"):
            found = parts.tokenizer(
                list(texts), padding=parts.padding, truncation=True, max_length=parts.text_limit, return_tensors="pt"
            )
        return {name: found[name] for name in found}

    def text_rows(self, dataset: Dataset) -> TowerRows:
        """Return all captions as token ids."""
        from mmgap.encoders.tower_inputs import TokenRows

        return TokenRows(self.text_inputs(dataset.captions), whole=self.parts.padding == "max_length")

    def text_rows_key(self) -> dict[str, Any]:
        """Return a part of a key: empty but for texts padded on the left, which were cut otherwise before."""
        return {"text_rows": 2} if any(map(pads_left, self.model_folders())) else {}

    def blueprint(self) -> Blueprint:
        """Return the model's configuration."""
        from mmgap.encoders.blueprint import ModelBlueprint

        return ModelBlueprint({"model": self.parts.model.config})

    def write_whole(self, folder: Path, logit_scale: float | None) -> str:
        """Write the model, its processor and its tokenizer as transformers reads them; ``hf:`` loads them."""
        import torch

        if logit_scale is not None and hasattr(self.parts.model, "logit_scale"):
            with torch.no_grad():
                self.parts.model.logit_scale.fill_(float(np.log(logit_scale)))
        for part in (self.parts.model, self.parts.image_processor, self.parts.tokenizer):
            part.save_pretrained(folder)
        return "hf:{out}"


def require_dual(model: Any, name: str) -> None:
    """Raise `EncoderError` for a model that does not take both images and texts."""
    for method in ("get_image_features", "get_text_features"):
        if not hasattr(model, method):
            raise EncoderError(f"{name}: {type(model).__name__} has no {method}; it is no dual encoder")


def pooled(output: Any, name: str = "the model") -> torch.Tensor:
    """Return (batch, d) vectors out of what ``get_*_features`` returns: a tensor before transformers 5, an object
    since.

    Raises:
        EncoderError: there are none, or one for every token.
    """
    vectors = output if hasattr(output, "shape") else getattr(output, "pooler_output", None)
    if vectors is None:
        raise EncoderError(f"{name} gives no pooled output to take as a vector: take a model that has one")
    if vectors.ndim != 2:
        raise EncoderError(
            f"{name} gives {tuple(vectors.shape[1:])} numbers an item, not one vector: a model that gives a vector for"
            " each token or patch has no space in which a gap could be measured"
        )
    return vectors


def token_counts(tokenizer: Any, texts: list[str], limit: int) -> list[int]:
    """Return how many tokens are read of each text, the special ones counted, where ``limit`` cuts it."""
    return [len(ids) for ids in tokenizer(texts, truncation=True, max_length=limit, verbose=False)["input_ids"]]


def count_longer(tokenizer: Any, texts: list[str], limit: int) -> int:
    """Return how many texts have more than ``limit`` tokens, the special ones counted."""
    return sum(len(ids) > limit for ids in tokenizer(texts, verbose=False)["input_ids"])


def count_cut(tokenizer: Any, texts: Sequence[str], tokens: Mapping[str, Any], limit: int) -> int:
    """Return how many texts were cut; those that fill the limit are read once more, others cannot have been.

    Args:
        tokenizer, limit: as `count_longer`.
        texts: of the batch.
        tokens: that they became, cut and padded.
    """
    mask = tokens.get("attention_mask")
    full = (
        texts
        if mask is None
        else [text for text, used in zip(texts, mask.sum(1).tolist(), strict=True) if used >= limit]
    )
    return count_longer(tokenizer, list(full), limit) if len(full) else 0


def log_cut(name: str, cut: int, total: int, limit: int) -> None:
    """Say that texts were cut, where some were; of a part of all texts whoever encodes them all says so."""
    from mmgap.encoders.batches import is_part

    if cut and not is_part():
        log.warning("%s: %d of %d texts are longer than %d tokens and were cut", name, cut, total, limit)
