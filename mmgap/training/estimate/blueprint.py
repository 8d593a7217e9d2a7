"""An encoder as `mmgap.training.trainable_model.dual_of` gives it, from configurations alone: shapes and no weights."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from mmgap import encoders
from mmgap.encoders import Encoder, Trainable
from mmgap.encoders.dual import DualEncoder, Parts
from mmgap.encoders.hugging_face import HuggingFaceEncoder
from mmgap.encoders.options import Options
from mmgap.encoders.projection import SavedProjection
from mmgap.encoders.towers import IMAGE_MODELS, LOCAL_IMAGE_MODELS, TEXT_MODELS
from mmgap.encoders.towers import Tower as EncoderTower
from mmgap.encoders.two_towers import ProjectedTowers, TwoTowers
from mmgap.encoders.weights import split_revision
from mmgap.spaces.maps import Affine, PairMap
from mmgap.training.estimate.files import Source
from mmgap.training.recipe import Recipe, TrainingError
from mmgap.training.trainable_model import Dual, dual_of
from mmgap.training.tuning import tune

#: Tokens of the longest captions, where nobody says how long they are and the model reads more.
USUAL_TOKENS = 77


@dataclass(frozen=True)
class Plans:
    """The configurations that an encoder is built from.

    Attributes:
        configs: of the model of both modalities (``model``), or of each (``image``, ``text``).
        sources: where their files are, by the same names; none for what ships with the package.
        projection: of two towers.
    """

    configs: dict[str, Any]
    sources: dict[str, Source]
    projection: Any = None

    @classmethod
    def of(cls, spec: str) -> Plans:
        """Of an encoder by its spec; small files are read, no weights.

        Raises:
            TrainingError: an encoder that cannot be trained, or a model of which nothing is known here.
        """
        encoder: Any = encoders.load(spec)
        encoder = getattr(encoder, "base", encoder)
        if isinstance(encoder, HuggingFaceEncoder):
            source = Source.of(encoder.source, encoder.revision)
            return cls({"model": source.config()}, {"model": source})
        if isinstance(encoder, DualEncoder):
            return cls({"model": encoder.parts.model.config}, {})
        if isinstance(encoder, ProjectedTowers):
            towers = {"image": encoder.raw.images, "text": encoder.raw.texts}
            sources = {name: _source(tower) for name, tower in towers.items()}
            return cls({name: source.config() for name, source in sources.items()}, sources, encoder.projection)
        if isinstance(encoder, Trainable):
            raise TrainingError(f"{spec} comes from outside: what its training needs shows only when it runs")
        raise TrainingError(f"{spec} cannot be trained: {type(encoder).__name__} has no model with two towers")

    def layers(self, modality: str) -> int:
        """Blocks of a tower that are all alike; 0 for an architecture without."""
        return getattr(self._part(modality), "num_hidden_layers", 0)

    def hidden(self, modality: str) -> int:
        """Dimensions of a tower's states."""
        return int(self._part(modality).hidden_size)

    @property
    def side(self) -> int:
        """Pixels of a picture's side."""
        side = getattr(self._part("image"), "image_size", 224)
        return side if isinstance(side, int) else side[0]

    def tokens(self, asked: int | None) -> int:
        """Tokens of a text: as many as asked for, or `USUAL_TOKENS`, and never more than the model reads."""
        limit = getattr(self._part("text"), "max_position_embeddings", USUAL_TOKENS)
        return min(asked or USUAL_TOKENS, limit)

    def built(self, recipe: Recipe, depth: int | None = None) -> Blueprint:
        """The model, tuned, with at most ``depth`` blocks in each tower.

        Raises:
            TrainingError: as `mmgap.training.tuning.tune`.
        """
        configs = {name: _shallow(config, depth) for name, config in self.configs.items()}
        place = _Place()
        with torch.device("meta"):
            dual = dual_of(self._encoder(configs, place))
            tune(dual, recipe)
        return Blueprint(dual.train(), place)

    def parameters(self) -> dict[str, int]:
        """Of each model, before it is tuned."""
        return {name: _count(_model(config)) for name, config in self.configs.items()}

    def _part(self, modality: str) -> Any:
        config = self.configs.get(modality) or self.configs["model"]
        part = {"image": "vision_config", "text": "text_config"}[modality]
        return getattr(config, part, config)

    def _encoder(self, configs: dict[str, Any], place: _Place) -> Encoder:
        from transformers import CLIPImageProcessorPil

        processor, options = CLIPImageProcessorPil(), cast(Options, place)
        if "model" in configs:
            return _DrawnDual(Parts(_model(configs["model"]), processor, None, 0), options)
        model, text = _model(configs["image"]), _MeanOfTokens(_model(configs["text"]))
        picture = torch.empty(1, 3, self.side, self.side)
        width = model(pixel_values=picture).pooler_output.flatten(1).shape[1]
        images = SimpleNamespace(parts=(model, processor), width=width, options=options)
        texts = SimpleNamespace(model=text, width=configs["text"].hidden_size)
        raw = cast(TwoTowers, SimpleNamespace(images=images, texts=texts))
        known = isinstance(self.projection, SavedProjection)
        return ProjectedTowers("drawn", raw, self.projection if known else cast(Any, _AnyProjection()))


