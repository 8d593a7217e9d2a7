"""Several processes, one batch: every process encodes its share, all see every vector, gradients are those of one.

Processes are started by ``torchrun`` or ``accelerate launch``; accelerate finds out about them. The loss is computed
by every process on the vectors of all, so each share's vectors get the gradient of the whole batch's loss.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
import torch.distributed as dist


@dataclass(frozen=True)
class World:
    """The processes of this run: ``rank`` of ``size``; one of one where nothing launched several."""

    rank: int = 0
    size: int = 1

    @classmethod
    def here(cls, device: str | None = None) -> World:
        """As torchrun or accelerate launched this process; joins the others, on the CPU by gloo.

        Args:
            device: where the models will be; None is a GPU where there is one.
        """
        from accelerate import PartialState

        state = PartialState(cpu=device == "cpu" or (device is None and not torch.cuda.is_available()))
        return cls(state.process_index, state.num_processes)

    @property
    def first(self) -> bool:
        """Whether this process writes what all share."""
        return self.rank == 0

    def share(self, batch: np.ndarray) -> np.ndarray:
        """This process's part of a batch: a run of equal length for each, in order."""
        each = len(batch) // self.size
        return batch[self.rank * each : (self.rank + 1) * each]

    def gathered(self, vectors: torch.Tensor) -> torch.Tensor:
        """The vectors of all processes, in the order of the batch.

        Its backward pass sums what every process's loss says of this one's vectors: ``size`` times the gradient,
        which `average` makes up for.
        """
        if self.size == 1:
            return vectors
        return _Gathered.apply(vectors, self.rank, self.size)

    def average(self, parameters: Iterable[torch.nn.Parameter]) -> None:
        """Replace every gradient by its mean over the processes: the gradient of the whole batch's loss."""
        if self.size == 1:
            return
        for parameter in parameters:
            if parameter.grad is not None:  # where there is none, no process has one: all compute the same
                dist.all_reduce(parameter.grad)
                parameter.grad /= self.size

    def wait(self) -> None:
        """Until all have come this far."""
        if self.size > 1:
            dist.barrier()


class _Gathered(torch.autograd.Function):
    """All-gather whose backward pass needs no exchange: every process has computed the same loss already."""

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, vectors: torch.Tensor, rank: int, size: int) -> torch.Tensor:
        ctx.place = (rank, size, len(vectors))  # type: ignore[attr-defined]
        parts = [torch.empty_like(vectors) for _ in range(size)]
        dist.all_gather(parts, vectors.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        rank, size, each = ctx.place  # type: ignore[attr-defined]
        return size * gradient[rank * each : (rank + 1) * each], None, None
