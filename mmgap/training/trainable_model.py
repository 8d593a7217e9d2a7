"""An encoder as something to train: two towers of trunk and head, a learned logit scale."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import dropout, normalize

from mmgap.encoders import Encoder, Trainable
from mmgap.encoders.dual import DualEncoder
from mmgap.encoders.feeding import normalised
from mmgap.encoders.options import Options
from mmgap.encoders.two_towers import ProjectedTowers
from mmgap.spaces.maps import Affine, PairMap
from mmgap.training.recipe import TrainingError

#: What a tensor is called that an encoder from outside gives without a name.
WHOLE = ""

#: e^τ where CLIP's training starts, for encoders that have none.
USUAL_SCALE = 1 / 0.07


class Tower(nn.Module):
    """One modality: a trunk from inputs to features, a head from features to vectors of the common space.

    Features are centred and scaled before the head (by nothing, until `standardise`).

    Attributes:
        trunk: takes uint8 pixels or tokens.
        head: linear, or the identity where the trunk's output is the vector.
        dropped: share of the features that are dropped while training.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, trunk: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.trunk, self.head, self.dropped = trunk, head, 0.0
        self.register_buffer("mean", torch.zeros(()))
        self.register_buffer("spread", torch.ones(()))

    def forward(self, inputs: Any) -> Tensor:
        """(n, d) of what the trunk takes, or of (n, width) features that it gave before."""
        given = isinstance(inputs, Tensor) and inputs.is_floating_point() and inputs.ndim == 2
        features = inputs.to(self.mean.dtype) if given else self.trunk(inputs)
        standard = (features - self.mean) / self.spread
        return self.head(dropout(standard, self.dropped, training=self.training and self.dropped > 0))

    def standardise(self, features: Tensor) -> None:
        """Centre and scale features as these are; the head is changed so that the vectors stay the same."""
        assert isinstance(self.head, nn.Linear)
        mean, spread = features.mean(0), features.std().clamp(min=1e-6)
        with torch.no_grad():
            self.head.bias.add_(self.head.weight @ mean)
            self.head.weight.mul_(spread)
        self.mean, self.spread = mean.to(self.mean), spread.to(self.spread)

    def affine(self) -> Affine:
        """The head as a map of plain features."""
        assert isinstance(self.head, nn.Linear)
        weight = (self.head.weight / self.spread).detach().cpu().double()
        bias = self.head.bias.detach().cpu().double() - weight @ self.mean.cpu().double().expand(weight.shape[1])
        return Affine(weight.numpy(), bias.numpy())

    @property
    def frozen_trunk(self) -> bool:
        """Nothing below the head is trained: its features can be computed once."""
        return not any(parameter.requires_grad for parameter in self.trunk.parameters())


class Dual(nn.Module):
    """Both towers and the logit scale.

    Attributes:
        image, text: the towers; their modules are the encoder's own, so what is trained is what it encodes with.
        log_scale: τ, 0-d.
        image_shift, text_shift: added to unit vectors, which are normalised again; zero but for an amended start.
        backbones: the models of transformers that adapters are put into, by name: one of both towers, or one of each.
        scale_max: where e^τ is clamped.
    """

    image_shift: Tensor
    text_shift: Tensor

    def __init__(self, image: Tower, text: Tower, backbones: dict[str, nn.Module], scale: float) -> None:
        super().__init__()
        self.image, self.text = image, text
        self.log_scale = nn.Parameter(torch.tensor(math.log(scale)))
        self.register_buffer("image_shift", torch.zeros(()))
        self.register_buffer("text_shift", torch.zeros(()))
        self.scale_max = 100.0
        self.backbones = backbones  # a plain dict, so not registered: its parts are the towers' already

    @property
    def towers(self) -> dict[str, Tower]:
        """By name."""
        return {"image": self.image, "text": self.text}

    @property
    def scale(self) -> Tensor:
        """e^τ, at most ``scale_max``."""
        return self.log_scale.clamp(max=math.log(self.scale_max)).exp()

    def images(self, inputs: Any) -> Tensor:
        """(n, d) unit vectors."""
        return shifted(_unit(self.image(inputs)), self.image_shift)

    def texts(self, inputs: Any) -> Tensor:
        """(n, d) unit vectors."""
        return shifted(_unit(self.text(inputs)), self.text_shift)

    def train(self, mode: bool = True) -> Dual:
        """Training mode for what is trained; frozen trunks and batch normalisation stay as they are in evaluation."""
        super().train(mode)
        for tower in self.towers.values():
            if tower.frozen_trunk:
                tower.trunk.eval()
        for module in self.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.eval()
        return self


def shifted(vectors: Tensor, shift: Tensor) -> Tensor:
    """Unit vectors moved by ``shift`` and normalised again; untouched where there is no shift."""
    return _unit(vectors + shift) if shift.ndim else vectors


def _unit(vectors: Tensor) -> Tensor:
    return normalize(vectors.to(torch.promote_types(vectors.dtype, torch.float32)), dim=1)


