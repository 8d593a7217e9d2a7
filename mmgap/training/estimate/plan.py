"""What a training needs, before it is started: downloads, memory by part, time; and what helps where it cannot fit.

Nothing is loaded, trained or downloaded: the steps are followed on tensors without data
    (`mmgap.training.estimate.traced_costs`), and their work is divided by the speed of the device, which is measured.
"""

from __future__ import annotations

from dataclasses import dataclass

from mmgap.encoders.model_sources import Download
from mmgap.training.estimate.costs import Costs
from mmgap.training.estimate.cures import cures
from mmgap.training.estimate.hardware import Speed, free_memory, measured_speed
from mmgap.training.estimate.traced_costs import Cost
from mmgap.training.estimate.training_size import Memory, Size
from mmgap.training.recipe import Recipe

#: Share of its measured speeds that a device reaches in a training loop.
EFFICIENCY = 0.8


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


def seconds(cost: Cost, speed: Speed) -> float:
    """Return what a piece of work takes."""
    return (cost.flops / speed.flops + cost.traffic / speed.traffic) / EFFICIENCY + cost.kernels * speed.kernel
