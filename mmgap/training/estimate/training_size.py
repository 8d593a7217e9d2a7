"""What a training of a size holds in memory, by part, and what work it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mmgap.training.estimate import costs as work
from mmgap.training.estimate.costs import MODALITIES, Costs
from mmgap.training.estimate.traced_costs import Cost
from mmgap.training.recipe import Recipe, TrainingError

#: What an allocator needs beyond the tensors themselves, by rounding and in gaps.
HEADROOM = 1.1


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
