"""The modules that a training goes through: from what an encoder takes of a modality to the vectors of its space."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mmgap.encoders.base import TrainingError
from mmgap.encoders.feeding import normalised
from mmgap.spaces.affine import Affine
from mmgap.spaces.maps import PairMap


class HeadedTower(nn.Module):
    """A tower of two parts, the upper of which can be trained by itself (``tuning=head``).

    Args:
        trunk: from a batch's input to (n, width) features.
        head: linear, from features to (n, d) vectors; the identity where the trunk gives the vectors.
    """

    def __init__(self, trunk: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.trunk, self.head = trunk, head

    def forward(self, inputs: Any) -> Tensor:
        """Return (n, d) vectors."""
        return self.head(self.trunk(inputs))


class PixelTrunk(nn.Module):
    """(n, side, side, 3) uint8 → the image model's pooled output; pixels are cast here, chunk by chunk."""

    def __init__(self, model: nn.Module, processor: Any) -> None:
        super().__init__()
        self.model, self.processor = model, processor

    def forward(self, pixels: Tensor) -> Tensor:
        """Return (n, width) features."""
        weight = next(self.model.parameters())
        values = normalised(self.processor, pixels, weight.device, weight.dtype)
        return _pooled(self.model(pixel_values=values), self.model).flatten(1)


class TokenTrunk(nn.Module):
    """Token ids and their mask → the text model's pooled output."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, tokens: Mapping[str, Tensor]) -> Tensor:
        """Return (n, width) features."""
        return _pooled(self.model(**tokens), self.model)


class SentenceTrunk(nn.Module):
    """Token ids and their mask → the sentence vector of a sentence-transformers model."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, tokens: Mapping[str, Tensor]) -> Tensor:
        """Return (n, width) features."""
        return self.model(dict(tokens))["sentence_embedding"]


class PooledFeatures(nn.Module):
    """A convolutional network → what its features are on average, as a model of transformers gives it."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixel_values: Tensor) -> SimpleNamespace:
        """Return (n, width) as ``pooler_output``."""
        return SimpleNamespace(pooler_output=self.network.extract_features(pixel_values).mean((2, 3)))


class FinishedVectors(nn.Module):
    """Sentence vectors that were made elsewhere, as a sentence-transformers model gives them."""

    def forward(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return (n, width) as ``sentence_embedding``."""
        return {"sentence_embedding": inputs["vectors"]}


class PlainTrunk(nn.Module):
    """What an encoder made of a batch → the vectors of a tower without a head."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, inputs: Any) -> Tensor:
        """Return (n, d) vectors."""
        return self.model(inputs)


def backbone_of(model: nn.Module) -> nn.Module:
    """Return the model of transformers inside, the outermost, else the model itself: what an adapter belongs to."""
    from transformers import PreTrainedModel

    return next((module for module in model.modules() if isinstance(module, PreTrainedModel)), model)


def sides_of(model: Any, processor: Any, name: str) -> tuple[HeadedTower, HeadedTower]:
    """Return both sides of a model of transformers, each a trunk with the model's projection as its head.

    Args:
        model: with a ``vision_model`` and a ``text_model``.
        processor: of its images.
        name: of the encoder, for errors.

    Raises:
        TrainingError: the model has no such sides.
    """
    for side in ("vision_model", "text_model"):
        if not hasattr(model, side):
            raise TrainingError(f"{name} cannot be trained: {type(model).__name__} has no {side}")
    image, text = PixelTrunk(model.vision_model, processor), TokenTrunk(model.text_model)
    return (
        HeadedTower(image, getattr(model, "visual_projection", nn.Identity())),
        HeadedTower(text, getattr(model, "text_projection", nn.Identity())),
    )


def joined_towers(
    image: nn.Module, processor: Any, text: nn.Module, heads: PairMap, width: int
) -> tuple[HeadedTower, HeadedTower]:
    """Return an image model and a sentence model, each with its side of a map between them as its head.

    Args:
        image: of transformers. processor: of its images.
        text: of sentence-transformers.
        heads: the map; one without a side for texts leaves them as they are.
        width: of the text vectors.
    """
    device = next(image.parameters()).device
    first, second = _linear(heads.image), _linear(heads.text or Affine(np.ones(width)))
    return (
        HeadedTower(PixelTrunk(image, processor), first.to(device)),
        HeadedTower(SentenceTrunk(text), second.to(device)),
    )


def _linear(affine: Affine) -> nn.Linear:
    """Return the map as a layer, float32."""
    layer = nn.Linear(affine.widths[1], affine.widths[0])
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(affine.matrix.copy()))
        layer.bias.copy_(torch.from_numpy(affine.folded()[1]))
    return layer


def _pooled(output: Any, model: nn.Module) -> Tensor:
    if (vectors := getattr(output, "pooler_output", None)) is None:
        raise TrainingError(
            f"{type(model).__name__} has no pooled output of its own that a head could be trained on: this encoder can"
            " be measured, but not trained"
        )
    return vectors
