"""What each part of a training costs: towers, loss, looking at the validation split, features of frozen trunks."""

from __future__ import annotations

import math
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._pytree import tree_leaves

from mmgap import losses
from mmgap.encoders.blueprint import Blueprint
from mmgap.losses import batch_blocks
from mmgap.losses.row_products import RowProducts
from mmgap.training.estimate.drawn_dual import DrawnDual, blueprint_of
from mmgap.training.estimate.traced_costs import Cost, traced
from mmgap.training.extra_inputs import require_given
from mmgap.training.model_inputs import READING
from mmgap.training.recipe import Recipe
from mmgap.training.trainable_model import Dual, Tower
from mmgap.training.validation import LIMIT

MODALITIES = ("image", "text")


#: What of a recipe changes the cost of a tower.
SHAPING = (
    "tuning",
    "towers",
    "train_heads",
    "precision",
    "checkpointing",
    "rank",
    "dropout",
    "targets",
    "feature_dropout",
)


@dataclass(eq=False)
class Costs:
    """Of one encoder under one way of training it, whatever the loss, batch and chunk; every part is traced once.

    A tower of many equal blocks is traced with few of them and with one more: the others cost as much as that one.

    Args:
        blueprint: of the encoder.
        recipe: how it is trained; what is not in `SHAPING` does not count.
        tokens: of a text; None takes what `mmgap.encoders.blueprint.Blueprint.tokens` does.
    """

    blueprint: Blueprint
    recipe: Recipe
    tokens: int | None = None
    _seen: dict[tuple[Any, ...], Cost] = field(default_factory=dict)
    _duals: dict[int, tuple[FakeTensorMode, Dual]] = field(default_factory=dict)

    @classmethod
    def of(cls, spec: str, recipe: Recipe, tokens: int | None) -> Costs:
        """Of an encoder by its spec: the same object for recipes that differ in nothing that counts."""
        return _costs(spec, Recipe("ce", **{name: getattr(recipe, name) for name in SHAPING}), tokens)

    @property
    def length(self) -> int:
        """Tokens of a text."""
        return self.blueprint.tokens(self.tokens)

    @cached_property
    def whole(self) -> DrawnDual:
        """The model with all of its blocks."""
        return DrawnDual.of(self.blueprint, self.recipe)

    def frozen(self, modality: str) -> bool:
        """Return whether a trunk's features are computed once."""
        return self._shallow(modality).frozen_trunk

    def learning(self, modality: str, items: int) -> Cost:
        """Forward and backward pass of ``items`` through a tower."""
        return self._cost("learning", modality, items)

    def watching(self, modality: str, items: int) -> Cost:
        """Forward pass alone."""
        return self._cost("watching", modality, items)

    def features(self, modality: str, items: int) -> Cost:
        """Forward pass through a trunk that is frozen; nothing where it is not."""
        return self._cost("features", modality, items) if self.frozen(modality) else Cost()

    def loss(self, expression: str, pairs: int) -> Cost:
        """Return a loss of ``pairs`` and its gradient with respect to their vectors: the matrices are here."""
        key = (expression, pairs)
        if key not in self._seen:
            width = self.width
            with FakeTensorMode():
                x, y, scale = (torch.empty(shape, requires_grad=True) for shape in ((pairs, width), (pairs, width), ()))
                module = losses.parse(expression)
                require_given(module)
                known = [x, y, scale, *module.parameters(), *module.buffers()]

                def forward() -> Tensor:  # what it needs of a batch is (N, N), or comes in blocks as its matrices do
                    blocks = pairs**2 > batch_blocks.ENTRIES
                    one = RowProducts(torch.empty(pairs, width)) if blocks else torch.empty(pairs, pairs)
                    needed = dict.fromkeys(module.needs, one)
                    return module(x, y, logit_scale=scale, **needed)

                self._seen[key] = traced(forward, known, learn=True)
        return self._seen[key]

    @property
    def width(self) -> int:
        """Dimensions of the common space."""
        head = self._shallow("image").head
        return getattr(head, "out_features", 0) or self._features("image")

    def input_bytes(self, modality: str, items: int) -> int:
        """Return what a tower takes of ``items``: pixels or tokens, or features where its trunk is frozen."""
        if self.frozen(modality):
            return 4 * items * self._features(modality)
        given = tree_leaves(self.blueprint.inputs(modality, 1, self.length))
        return items * sum(tensor.numel() * tensor.element_size() for tensor in given)

    def _cost(self, what: str, modality: str, items: int) -> Cost:
        key = (what, modality, items)
        if key not in self._seen:
            few, layers = self._few, self.blueprint.layers(modality)
            if layers <= few + 1:
                self._seen[key] = self._traced(what, modality, items, few + 1)
            else:
                one = self._traced(what, modality, items, few)
                two = self._traced(what, modality, items, few + 1)
                self._seen[key] = one.extended(two, layers - few)
        return self._seen[key]

    def _traced(self, what: str, modality: str, items: int, depth: int) -> Cost:
        mode, dual = self._dual(depth)
        tower = dual.towers[modality]
        width = self._features(modality) if tower.frozen_trunk and what != "features" else None
        with mode:
            inputs = self._inputs(modality, items, width)
            known = [*dual.parameters(), *dual.buffers(), *tree_leaves(inputs)]
            encode = {"image": dual.images, "text": dual.texts}[modality] if what != "features" else tower.features

            def forward() -> Tensor:
                with self._autocast():
                    return encode(inputs)

            dual.train(what == "learning")
            return traced(forward, known, learn=what == "learning")

    def _inputs(self, modality: str, items: int, width: int | None) -> Any:
        """Features of that width, else pixels or tokens."""
        if width is not None:
            return torch.empty(items, width)
        return self.blueprint.inputs(modality, items, self.length)

    def _dual(self, depth: int) -> tuple[FakeTensorMode, Dual]:
        if depth not in self._duals:
            drawn = DrawnDual.of(self.blueprint, self.recipe, depth)
            mode = FakeTensorMode(allow_non_fake_inputs=True)
            with mode:
                self._duals[depth] = mode, drawn.placed()
        return self._duals[depth]

    def _shallow(self, modality: str) -> Tower:
        return self._dual(self._few + 1)[1].towers[modality]

    def _features(self, modality: str) -> int:
        """Width of what a trunk gives."""
        return getattr(self._shallow(modality).head, "in_features", 0) or self.blueprint.hidden(modality)

    @property
    def _few(self) -> int:
        """Blocks that are traced at least; one of them is frozen where only the last are trained."""
        tuning = self.recipe.tuning
        return 1 + int(tuning.removeprefix("last-")) if tuning.startswith("last-") else 2

    def _autocast(self) -> Any:
        if self.recipe.precision == "float32":
            return nullcontext()
        return torch.autocast("cpu", getattr(torch, self.recipe.precision))


@cache
def _costs(spec: str, recipe: Recipe, tokens: int | None) -> Costs:
    return Costs(blueprint_of(spec), recipe, tokens)


def step(costs: Costs, recipe: Recipe, pairs: int) -> Cost:
    """Return one step on a batch of ``pairs``: forward, loss, backward; with a chunk, every forward pass twice."""
    chunk = recipe.chunk
    work = costs.loss(recipe.loss, pairs)
    for modality in MODALITIES:
        if chunk is None:
            work += costs.learning(modality, pairs)
        else:
            once = costs.learning(modality, min(chunk, pairs)) + costs.watching(modality, min(chunk, pairs))
            work += once.times(math.ceil(pairs / chunk))
    return work


def looking(costs: Costs, pairs: int) -> Cost:
    """Return one look at a validation split of ``pairs``."""
    pairs = min(pairs, LIMIT)
    items = min(pairs, READING)
    return sum((costs.watching(name, items) for name in MODALITIES), Cost()).times(pairs / items)


def reading(costs: Costs, pairs: int) -> Cost:
    """Features of both splits, ``pairs`` in all, where a trunk is frozen."""
    items = min(pairs, READING)
    return sum((costs.features(name, items) for name in MODALITIES), Cost()).times(pairs / items)