def _pooled(output: Any, model: nn.Module) -> Tensor:
    if (vectors := getattr(output, "pooler_output", None)) is None:
        raise TrainingError(
            f"{type(model).__name__} has no pooled output of its own that a head could be trained on: this encoder can"
            " be measured, but not trained"
        )
    return vectors


class _Pixels(nn.Module):
    """(n, side, side, 3) uint8 → the image model's pooled output; pixels are cast here, chunk by chunk."""

    def __init__(self, model: nn.Module, processor: Any, options: Options) -> None:
        super().__init__()
        self.model, self.processor, self.options = model, processor, options

    def forward(self, pixels: Tensor) -> Tensor:
        dtype = next(self.model.parameters()).dtype
        values = normalised(self.processor, pixels, self.options).to(dtype)
        return _pooled(self.model(pixel_values=values), self.model).flatten(1)


class _Tokens(nn.Module):
    """Token ids and their mask → the text model's pooled output."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, tokens: Mapping[str, Tensor]) -> Tensor:
        return _pooled(self.model(**tokens), self.model)


class _Sentences(nn.Module):
    """Token ids and their mask → the sentence vector of a sentence-transformers model."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, tokens: Mapping[str, Tensor]) -> Tensor:
        return self.model(dict(tokens))["sentence_embedding"]


class _Own(nn.Module):
    """What an encoder from outside made of a batch → its tower's vectors."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
        return self.model(inputs.get(WHOLE, inputs))


def dual_of(encoder: Encoder) -> Dual:
    """The encoder's models as a `Dual`; it changes with them.

    Raises:
        TrainingError: an encoder without a model that can be trained.
    """
    scale = encoder.logit_scale() or USUAL_SCALE
    if isinstance(encoder, DualEncoder):
        return _of_one_model(encoder, scale).to(encoder.options.device)
    if isinstance(encoder, ProjectedTowers):
        return _of_two_models(encoder, scale).to(encoder.raw.images.options.device)
    if isinstance(encoder, Trainable):
        return _of_own_towers(encoder, encoder.name, scale)
    raise TrainingError(
        f"{encoder.name} cannot be trained: {type(encoder).__name__} has no model with two towers. An encoder of your"
        " own can be when it has the methods towers, image_inputs and text_inputs of mmgap.encoders.Trainable"
    )


def backbone_of(model: nn.Module) -> nn.Module:
    """The model of transformers inside, the outermost, else the model itself: what an adapter belongs to."""
    from transformers import PreTrainedModel

    return next((module for module in model.modules() if isinstance(module, PreTrainedModel)), model)


def _of_one_model(encoder: DualEncoder, scale: float) -> Dual:
    parts = encoder.parts
    model = parts.model
    for name in ("vision_model", "text_model"):
        if not hasattr(model, name):
            raise TrainingError(f"{encoder.name} cannot be trained: {type(model).__name__} has no {name}")
    image = Tower(
        _Pixels(model.vision_model, parts.image_processor, encoder.options),
        getattr(model, "visual_projection", nn.Identity()),
    )
    text = Tower(_Tokens(model.text_model), getattr(model, "text_projection", nn.Identity()))
    dual = Dual(image, text, {"model": backbone_of(model)}, scale)
    for name, shift in getattr(encoder, "shifts", {}).items():  # of what was trained from an amended start
        setattr(dual, f"{name}_shift", shift)
    return dual


def _of_two_models(encoder: ProjectedTowers, scale: float) -> Dual:
    images, texts = encoder.raw.images, encoder.raw.texts
    model, processor = images.parts
    heads = encoder.projection.map(images.width, texts.width)
    text_head = heads.text or Affine(np.eye(texts.width), np.zeros(texts.width))
    image = Tower(_Pixels(model, processor, images.options), _linear(heads.image))
    text = Tower(_Sentences(texts.model), _linear(text_head))
    return Dual(image, text, {"image": backbone_of(model), "text": backbone_of(texts.model)}, scale)


def _of_own_towers(encoder: Trainable, name: str, scale: float) -> Dual:
    modules = tuple(encoder.towers())
    if len(modules) != 2 or not all(isinstance(module, nn.Module) for module in modules):
        raise TrainingError(f"{name}: towers gives {len(modules)} objects, but two torch modules are needed")
    image, text = modules
    if not any(True for module in modules for _ in module.parameters()):
        raise TrainingError(f"{name} cannot be trained: its towers have no parameters")
    dual = Dual(
        Tower(_Own(image), nn.Identity()),
        Tower(_Own(text), nn.Identity()),
        {"image": backbone_of(image), "text": backbone_of(text)},
        scale,
    )
    device = next(parameter.device for module in modules for parameter in module.parameters())
    return dual.to(device)


def _linear(affine: Affine) -> nn.Linear:
    """The map as a layer, float32."""
    layer = nn.Linear(affine.weight.shape[1], affine.weight.shape[0])
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(np.asarray(affine.weight)))
        layer.bias.copy_(torch.from_numpy(np.asarray(affine.bias)))
    return layer


def heads_of(dual: Dual) -> PairMap:
    """Both heads as maps of plain features."""
    return PairMap(dual.image.affine(), dual.text.affine())
