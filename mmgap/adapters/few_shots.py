"""What an adapter learns from: shots and class vectors as tensors, and the draws of its seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, one_hot

from mmgap.adapters.labelled_vectors import LabelledVectors
from mmgap.core.threads import one_thread

#: Multiplications of shots and classes from which several threads pay: some milliseconds of one core. In smaller steps
#: they wait for one another longer than they compute.
SHARED = 1 << 26


@dataclass(frozen=True, eq=False)
class FewShots:
    """Shots and classes, float64 on the CPU.

    Attributes:
        x: (n, d) unit rows, the shots.
        y: (n,) the class of each.
        t: (C, d) unit rows, the classes.
        scale: of cosines in logits.
        seed: of everything random.
    """

    x: Tensor
    y: Tensor
    t: Tensor
    scale: float
    seed: int

    @classmethod
    def of(cls, shots: LabelledVectors, classes: np.ndarray, scale: float, seed: int) -> FewShots:
        """Make them of arrays."""
        x, y, t = map(torch.from_numpy, (shots.images, shots.labels, classes))
        return cls(x, y, t, scale, seed)

    @cached_property
    def onehot(self) -> Tensor:
        """(n, C) 1 where a shot belongs to a class."""
        return one_hot(self.y, len(self.t)).to(self.x)

    def zero_shot(self, x: Tensor) -> Tensor:
        """Return (N, C) scaled cosines of images with the classes."""
        return self.scale * x @ self.t.T

    def threads(self) -> AbstractContextManager[None]:
        """Return a block in which torch has one thread, or all that it has where shots and classes are many."""
        return nullcontext() if self.x.numel() * len(self.t) >= SHARED else one_thread()

    def generator(self) -> torch.Generator:
        """Return a generator of its own, at its start."""
        return torch.Generator().manual_seed(self.seed)

    def batches(self, epochs: int, size: int | None = None) -> Iterator[Tensor]:
        """Yield the rows of each step: all of them, or of each epoch batches in an order that the seed draws."""
        generator = self.generator()
        for _ in range(epochs):
            if size is None:
                yield torch.arange(len(self.x))
            else:
                yield from torch.randperm(len(self.x), generator=generator).split(size)

    def descend(
        self,
        logits: Callable[[Tensor], Tensor],
        optimiser: torch.optim.Optimizer,
        epochs: int,
        *,
        size: int | None = None,
        penalty: Callable[[], Tensor | float] = float,
    ) -> Iterator[int]:
        """Take the steps of cross-entropy at a rate that falls to 0 as a cosine; yield each epoch when it is over.

        Args:
            logits: (N, d) images to (N, C), of what the optimiser moves.
            optimiser: which moves it.
            epochs: how often the shots are gone through.
            size: of a batch; None takes all shots at once.
            penalty: what is added to the loss.
        """
        steps = -(-len(self.x) // (size or len(self.x)))
        falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs * steps)
        for step, rows in enumerate(self.batches(epochs, size), 1):
            optimiser.zero_grad()
            with torch.enable_grad():
                loss = cross_entropy(logits(self.x[rows]), self.y[rows]) + penalty()
            loss.backward()
            optimiser.step()
            falling.step()
            if step % steps == 0:
                yield step // steps - 1


def trainable(*start: Tensor) -> Sequence[Tensor]:
    """Return copies that an optimiser can move."""
    return [tensor.detach().clone().requires_grad_() for tensor in start]
