"""How the sums of a batch are reduced, and the matrices they run over: what several losses share."""

from __future__ import annotations

from typing import Literal

import torch

#: Of sums over the batch: over N², or as they are.
OverBatch = Literal["mean", "sum"]
#: Of squares over the N² index pairs: their mean, or N times that.
OverPairs = Literal["pair", "row"]


def over_batch(total: torch.Tensor, n: int, reduction: str) -> torch.Tensor:
    """Return a sum over N rows divided by N² (``"mean"``), or as it is (``"sum"``).

    Eq. 5.1-5.2 of the thesis are plain sums; its tables 5.3-5.4 show those sums over N², so that the value hardly
    depends on the batch: at N = 90 the two differ by a factor of 8,100.
    """
    return total / n**2 if one_of("reduction", reduction, "mean", "sum") == "mean" else total


def over_pairs(total: torch.Tensor, n: int, reduction: str) -> torch.Tensor:
    """Return a sum over N² index pairs divided by N² (``"pair"``), or N times that (``"row"``).

    CyCLIP's paper multiplies by the batch size (``(1/N)·Σ``), so that its weights (0.25) depend on the batch; the mean
    over the N² pairs does not.
    """
    return total / n if one_of("reduction", reduction, "pair", "row") == "row" else total / n**2


def off_diagonal(matrix: torch.Tensor) -> torch.Tensor:
    """Return each row of an (N, N) matrix without its diagonal entry, in order: (N, N − 1)."""
    n = len(matrix)
    return matrix.flatten()[:-1].view(n - 1, n + 1)[:, 1:].reshape(n, n - 1)


def squared_distances(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Return (N, N) of ‖x_i − y_j‖², at least 0, with finite gradients where rows coincide."""
    return (x.square().sum(1)[:, None] + y.square().sum(1) - 2 * x @ y.T).clamp(min=0)


def one_of(name: str, value: str, *choices: str) -> str:
    """Return ``value`` if it is one of ``choices``; else raise `ValueError` naming them."""
    if value not in choices:
        raise ValueError(f"{name} must be {' or '.join(map(repr, choices))}, got {value!r}")
    return value
