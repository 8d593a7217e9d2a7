"""Tiles of a product X·Yᵀ: equal zero-padded blocks of rows, multiplied by torch on the input's device.

`mmgap.metrics.pass_within` and `mmgap.metrics.pass_cross` run one pass over the tiles for all that they count and add
up; neither holds an N×N matrix, memory is O(N·d + tile).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event
from types import ModuleType
from typing import TypeAlias

import numpy as np
import torch

from mmgap.core.progress import progress_bar
from mmgap.metrics import _torch_reducers, exact_products
from mmgap.metrics._problem import Sums

#: What reads a tile: (rows, columns, the product of both).
Reader: TypeAlias = Callable[[range, range, torch.Tensor], None]

#: Rows and columns of the largest tile on the CPU, where it stays in cache.
TILE = 1024
#: On a GPU, where a tile costs the start of some kernels: the largest, and bytes that reading it takes for each entry.
GPU_TILE, ENTRY_BYTES = 16_384, 64
#: Sets of at most this many rows are multiplied in float64 whatever their dtype: it costs next to nothing there.
EXACT_ROWS = 2048
#: Sets of at most this many rows are read by torch in a process that measures once: loading numba takes longer.
QUICK_ROWS = 1024
#: Float32 products with a smaller spread are mostly rounding (1e-7): such a set is read again in float64.
FLAT = 1e-6
#: Bins of a cosine histogram on [−1, 1].
BINS = 200


@dataclass(frozen=True)
class CosineMoments:
    """Of ``n`` products: mean, standard deviation (of the population), extremes, mean absolute value, histogram.

    ``counts`` are of equal bins on [−1, 1] (int64, they add up to ``n``); what lies outside is in the end bins.
    """

    n: int
    mean: float
    std: float
    minimum: float
    maximum: float
    mean_absolute: float
    counts: np.ndarray


class Blocks:
    """The rows of a matrix in equal blocks of the dtype of the products, the last one padded with zero rows.

    Equal shapes make equal vectors meet in the same way wherever they stand, so that they score alike.
    """

    def __init__(self, v: torch.Tensor, dtype: torch.dtype) -> None:
        self.v, self.dtype = v, dtype
        evenly = -(-len(v) // -(-len(v) // largest_tile(v.device)))
        self.size = -(-evenly // 64) * 64
        self.count = -(-len(v) // self.size)

    @property
    def tile_dtype(self) -> torch.dtype:
        """What products are added up in: bfloat16 numbers in float32."""
        return torch.float32 if self.dtype == torch.bfloat16 else self.dtype

    def rows(self, b: int) -> range:
        return range(b * self.size, min((b + 1) * self.size, len(self.v)))

    def __getitem__(self, b: int) -> torch.Tensor:
        rows = self.rows(b)
        block = self.v[rows.start : rows.stop].to(self.dtype)
        return torch.nn.functional.pad(block, (0, 0, 0, self.size - len(rows))) if len(rows) < self.size else block


def largest_tile(device: torch.device) -> int:
    """Return the rows and columns of the largest tile: on a GPU what fits into half of its free memory.

    >>> largest_tile(torch.device("cpu"))
    1024
    """
    if device.type != "cuda":
        return TILE
    free = torch.cuda.mem_get_info(device)[0]
    return max(TILE, min(GPU_TILE, int((free / 2 / ENTRY_BYTES) ** 0.5) // 64 * 64))


def multiply(rows: torch.Tensor, columns: torch.Tensor, tile: torch.Tensor) -> None:
    """Write rows·columnsᵀ into a tile; bfloat16 numbers are added up in float32 on every device."""
    if rows.dtype != torch.bfloat16:
        torch.mm(rows, columns.T, out=tile)
    elif rows.device.type == "cuda":
        torch.mm(rows, columns.T, out_dtype=torch.float32, out=tile)
    else:
        torch.mm(rows.float(), columns.float().T, out=tile)


def sweep(
    x: Blocks,
    y: Blocks,
    shares: Sequence[Sequence[tuple[int, int]]],
    readers: Sequence[Reader],
    what: str,
    held: dict[tuple[int, int], torch.Tensor] | None = None,
) -> None:
    """Multiply the blocks (i, j) of each share and give its reader (rows, columns, tile), the tile to be overwritten.

    Tiles that are ``held`` from an earlier sweep are taken from there and not multiplied again.
    Several shares run on a thread each, with products on that thread alone: nothing waits at a barrier, and what a
    thread has multiplied it reads while it is in cache.
    """
    stop = Event()
    bar = progress_bar(total=sum(map(len, shares)), desc=what, disable=max(map(len, shares)) < 4)

    def run(share: Sequence[tuple[int, int]], read: Reader) -> None:
        tile = torch.empty(x.size, y.size, dtype=x.tile_dtype, device=x.v.device)
        row, block = -1, tile
        with torch.no_grad(), torch.autocast(x.v.device.type, enabled=False):
            for i, j in share:
                if stop.is_set():
                    return
                known = held.pop((i, j), None) if held else None
                if known is None:
                    if i != row:
                        row, block = i, x[i]
                    multiply(block, y[j], tile)
                read(x.rows(i), y.rows(j), tile if known is None else known)
                bar.update()

    with bar, full_precision():
        if len(shares) == 1:
            run(shares[0], readers[0])
            return
        threads = torch.get_num_threads()
        try:
            with ThreadPoolExecutor(len(shares), initializer=torch.set_num_threads, initargs=(1,)) as pool:
                try:
                    for done in [pool.submit(run, *job) for job in zip(shares, readers, strict=True)]:
                        done.result()
                finally:
                    stop.set()
        finally:
            torch.set_num_threads(threads)  # no news here, but what threads yet to come start with


def workers_for(x: Blocks, y: Blocks, reducers: ModuleType) -> int:
    """Threads of a pass over the whole grid: torch's number for numba, no more than there are tiles; else one."""
    return min(torch.get_num_threads(), x.count * y.count) if reducers.ON_THREADS else 1


