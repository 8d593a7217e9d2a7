"""An encoder's towers without weights: shapes alone, of which the needs of a training follow before it is started."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, cast

import numpy as np
import torch
from torch import Tensor, nn

from mmgap.encoders.base import Trainable
from mmgap.encoders.model_sources import ModelSource
from mmgap.encoders.tower_inputs import TensorRows, as_given
from mmgap.encoders.tower_modules import backbone_of, joined_towers, sides_of
from mmgap.spaces.affine import Affine
from mmgap.spaces.maps import PairMap

#: Tokens of the longest captions, where nobody says how long they are and the model reads more.
USUAL_TOKENS = 77

_ROWS = np.zeros(1, dtype=np.int64)


class Blueprint(Protocol):
    """What an estimate asks of an encoder."""

    @property
    def sources(self) -> Mapping[str, ModelSource]:
        """Where the files of its models are, by name; none for what ships with the package."""
        ...

    def drawn(self, depth: int | None = None) -> DrawnTowers:
        """Return the towers on torch's meta device, with at most ``depth`` blocks in each."""
        ...

    def layers(self, modality: str) -> int:
        """Return the number of blocks of a tower that are all alike; 0 for an architecture without."""
        ...

    def hidden(self, modality: str) -> int:
        """Return the width of what a tower without a head gives."""
        ...

    def tokens(self, asked: int | None) -> int:
        """Return the tokens of a text: as many as asked for, or `USUAL_TOKENS`, and never more than are read."""
        ...

    def inputs(self, modality: str, items: int, tokens: int) -> Any:
        """Return what a tower takes of so many items, whatever it holds."""
        ...

    def parameters(self) -> dict[str, int]:
        """Return the number of parameters of each model, by the names of ``sources``."""
        ...


@dataclass(frozen=True, eq=False)
class DrawnTowers:
    """Both towers, and what adapters belong to, as `mmgap.encoders.trainable.TrainableEncoder` gives them."""

    image: nn.Module
    text: nn.Module
    models: dict[str, nn.Module]


@dataclass(frozen=True, eq=False)
class ModelBlueprint:
    """Drawn from the configurations of models of transformers.

    Attributes:
        configs: of the model of both modalities (``model``), or of each (``image``, ``text``).
        sources: see `Blueprint`.
        heads: of two models, where they are known; else those of any projection but a narrower CCA's.
    """

    configs: dict[str, Any]
    sources: Mapping[str, ModelSource] = field(default_factory=dict)
    heads: PairMap | None = None

    def drawn(self, depth: int | None = None) -> DrawnTowers:
        """See `Blueprint`."""
        from transformers import CLIPImageProcessorPil

        configs = {name: _shallow(config, depth) for name, config in self.configs.items()}
        processor = CLIPImageProcessorPil()
        with torch.device("meta"):
            models = {name: _model(config) for name, config in configs.items()}
            backbones = {name: backbone_of(model) for name, model in models.items()}
            if "model" in models:
                return DrawnTowers(*sides_of(models["model"], processor, "the encoder"), backbones)
            picture = torch.empty(1, 3, self.side, self.side)
            width = models["image"](pixel_values=picture).pooler_output.flatten(1).shape[1]
            across = self.hidden("text")
            heads = self.heads or PairMap(Affine(np.zeros((across, width))))
            text = _MeanOfTokens(models["text"])
            return DrawnTowers(*joined_towers(models["image"], processor, text, heads, across), backbones)

    def layers(self, modality: str) -> int:
        """See `Blueprint`."""
        return getattr(self._part(modality), "num_hidden_layers", 0)

    def hidden(self, modality: str) -> int:
        """See `Blueprint`."""
        return int(self._part(modality).hidden_size)

    @property
    def side(self) -> int:
        """Pixels of a picture's side."""
        side = getattr(self._part("image"), "image_size", 224)
        return side if isinstance(side, int) else side[0]

    def tokens(self, asked: int | None) -> int:
        """See `Blueprint`."""
        limit = getattr(self._part("text"), "max_position_embeddings", USUAL_TOKENS)
        return min(asked or USUAL_TOKENS, limit)

    def inputs(self, modality: str, items: int, tokens: int) -> Any:
        """See `Blueprint`."""
        if modality == "image":
            return torch.empty(items, self.side, self.side, 3, dtype=torch.uint8)
        return {name: torch.ones(items, tokens, dtype=torch.int64) for name in ("input_ids", "attention_mask")}

    def parameters(self) -> dict[str, int]:
        """See `Blueprint`."""
        return {name: sum(p.numel() for p in _model(config).parameters()) for name, config in self.configs.items()}

    def _part(self, modality: str) -> Any:
        config = self.configs.get(modality) or self.configs["model"]
        part = {"image": "vision_config", "text": "text_config"}[modality]
        return getattr(config, part, config)


