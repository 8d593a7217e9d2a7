"""What a training needs, before it is started: downloads, memory by part, time; and what helps where it cannot fit.

Nothing is loaded, trained or downloaded: the steps are followed on tensors without data
    (`mmgap.training.estimate.traced_costs`), and their work is divided by the speed of the device, which is measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from mmgap.encoders.model_sources import Download
from mmgap.training.estimate import costs as work
from mmgap.training.estimate.costs import MODALITIES, Costs
from mmgap.training.estimate.hardware import Speed, free_memory, measured_speed
from mmgap.training.estimate.traced_costs import Cost
from mmgap.training.recipe import Recipe, TrainingError

#: What an allocator needs beyond the tensors themselves, by rounding and in gaps.
HEADROOM = 1.1

#: Share of its measured speeds that a device reaches in a training loop.
EFFICIENCY = 0.8


@dataclass(frozen=True)
class Memory:
    """Bytes on the device that trains; weights, gradients and AdamW's two moments are float32.

    Attributes:
        weights: parameters and buffers of the encoder, adapters included.
        gradients, optimiser: of what is trained.
        inputs: pixels as uint8 and token ids of a batch or chunk; on the CPU also the batch that is read ahead, and
            the features of frozen trunks.
        vectors: of a batch, and their gradients.
        activations: what the forward pass of a batch (of a chunk, where there are chunks) keeps for the backward
            pass, and what that needs.
        held: of these, what is still there while the loss is computed; 0 with chunks.
        loss: matrices of the loss, N × N, and their gradients.
        forward: the largest forward pass without gradients: validation, features of frozen trunks.
        stepping: what AdamW needs for a moment.
    """

    weights: int
    gradients: int
    optimiser: int
    inputs: int
    vectors: int
    activations: int
    held: int
    loss: int
    forward: int
    stepping: int

    @property
    def peak(self) -> int:
        """Most that is there at once: activations, loss, validation and optimiser take turns."""
        lasting = self.weights + self.gradients + self.optimiser + self.inputs + self.vectors
        return lasting + max(self.activations, self.held + self.loss, self.forward, self.stepping)

    @property
    def needed(self) -> int:
        """`peak` and `HEADROOM`."""
        return round(HEADROOM * self.peak)


@dataclass(frozen=True)
class Plan:
    """What a training needs and what there is.

    Attributes:
        spec, recipe, device: what is planned.
        downloads: models that are not on this machine.
        parameters, trained: of the encoder with its adapters, and how many of them are trained.
        memory: by part.
        activations_otherwise: with gradient checkpointing where the recipe has none, and the other way round; None
            where the model cannot do it.
        tokens: that a text is taken to have.
        batch: pairs of a batch.
        steps_per_epoch, steps: in an epoch and in all.
        flops: of the whole training.
        seconds: of the whole training, good to a factor of about two.
        free: bytes that the device has now.
        cures: options with which it fits, each by itself; empty where it fits, or where nothing helps.
    """

    spec: str
    recipe: Recipe
    device: str
    downloads: tuple[Download, ...]
    parameters: int
    trained: int
    memory: Memory
    activations_otherwise: int | None
    tokens: int
    batch: int
    steps_per_epoch: int
    steps: int
    flops: float
    seconds: float
    free: int
    cures: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether the device has what is needed."""
        return self.memory.needed <= self.free


def plan(
    spec: str,
    recipe: Recipe,
    n_train: int,
    n_validation: int,
    *,
    device: str = "cpu",
    tokens: int | None = None,
    free: int | None = None,
    speed: Speed | None = None,
) -> Plan:
    """Return what training ``spec`` by ``recipe`` needs.

    Args:
        spec: of an encoder.
        recipe: how it is trained.
        n_train, n_validation: images of the two splits.
        device: that trains.
        tokens: of the longest captions; None takes as many as the model reads, at most
            `mmgap.encoders.blueprint.USUAL_TOKENS`.
        free: bytes of memory to plan for; None asks the device.
        speed: to plan with; None measures the device's.

    Raises:
        TrainingError: the encoder or the recipe does not allow it, or nothing is known of a model here.
    """
    costs = Costs.of(spec, recipe, tokens)
    n_train = min(n_train, recipe.pairs or n_train)
    size = Size(spec, min(recipe.batch_size, n_train), n_train, n_validation, device, tokens)
    memory = size.memory(recipe)
    free = free_memory(device) if free is None else free
    total = size.whole(recipe)
    per_epoch = n_train // size.batch
    parameters = costs.blueprint.parameters()
    found = (source.download(parameters[name]) for name, source in costs.blueprint.sources.items())
    return Plan(
        spec=spec,
        recipe=recipe,
        device=device,
        downloads=tuple(download for download in found if download is not None),
        parameters=costs.whole.parameters,
        trained=costs.whole.trained,
        memory=memory,
        activations_otherwise=size.otherwise(recipe),
        tokens=costs.length,
        batch=size.batch,
        steps_per_epoch=per_epoch,
        steps=per_epoch * recipe.epochs,
        flops=total.flops,
        seconds=seconds(total, speed or measured_speed(device, recipe.precision)),
        free=free,
        cures=() if memory.needed <= free else tuple(cures(size, recipe, free)),
    )