def dealt(order: Sequence[tuple[int, int]], workers: int, *, whole_rows: bool = False) -> list[list[tuple[int, int]]]:
    """The tiles in turn to each worker, or row by row; the same deal every time, so that results repeat to the bit."""
    if whole_rows:
        return [[(i, j) for i, j in order if i % workers == w] for w in range(workers)]
    ends = [len(order) * w // workers for w in range(workers + 1)]
    return [list(order[start:stop]) for start, stop in itertools.pairwise(ends)]


def product_dtype(*matrices: torch.Tensor) -> torch.dtype:
    """Float64 where an input is, or where the sets are small (`EXACT_ROWS`); else float32."""
    wide = any(v.dtype == torch.float64 for v in matrices) or max(map(len, matrices)) <= EXACT_ROWS
    return torch.float64 if wide else torch.float32


def reducers_for(*matrices: torch.Tensor, once: bool = False) -> ModuleType:
    """Numba on the CPU, torch elsewhere; and for small sets (`QUICK_ROWS`) where all is read ``once``."""
    if matrices[0].device.type != "cpu" or (once and max(map(len, matrices)) <= QUICK_ROWS):
        return _torch_reducers
    from mmgap.metrics import _numba_reducers  # half a second of a process

    return _numba_reducers


def moments_of_sums(sums: Sums, n: int, centre: float, x: torch.Tensor, y: torch.Tensor) -> CosineMoments:
    """From a pass around the exact mean ``centre``; the extremes are multiplied again in float64."""
    bias = sums.total / n
    return CosineMoments(
        n=n,
        mean=centre,
        std=float(np.sqrt(max(sums.square / n - bias**2, 0.0))),
        minimum=exact_products.product(x, sums.lowest[0], y, sums.lowest[1]),
        maximum=exact_products.product(x, sums.highest[0], y, sums.highest[1]),
        mean_absolute=sums.absolute / n,
        counts=sums.counts,
    )


def moments_of(values: np.ndarray, bins: int = BINS) -> CosineMoments:
    """Of products at hand, (n,) float64."""
    index = np.clip((values + 1) * (bins / 2), 0, bins - 1).astype(np.int64)
    return CosineMoments(
        n=len(values),
        mean=float(values.mean()),
        std=float(values.std()),
        minimum=float(values.min()),
        maximum=float(values.max()),
        mean_absolute=float(np.abs(values).mean()),
        counts=np.bincount(index, minlength=bins),
    )


@contextmanager
def full_precision() -> Iterator[None]:
    """No float32 products by TF32 and no bfloat16 sums inside; what was set before comes back."""
    before, matmul = torch.get_float32_matmul_precision(), torch.backends.cuda.matmul
    partly = matmul.allow_bf16_reduced_precision_reduction
    torch.set_float32_matmul_precision("highest")
    matmul.allow_bf16_reduced_precision_reduction = False
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
        matmul.allow_bf16_reduced_precision_reduction = partly
