"""A `Dual` tuned as a recipe says, without data: what is there before a training, counted."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from mmgap import encoders
from mmgap.encoders.blueprint import Blueprint
from mmgap.encoders.trainable import trainable
from mmgap.training.recipe import Recipe
from mmgap.training.trainable_model import USUAL_SCALE, Dual, Tower
from mmgap.training.tuning import tune


@dataclass(frozen=True, eq=False)
class DrawnDual:
    """A tuned `Dual` without data.

    Attributes:
        dual: on torch's meta device, until `placed`.
    """

    dual: Dual

    @classmethod
    def of(cls, blueprint: Blueprint, recipe: Recipe, depth: int | None = None) -> DrawnDual:
        """Return the model, tuned, with at most ``depth`` blocks in each tower.

        Raises:
            TrainingError: as `mmgap.training.tuning.tune`.
        """
        with torch.device("meta"):
            drawn = blueprint.drawn(depth)
            dual = Dual(Tower.of(drawn.image), Tower.of(drawn.text), drawn.models, USUAL_SCALE)
            tune(dual, recipe)
        return cls(dual.train())

    @property
    def parameters(self) -> int:
        """How many there are, those of adapters and both heads counted."""
        return sum(parameter.numel() for parameter in self.dual.parameters())

    @property
    def trained(self) -> int:
        """How many of them are trained."""
        return sum(parameter.numel() for parameter in self.dual.parameters() if parameter.requires_grad)

    @property
    def bytes(self) -> int:
        """Of all parameters and buffers."""
        return sum(t.numel() * t.element_size() for t in (*self.dual.parameters(), *self.dual.buffers()))

    def placed(self) -> Dual:
        """Return it on the CPU; called where torch's fake tensors are made, it still has no data."""
        return self.dual.to_empty(device="cpu")


def blueprint_of(spec: str) -> Blueprint:
    """Return what is known of an encoder by its spec; of models of transformers small files are read, no weights.

    Raises:
        TrainingError: an encoder that cannot be trained, or a model of which nothing is known here.
    """
    return trainable(encoders.load(spec)).blueprint()