@dataclass(frozen=True, eq=False)
class Blueprint:
    """A tuned `Dual` without data.

    Attributes:
        dual: on torch's meta device, until `placed`.
        place: where its input is put.
    """

    dual: Dual
    place: _Place

    @property
    def parameters(self) -> int:
        """How many there are, those of adapters and both heads counted."""
        return _count(self.dual)

    @property
    def trained(self) -> int:
        """How many of them are trained."""
        return sum(parameter.numel() for parameter in self.dual.parameters() if parameter.requires_grad)

    @property
    def bytes(self) -> int:
        """Of all parameters and buffers."""
        return sum(t.numel() * t.element_size() for t in (*self.dual.parameters(), *self.dual.buffers()))

    def placed(self) -> Dual:
        """On the CPU; called where torch's fake tensors are made, it still has no data."""
        self.dual.to_empty(device="cpu")
        self.place.device = "cpu"
        return self.dual


@dataclass
class _Place:
    """The one option that a model without data needs, in the place of `Options`."""

    device: str = "meta"

    def torch_dtype(self) -> torch.dtype:
        return torch.float32


class _DrawnDual(DualEncoder):
    """What `dual_of` takes an encoder for."""

    def __init__(self, drawn: Parts, options: Options) -> None:
        super().__init__("drawn", options)
        self.drawn = drawn

    @property
    def parts(self) -> Parts:
        return self.drawn

    def logit_scale(self) -> None:
        return


class _AnyProjection:
    """Images into text space, texts within it; its shapes are those of every projection but a narrower CCA's."""

    def map(self, image_width: int, text_width: int) -> PairMap:
        return PairMap(Affine(np.zeros((text_width, image_width)), np.zeros(text_width)))

    def logit_scale(self) -> None:
        return


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
    """Of transformers, in evaluation mode, without data."""
    from transformers import AutoModel

    with torch.device("meta"):
        return AutoModel.from_config(copy.deepcopy(config)).eval()


def _shallow(config: Any, depth: int | None) -> Any:
    """The configuration with at most ``depth`` blocks in each tower."""
    config = copy.deepcopy(config)
    parts = [getattr(config, name, config) for name in ("text_config", "vision_config")]
    for part in parts if depth is not None else ():
        if getattr(part, "num_hidden_layers", 0):
            part.num_hidden_layers = min(cast(int, depth), part.num_hidden_layers)
    return config


def _source(tower: EncoderTower) -> Source:
    if tower.source in LOCAL_IMAGE_MODELS or tower.source == "minilm":
        return Source(tower.source, tower.folder)
    names = {**IMAGE_MODELS, **TEXT_MODELS}
    return Source.of(*split_revision(names.get(tower.source, tower.source)))


def _count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())