@dataclass(frozen=True)
class Size:
    """What is trained, and on how much.

    Attributes:
        spec: of the encoder.
        batch: pairs of a batch.
        train, validation: images of the splits.
        device: that trains.
        tokens: of a text, as `plan` takes them.
    """

    spec: str
    batch: int
    train: int
    validation: int
    device: str
    tokens: int | None

    def memory(self, recipe: Recipe) -> Memory:
        """By part, under a recipe.

        Raises:
            TrainingError: the encoder does not allow it.
        """
        costs, chunk = self._costs(recipe), recipe.chunk
        whole = costs.whole
        at_once = min(chunk or self.batch, self.batch)
        towers = [costs.learning(name, at_once) for name in MODALITIES]
        held = 0.0 if chunk else sum(tower.held for tower in towers)
        activations = held + max(tower.peak - (0.0 if chunk else tower.held) for tower in towers)
        looks = (work.looking(costs, self.validation).peak, work.reading(costs, self.train).peak)
        return Memory(
            weights=whole.bytes,
            gradients=4 * whole.trained,
            optimiser=8 * whole.trained,
            inputs=sum(self._inputs(costs, name, at_once) for name in MODALITIES),
            vectors=16 * self.batch * costs.width,
            activations=round(activations),
            held=round(held),
            loss=round(costs.loss(recipe.loss, self.batch).peak),
            forward=round(max(looks)),
            stepping=0 if self.device == "cpu" else 4 * whole.trained,
        )

    def otherwise(self, recipe: Recipe) -> int | None:
        """Activations with checkpointing where the recipe has none, and the other way round; None where it cannot."""
        try:
            return self.memory(replace(recipe, checkpointing=not recipe.checkpointing)).activations
        except TrainingError:
            return None

    def fits(self, recipe: Recipe, free: int) -> bool:
        """Return whether a recipe needs no more than is free; False where the encoder does not allow it."""
        try:
            return self.memory(recipe).needed <= free
        except TrainingError:
            return False

    def whole(self, recipe: Recipe) -> Cost:
        """Return the training from the first feature to the last look at the validation split."""
        costs = self._costs(recipe)
        return (
            work.reading(costs, self.train + self.validation)
            + work.step(costs, recipe, self.batch).times(recipe.epochs * (self.train // self.batch))
            + work.looking(costs, self.validation).times(recipe.epochs + 1)
        )

    def _costs(self, recipe: Recipe) -> Costs:
        return Costs.of(self.spec, recipe, self.tokens)

    def _inputs(self, costs: Costs, modality: str, at_once: int) -> int:
        if self.device != "cpu":
            return costs.input_bytes(modality, at_once)
        kept = self.train + self.validation if costs.frozen(modality) else 0
        return costs.input_bytes(modality, 2 * self.batch + kept)


def seconds(cost: Cost, speed: Speed) -> float:
    """Return what a piece of work takes."""
    return (cost.flops / speed.flops + cost.traffic / speed.traffic) / EFFICIENCY + cost.kernels * speed.kernel


def cures(size: Size, recipe: Recipe, free: int) -> Iterator[str]:
    """Yield options with which it fits: each change that is enough, else the first pair; then a smaller tuning."""
    single: list[dict[str, Any]] = [] if recipe.checkpointing else [{"checkpointing": True}]
    single += [] if recipe.precision != "float32" else [{"precision": "bfloat16"}]
    chunk = largest_chunk(size, recipe, free)
    found = [] if chunk is None else [{"chunk": chunk}]
    found += [change for change in single if size.fits(replace(recipe, **change), free)]
    if not found:
        found = list(islice(_together(size, recipe, free, single), 1))
    less: Iterable[dict[str, Any]] = ({"tuning": tuning} for tuning in _smaller(recipe.tuning))
    found += islice((change for change in less if size.fits(replace(recipe, **change), free)), 1)
    for change in found:
        yield " ".join(f"--recipe {name}={str(value).lower()}" for name, value in change.items())


def largest_chunk(size: Size, recipe: Recipe, free: int) -> int | None:
    """Return the most items of a chunk with which it fits, below what the recipe holds at once; None where none does.

    What is needed grows with the chunk nearly along a line, so the search goes where that line meets what is free.
    """

    def needed(chunk: int) -> int:
        return size.memory(replace(recipe, chunk=chunk)).needed

    low, high = 1, min(recipe.chunk or size.batch, size.batch)
    least, most = needed(low), needed(high)
    if least > free:
        return None
    if most <= free:
        return high
    while high - low > 1:
        guess = low + int((free - least) / max(1, most - least) * (high - low))
        middle = min(max(guess, low + 1), high - 1)
        if (found := needed(middle)) <= free:
            low, least = middle, found
        else:
            high, most = middle, found
    return low


def _together(size: Size, recipe: Recipe, free: int, single: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Several changes with which it fits: all but a chunk, then a chunk with each of them and with all."""
    whole = {name: value for change in single for name, value in change.items()}
    if size.fits(replace(recipe, **whole), free):
        yield whole
    for change in (*single, whole):
        changed = replace(recipe, **change)
        if size.fits(replace(changed, chunk=1), free):
            yield {**change, "chunk": largest_chunk(size, changed, free)}


def _smaller(tuning: str) -> tuple[str, ...]:
    """Tunings that hold less, the strongest first."""
    order = ("full", "dora", "lora", "last-1", "head")
    place = order.index(tuning) if tuning in order else order.index("lora")
    return order[place + 1 :]
