"""What is read from one tile of the similarity matrix by torch: whole-tile operations that a compiler can fuse.

The functions take tensors and give tensors of one shape whatever the tile's place, wait for nothing and write nothing,
so that `torch.compile` makes of each a few kernels: one that goes along the rows, one along the columns. Numbers that
change from set to set come as tensors without dimensions, which a compiler need not see anew. Entries of −∞ are not
there: padding, relevant pairs, the half that is left out. What is computed of an entry is of the type that it is read
in; sums are float64 (`_line_sums`).
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import torch

from mmgap.core.failures import is_memory
from mmgap.core.messages import reason
from mmgap.metrics._line_sums import Weighted, kernel_sums, moment_sums, softmax_sums, sums

Read = TypeVar("Read")

_log = logging.getLogger("mmgap")


class Totals(NamedTuple):
    """Of each row of a tile: Σ(s − centre), Σ(s − centre)², Σ|s|, extremes and their columns; of the tile: counts."""

    total: torch.Tensor
    square: torch.Tensor
    absolute: torch.Tensor
    lowest: torch.Tensor
    lowest_at: torch.Tensor
    highest: torch.Tensor
    highest_at: torch.Tensor
    counts: torch.Tensor


class CrossRead(NamedTuple):
    """Of a tile of X·Yᵀ, each pair along the rows and along the columns: entries above the best positive, entries at
    least tied with it, Σe^{scale·s}, Σs·e^{scale·s}; and Σ of each further kernel along the rows."""

    totals: Totals
    above: tuple[torch.Tensor, torch.Tensor]
    least: tuple[torch.Tensor, torch.Tensor]
    exponentials: tuple[torch.Tensor, torch.Tensor] | None
    drift: tuple[torch.Tensor, torch.Tensor] | None
    kernels: tuple[torch.Tensor, ...]


class WithinRead(NamedTuple):
    """Of a tile of X·Xᵀ: the weighted kernel along the rows and along the columns, and another along the rows."""

    totals: Totals
    kernel: tuple[torch.Tensor, ...]
    other: torch.Tensor | None


def totals(tile: torch.Tensor, centre: torch.Tensor, bins: int, reading: torch.dtype = torch.float64) -> Totals:
    """Return the `Totals` of a (rows, columns) tile."""
    there = tile > -torch.inf
    s = torch.where(there, tile, 0).to(reading)
    lowest = torch.where(there, tile, torch.inf).min(dim=1)
    highest = tile.max(dim=1)
    place = torch.where(there, ((tile + 1) * (bins / 2)).clamp(0, bins - 1), bins).long()
    counts = torch.zeros(len(tile), bins + 1, dtype=torch.int32, device=tile.device)
    counts = counts.scatter_add(1, place, torch.ones_like(place, dtype=torch.int32))  # a row's own: few wait for others
    return Totals(
        *moment_sums(s, there, centre),
        sums(s.abs(), 1),
        lowest.values,
        lowest.indices,
        highest.values,
        highest.indices,
        counts[:, :bins].sum(dim=0),
    )


def cross_tile(
    tile: torch.Tensor,
    centre: torch.Tensor,
    bins: int,
    scale: torch.Tensor | None,
    limits: tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor],
    kernels: tuple[Weighted, ...],
    offset: torch.Tensor,
    reading: torch.dtype = torch.float64,
) -> CrossRead:
    """Read a tile of X·Yᵀ.

    Args:
        tile: (rows, columns) scores, −∞ where there is nothing to count.
        centre, bins: of the moments and of the histogram on [−1, 1].
        scale: of the softmax; None leaves it out.
        limits: over which a rival is above, and from which on at least tied, of the rows and then of the columns.
        kernels: the first is summed over all entries, the second over those below the diagonal alone.
        offset: the row of the whole matrix where the tile begins, less its column: what tells the diagonal.
        reading: the type in which entries are read, float64 or float32.
    """
    row_over, row_tie, column_over, column_tie = limits
    there = tile > -torch.inf
    s = torch.where(there, tile, 0).to(reading)
    exponentials = drift = None
    if scale is not None:
        exponentials, drift = softmax_sums(s, there, scale)
    i, j = (torch.arange(n, device=tile.device) for n in tile.shape)
    masks = there, there & (i[:, None] + offset > j)
    return CrossRead(
        totals(tile, centre, bins, reading),
        ((tile > row_over[:, None]).sum(dim=1), (tile > column_over).sum(dim=0)),
        ((tile >= row_tie[:, None]).sum(dim=1), (tile >= column_tie).sum(dim=0)),
        exponentials,
        drift,
        tuple(kernel_sums(s, mask, kernel, 1)[0] for mask, kernel in zip(masks, kernels, strict=False)),
    )


def within_tile(
    tile: torch.Tensor,
    centre: torch.Tensor,
    bins: int,
    kernel: Weighted,
    other: Weighted | None,
    reading: torch.dtype = torch.float64,
) -> WithinRead:
    """Read a tile of X·Xᵀ, −∞ where there is nothing to count; arguments as those of `cross_tile`."""
    there = tile > -torch.inf
    s = torch.where(there, tile, 0).to(reading)
    return WithinRead(
        totals(tile, centre, bins, reading),
        tuple(kernel_sums(s, there, kernel, 1, 0)),
        None if other is None else kernel_sums(s, there, other, 1)[0],
    )


def fused(read: Callable[..., Read], tile: torch.Tensor) -> Callable[..., Read]:
    """Return a function as it is compiled for such a tile: float32 beside a GPU that Triton knows; else as it is.

    Small sets are multiplied in float64, and are read sooner than a compiler is done.
    """
    return compiled(read) if tile.dtype == torch.float32 and _has_triton(tile.device.type) else read


@functools.cache
def compiled(read: Callable[..., Read]) -> Callable[..., Read]:
    """Return a function of this file compiled, without a break: for one shape of tiles, and at the second for all.

    Where that fails, as it does without a compiler for C++, the function runs as it is from then on, and a line of the
    log says so.
    """
    chosen: Callable[..., Read] = torch.compile(read, fullgraph=True)

    def run(*args: Any) -> Read:
        nonlocal chosen
        try:
            return chosen(*args)
        except Exception as error:  # compilers fail in many ways; an error of the function itself comes again below
            if chosen is read or is_memory(error):
                raise
            _log.warning("tiles are read without torch.compile, which is slower: %s", reason(error))
            chosen = read
            return read(*args)

    return run


@functools.cache
def _has_triton(device: str) -> bool:
    from torch.utils._triton import has_triton

    return device == "cuda" and has_triton()
