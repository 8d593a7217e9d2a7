"""Sums along the rows or the columns of a tile, of entries that are read in float64 or in float32.

In float32 the highest entry of a line is taken off before an exponential, as e^{100} is no float32, and runs of `RUN`
neighbours are added up before float64 goes on. With u = 2⁻²⁴ an exponential is that of an entry which is off by at most
6u times its distance from the highest (7·10⁻⁷), and a sum is off by at most 40u times its terms' sizes. What is taken
off is a round number, so that nothing is rounded alike again and again: sums over random rows are right to 10⁻⁹.
"""

from __future__ import annotations

from typing import TypeAlias

import torch

#: Neighbours that are added up in float32, where entries are read in it.
RUN = 32

#: Of a kernel exp(rate·s): the rate, the weights of the tile's rows and those of its columns, float64.
Weighted: TypeAlias = tuple[torch.Tensor, torch.Tensor, torch.Tensor]

#: Two sums of each line of a tile, or one along its rows and one along its columns.
Pair: TypeAlias = tuple[torch.Tensor, torch.Tensor]


def moment_sums(s: torch.Tensor, there: torch.Tensor, centre: torch.Tensor) -> Pair:
    """Return Σ(s − centre) and Σ(s − centre)² along the rows, float64."""
    near = centre if s.dtype == torch.float64 else _round_number(centre)
    v = torch.where(there, s - near.to(s.dtype), 0)
    total, square = sums(v, 1), sums(v.square(), 1)
    if s.dtype == torch.float64:
        return total, square
    rest, count = near - centre, there.sum(dim=1)
    return total + count * rest, square + rest * (2 * total + count * rest)


def softmax_sums(s: torch.Tensor, there: torch.Tensor, scale: torch.Tensor) -> tuple[Pair, Pair]:
    """Return Σe^{scale·s} along the rows and along the columns, and so Σs·e^{scale·s}; float64."""
    if s.dtype == torch.float64:
        e = torch.where(there, torch.exp(scale * s), 0)
        v = e * s
        return (sums(e, 1), sums(e, 0)), (sums(v, 1), sums(v, 0))
    (rows, row_top), (columns, column_top) = (_exponentials(s, there, scale, dim) for dim in (1, 0))
    total = row_top * sums(rows, 1), column_top * sums(columns, 0)
    return total, (row_top * sums(rows * s, 1), column_top * sums(columns * s, 0))


def kernel_sums(s: torch.Tensor, there: torch.Tensor, kernel: Weighted, *dims: int) -> list[torch.Tensor]:
    """Return Σ of a kernel along each of these dimensions, float64.

    Weights of unit rows are e^{−rate/2}, so times e^{rate/2} they are 1 and little more, which float32 would round off.
    """
    rate, *weights = kernel
    if s.dtype == torch.float64:
        e = torch.where(there, torch.exp(rate * s) * weights[0][:, None] * weights[1], 0)
        return [sums(e, dim) for dim in dims]
    found = []
    for dim in dims:
        e, top = _exponentials(s, there, rate, dim)
        more = (weights[dim] * torch.exp(rate / 2) - 1).to(s.dtype).unsqueeze(1 - dim)
        found.append(weights[1 - dim] * torch.exp(-rate / 2) * top * (sums(e, dim) + sums(e * more, dim)))
    return found


def _round_number(value: torch.Tensor) -> torch.Tensor:
    """A multiple of 2⁻²⁰ nearby, which cosines in float32 less it keep their digits of."""
    return torch.round(value * 2**20) / 2**20


def _exponentials(
    s: torch.Tensor, there: torch.Tensor, rate: torch.Tensor, dim: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """e^{rate·(s − top)} of float32 entries, and e^{rate·top} in float64; top is near the highest along a dimension."""
    top = _round_number(torch.where(there, s, -1).amax(dim, keepdim=True))
    e = torch.where(there, torch.exp(rate.to(s.dtype) * (s - top)), 0)
    return e, torch.exp(rate * top.squeeze(dim).double())


def sums(entries: torch.Tensor, dim: int) -> torch.Tensor:
    """Return the sums of entries along a dimension, float64."""
    if entries.dtype == torch.float64:
        return entries.sum(dim)
    missing = -entries.shape[dim] % RUN
    runs = torch.nn.functional.pad(entries, (0, missing) if dim else (0, 0, 0, missing)).unflatten(dim, (-1, RUN))
    return runs.sum(dim + 1).sum(dim, dtype=torch.float64)
