"""What a training needs, before it is started: downloads, memory by part, time; and what helps where it cannot fit.

Nothing is loaded, trained or downloaded: the steps are followed on tensors without data (`mmgap.training.trace`), and
their work is divided by the speed of the device, which is measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from mmgap.training import costs as work
from mmgap.training.blueprint import Plans
from mmgap.training.costs import MODALITIES, Costs
from mmgap.training.files import Download
from mmgap.training.hardware import Speed, free_memory, measured_speed
from mmgap.training.recipe import Recipe, TrainingError
from mmgap.training.trace import Cost

#: What an allocator needs beyond the tensors themselves, by rounding and in gaps.
HEADROOM = 1.1

#: Share of its measured speeds that a device reaches in a training loop.
EFFICIENCY = 0.6


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

    def lines(self, language: str = "en") -> list[str]:
        """The plan as a table for the console, in English (``en``) or Spanish (``es``)."""
        from mmgap.training.estimate_text import lines

        return lines(self, language)

    def refusal(self, language: str = "en") -> str | None:
        """What is needed, what there is, and what helps, in one paragraph; None where it fits."""
        from mmgap.training.estimate_text import refusal

        return None if self.fits else refusal(self, language)


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
    """What training ``spec`` by ``recipe`` needs.

    Args:
        spec: of an encoder.
        recipe: how it is trained.
        n_train, n_validation: images of the two splits.
        device: that trains.
        tokens: of the longest captions; None takes as many as the model reads, at most
            `mmgap.training.blueprint.USUAL_TOKENS`.
        free: bytes of memory to plan for; None asks the device.
        speed: to plan with; None measures the device's.

    Raises:
        TrainingError: the encoder or the recipe does not allow it, or nothing is known of a model here.
    """
    plans = Plans.of(spec)
    size = Size(min(recipe.batch_size, n_train), n_train, n_validation, device)
    costs = Costs(plans, recipe, plans.tokens(tokens))
    memory = size.memory(costs, recipe.chunk)
    free = free_memory(device) if free is None else free
    whole = costs.whole
    total = size.whole(costs)
    per_epoch = n_train // size.batch
    found = (source.download(count) for source, count in _sources(plans))
    return Plan(
        spec=spec,
        recipe=recipe,
        device=device,
        downloads=tuple(download for download in found if download is not None),
        parameters=whole.parameters,
        trained=whole.trained,
        memory=memory,
        activations_otherwise=_otherwise(size, costs),
        tokens=costs.tokens,
        batch=size.batch,
        steps_per_epoch=per_epoch,
        steps=per_epoch * recipe.epochs,
        flops=total.flops,
        seconds=seconds(total, speed or measured_speed(device, recipe.precision)),
        free=free,
        cures=() if memory.needed <= free else tuple(cures(size, costs, free)),
    )


@dataclass(frozen=True)
class Size:
    """How much is trained on.

    Attributes:
        batch: pairs of a batch.
        train, validation: images of the splits.
        device: that trains.
    """

    batch: int
    train: int
    validation: int
    device: str

    def memory(self, costs: Costs, chunk: int | None) -> Memory:
        """Of the encoder and recipe that ``costs`` is of, with this chunk in the place of the recipe's."""
        whole = costs.whole
        at_once = min(chunk or self.batch, self.batch)
        towers = [costs.learning(name, at_once) for name in MODALITIES]
        held = 0.0 if chunk else sum(tower.held for tower in towers)
        activations = held + max(tower.peak - (0.0 if chunk else tower.held) for tower in towers)
        looks = (work.looking(costs, self.validation).peak, work.reading(costs, self.train).peak)
        cpu = self.device == "cpu"
        return Memory(
            weights=whole.bytes,
            gradients=4 * whole.trained,
            optimiser=8 * whole.trained,
            inputs=sum(self._inputs(costs, name, at_once) for name in MODALITIES),
            vectors=16 * self.batch * costs.width,
            activations=round(activations),
            held=round(held),
            loss=round(costs.loss(self.batch).peak),
            forward=round(max(looks)),
            stepping=0 if cpu else 4 * whole.trained,
        )

    def whole(self, costs: Costs) -> Cost:
        """The training from the first feature to the last look at the validation split."""
        epochs = costs.recipe.epochs
        return (
            work.reading(costs, self.train + self.validation)
            + work.step(costs, self.batch).times(epochs * (self.train // self.batch))
            + work.looking(costs, self.validation).times(epochs + 1)
        )

    def _inputs(self, costs: Costs, modality: str, at_once: int) -> int:
        if self.device != "cpu":
            return costs.input_bytes(modality, at_once)
        kept = self.train + self.validation if costs.frozen(modality) else 0
        return costs.input_bytes(modality, 2 * self.batch + kept)


def seconds(cost: Cost, speed: Speed) -> float:
    """What a piece of work takes."""
    return (cost.flops / speed.flops + cost.traffic / speed.traffic) / EFFICIENCY + cost.kernels * speed.kernel


def cures(size: Size, costs: Costs, free: int) -> Iterator[str]:
    """Options with which it fits: one change where one is enough, else all that save memory together."""
    recipe = costs.recipe
    exact: list[dict[str, Any]] = [] if recipe.checkpointing else [{"checkpointing": True}]
    half: list[dict[str, Any]] = [] if recipe.precision != "float32" else [{"precision": "bfloat16"}]
    chunk = largest_chunk(size, costs, free)
    found = [] if chunk is None else [{"chunk": chunk}]
    found += [change for change in (*exact, *half) if _fits(size, _changed(costs, change), free)]
    if not found:
        together = {name: value for change in (*exact, *half) for name, value in change.items()}
        both = _changed(costs, together)
        chunk = largest_chunk(size, both, free) if both is not None else None
        found += [] if chunk is None else [{**together, "chunk": chunk}]
    smaller = (_changed(costs, {"tuning": tuning}) for tuning in _smaller(recipe.tuning))
    found += [{"tuning": less.recipe.tuning} for less in smaller if _fits(size, less, free) and less is not None][:1]
    for change in found:
        yield " ".join(f"--recipe {name}={str(value).lower()}" for name, value in change.items())


def largest_chunk(size: Size, costs: Costs, free: int) -> int | None:
    """The most items of a chunk with which it fits, below what the recipe holds at once; None where none does.

    What is needed grows with the chunk nearly along a line, so the search goes where that line meets what is free.
    """

    def needed(chunk: int) -> int:
        return size.memory(costs, chunk).needed

    low, high = 1, min(costs.recipe.chunk or size.batch, size.batch)
    least, most = needed(low), needed(high)
    if least > free or high == 1:
        return None
    if most <= free and costs.recipe.chunk is None:
        return high
    while high - low > 1:
        guess = low + int((free - least) / max(1, most - least) * (high - low))
        middle = min(max(guess, low + 1), high - 1)
        if (found := needed(middle)) <= free:
            low, least = middle, found
        else:
            high, most = middle, found
    return low


def _changed(costs: Costs, change: dict[str, Any]) -> Costs | None:
    """Of the recipe with a change; None where the encoder does not allow the change."""
    try:
        changed = Costs(costs.plans, replace(costs.recipe, **change), costs.tokens)
        _ = changed.whole
    except TrainingError:
        return None
    return changed


def _fits(size: Size, costs: Costs | None, free: int) -> bool:
    return costs is not None and size.memory(costs, costs.recipe.chunk).needed <= free


def _otherwise(size: Size, costs: Costs) -> int | None:
    other = _changed(costs, {"checkpointing": not costs.recipe.checkpointing})
    return None if other is None else size.memory(other, other.recipe.chunk).activations


def _smaller(tuning: str) -> tuple[str, ...]:
    """Tunings that hold less, the strongest first."""
    order = ("full", "dora", "lora", "last-1", "head")
    place = order.index(tuning) if tuning in order else order.index("lora")
    return order[place + 1 :]


def _sources(plans: Plans) -> list[tuple[Any, int]]:
    parameters = plans.parameters()
    return [(source, parameters[name]) for name, source in plans.sources.items()]
