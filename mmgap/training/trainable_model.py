"""An encoder as something to train: two towers of trunk and head, a learned logit scale."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout, normalize

from mmgap.encoders import Encoder
from mmgap.encoders.tower_inputs import as_given
from mmgap.encoders.tower_modules import HeadedTower, PlainTrunk
from mmgap.encoders.trainable import trainable
from mmgap.spaces.affine import Affine
from mmgap.spaces.maps import PairMap
from mmgap.training.recipe import TrainingError

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

    @classmethod
    def of(cls, module: nn.Module) -> Tower:
        """Return a tower as an encoder gives it: its trunk and head, or the whole as a trunk."""
        if isinstance(module, HeadedTower):
            return cls(module.trunk, module.head)
        return cls(PlainTrunk(module), nn.Identity())

    def forward(self, inputs: Any) -> Tensor:
        """(n, d) of what the trunk takes, or of (n, width) features that it gave before."""
        given = isinstance(inputs, Tensor) and inputs.is_floating_point() and inputs.ndim == 2
        features = inputs.to(self.mean.dtype) if given else self.features(inputs)
        standard = (features - self.mean) / self.spread
        return self.head(dropout(standard, self.dropped, training=self.training and self.dropped > 0))

    def features(self, inputs: Any) -> Tensor:
        """Return (n, width) of what the trunk takes."""
        return self.trunk(as_given(inputs))

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
        """Training mode for what is trained; frozen trunks and batch normalisation stay as they are in evaluation.

        A frozen trunk is put into evaluation mode once, so that a step of a head does not walk through its layers.
        """
        self.training = mode
        for tower in self.towers.values():
            tower.training = mode
            tower.head.train(mode)
            if not tower.frozen_trunk:
                tower.trunk.train(mode)
                for module in tower.trunk.modules():
                    if isinstance(module, nn.modules.batchnorm._BatchNorm):
                        module.eval()
            elif tower.trunk.training:
                tower.trunk.eval()
        return self


def shifted(vectors: Tensor, shift: Tensor) -> Tensor:
    """Unit vectors moved by ``shift`` and normalised again; untouched where there is no shift."""
    return _unit(vectors + shift) if shift.ndim else vectors


def _unit(vectors: Tensor) -> Tensor:
    return normalize(vectors.to(torch.promote_types(vectors.dtype, torch.float32)), dim=1)


def dual_of(encoder: Encoder) -> Dual:
    """Return the encoder's models as a `Dual`; it changes with them.

    Raises:
        TrainingError: an encoder without two modules that can be trained.
    """
    offered = trainable(encoder)
    modules = tuple(offered.towers())
    if len(modules) != 2 or not all(isinstance(module, nn.Module) for module in modules):
        raise TrainingError(f"{encoder.name}: towers gives {len(modules)} objects, but two torch modules are needed")
    if (parameter := next((p for module in modules for p in module.parameters()), None)) is None:
        raise TrainingError(f"{encoder.name} cannot be trained: its towers have no parameters")
    image, text = map(Tower.of, modules)
    dual = Dual(image, text, offered.backbones(), encoder.logit_scale() or USUAL_SCALE)
    for name, shift in offered.shifts().items():  # of what was trained from an amended start
        setattr(dual, f"{name}_shift", shift)
    return dual.to(parameter.device)


def heads_of(dual: Dual) -> PairMap:
    """Return both heads as maps of plain features."""
    return PairMap(dual.image.affine(), dual.text.affine())