class TowersBlueprint:
    """Drawn from the towers themselves, which are loaded for it: of an encoder that says nothing else of them.

    Args:
        name: of the encoder.
        encoder: the encoder.
        backbones: gives the modules that adapters belong to, by name.
    """

    sources: Mapping[str, ModelSource] = {}

    def __init__(self, name: str, encoder: Trainable, backbones: Callable[[], dict[str, nn.Module]]) -> None:
        self.name, self.encoder, self.backbones = name, encoder, backbones

    def drawn(self, depth: int | None = None) -> DrawnTowers:
        """See `Blueprint`; all blocks are there, since nothing says which are alike."""
        with torch.device("cpu"):  # what is loaded now has its weights, wherever the drawing is made
            (image, text), backbones = self.encoder.towers(), self.backbones()
            _ = self._one  # read while tensors have data: costs are counted where they have none
        tensors = [t for module in (image, text) for t in (*module.parameters(), *module.buffers())]
        return copy.deepcopy(DrawnTowers(image, text, backbones), {id(t): _without_data(t) for t in tensors})

    def layers(self, modality: str) -> int:
        """See `Blueprint`."""
        return 0

    def hidden(self, modality: str) -> int:
        """See `Blueprint`."""
        tower = dict(zip(("image", "text"), self.encoder.towers(), strict=True))[modality]
        device = next((p.device for p in tower.parameters()), torch.device("cpu"))
        with torch.inference_mode():
            return tower(as_given({n: v.to(device) for n, v in self._one[modality].items()})).shape[1]

    def tokens(self, asked: int | None) -> int:
        """See `Blueprint`; what the encoder makes of a text is not known by its tokens."""
        return asked or USUAL_TOKENS

    def inputs(self, modality: str, items: int, tokens: int) -> Any:
        """See `Blueprint`: as of one white picture, and of one text of `USUAL_TOKENS` words."""
        return {n: torch.empty(items, *v.shape[1:], dtype=v.dtype) for n, v in self._one[modality].items()}

    def parameters(self) -> dict[str, int]:
        """See `Blueprint`."""
        return {}

    @cached_property
    def _one(self) -> dict[str, Mapping[str, Tensor]]:
        from PIL import Image

        given = {
            "image": self.encoder.image_inputs([Image.new("RGB", (256, 256), "white")]),
            "text": self.encoder.text_inputs([" ".join(["word"] * USUAL_TOKENS)]),
        }
        return {kind: TensorRows.checked(v, 1, f"{kind}_inputs", self.name).take(_ROWS) for kind, v in given.items()}


def _without_data(tensor: Tensor) -> Tensor:
    empty = torch.empty_like(tensor, device="meta")
    return nn.Parameter(empty, tensor.requires_grad) if isinstance(tensor, nn.Parameter) else empty


class _MeanOfTokens(nn.Module):
    """A sentence-transformers model of the usual pooling."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, tokens: dict[str, Tensor]) -> dict[str, Tensor]:
        states = self.model(**tokens).last_hidden_state
        mask = tokens["attention_mask"][:, :, None].to(states.dtype)
        return {"sentence_embedding": (states * mask).sum(1) / mask.sum(1).clamp(min=1e-9)}


def _model(config: Any) -> nn.Module:
    """Return the model of transformers, in evaluation mode, without data."""
    from transformers import AutoModel

    with torch.device("meta"):
        return AutoModel.from_config(copy.deepcopy(config)).eval()


def _shallow(config: Any, depth: int | None) -> Any:
    """Return the configuration with at most ``depth`` blocks in each tower."""
    config = copy.deepcopy(config)
    parts = [getattr(config, name, config) for name in ("text_config", "vision_config")]
    for part in parts if depth is not None else ():
        if getattr(part, "num_hidden_layers", 0):
            part.num_hidden_layers = min(cast(int, depth), part.num_hidden_layers)
    return config
