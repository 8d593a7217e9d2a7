"""Cross-entropy whose gradient keeps its digits for rows that are sure of their answer."""

from __future__ import annotations

import torch
from torch.autograd.function import once_differentiable
from torch.nn.functional import softplus


def cross_entropies(logits: torch.Tensor, start: int) -> torch.Tensor:
    """Return −log softmax of one entry of each row, (b,): that of row i stands in column start + i of (b, N) logits.

    It is ``log(1 + e^z)``, z being the log-sum-exp of the others less that entry. Its derivative by the entry is −σ(z),
    where ``p − 1`` would be the rounding of p as soon as p is near 1: in float32 the gradient of pairs whose loss is
    10⁻⁶ is wrong by a hundredth of itself, at any precision of the logits.

    Args:
        logits: (b, N), finite.
        start: column of the first row's entry.

    >>> cross_entropies(torch.tensor([[20.0, 0.0], [0.0, 0.0]]), 0)
    tensor([2.0612e-09, 6.9315e-01])
    """
    found: torch.Tensor = _CrossEntropies.apply(logits, start)  # type: ignore[no-untyped-call]
    return found


class _CrossEntropies(torch.autograd.Function):
    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, logits: torch.Tensor, start: int) -> torch.Tensor:
        others = logits.clone()
        others.diagonal(start).fill_(
            torch.finfo(logits.dtype).min / 2
        )  # and no infinity, which a single pair would meet
        highest = others.amax(1)
        others.sub_(highest[:, None]).exp_()
        total = others.sum(1)
        beyond = total.log() + highest - logits.diagonal(start)
        ctx.save_for_backward(others, total, beyond)
        ctx.start = start  # type: ignore[attr-defined]
        return softplus(beyond)

    @staticmethod
    @once_differentiable
    def backward(ctx: torch.autograd.function.FunctionCtx, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        others, total, beyond = ctx.saved_tensors  # type: ignore[attr-defined]
        missing = gradient * torch.sigmoid(beyond)  # of each row, 1 − p
        found = others * (missing / total)[:, None]
        found.diagonal(ctx.start).copy_(-missing)  # type: ignore[attr-defined]
        return found, None
