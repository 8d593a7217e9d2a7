"""What a training reads: rows of both towers' inputs, batch by batch, and what the loss asks for besides vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mmgap.core.read_ahead import read_ahead
from mmgap.losses.row_products import Given
from mmgap.training.batch_order import Batch, Order
from mmgap.training.distributed import World
from mmgap.training.model_inputs import TowerRows, moved


@dataclass(frozen=True, eq=False)
class TrainingPairs:
    """What is trained on.

    Attributes:
        images, texts: rows of the train split, as the towers take them.
        order: its batches.
        extra: what the loss needs besides vectors, by name, each made from the rows of a batch's texts
            (`mmgap.training.extra_inputs`).
    """

    images: TowerRows
    texts: TowerRows
    order: Order
    extra: Mapping[str, Callable[[np.ndarray], Given]] = field(default_factory=dict)

    def read(self, batch: Batch, world: World) -> tuple[Any, Any, dict[str, Given]]:
        """A process's share of a batch, as the towers take it, and what the loss needs of the whole batch."""
        images = self.images.take(world.share(batch.images))
        if batch.offsets.any() and not images.is_floating_point():  # features of a frozen trunk stay where they are
            images = moved(images, world.share(batch.offsets))
        extra = {name: made(batch.texts) for name, made in self.extra.items()}
        return images, self.texts.take(world.share(batch.texts)), extra

    def ahead(self, batches: list[Batch], world: World) -> Iterator[tuple[Any, Any, dict[str, Given]]]:
        """Yield `read` of every batch; the next one is read during a step."""
        return read_ahead(lambda batch: self.read(batch, world), batches)
