"""Accumulators on the CPU over the numba kernels; `_torch_reducers` has the same two classes for other devices.

The kernels release the interpreter lock and run on plain threads, as many as torch takes for its products: they sleep
while torch multiplies, where an OpenMP team would spin and take its cores.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

import numpy as np
import torch

from mmgap.metrics import _kernels
from mmgap.metrics._problem import CrossProblem, Sums, WithinProblem

_CHUNKS_AT_ONCE = 4


class _Team:
    """Threads that share out the chunks of a tile."""

    def __init__(self) -> None:
        self.helpers = torch.get_num_threads() - 1
        self.pool = ThreadPoolExecutor(self.helpers) if self.helpers else None

    def share(self, chunks: int, work: Callable[[tuple[int, int]], None]) -> None:
        """Call ``work((first, last + 1))`` for all chunks."""
        starts = itertools.count(0, _CHUNKS_AT_ONCE)

        def take() -> None:
            while (first := next(starts)) < chunks:
                work((first, min(first + _CHUNKS_AT_ONCE, chunks)))

        spare = min(self.helpers, (chunks - 1) // _CHUNKS_AT_ONCE)
        helping = [self.pool.submit(take) for _ in range(spare)] if self.pool else []
        take()
        wait(helping)
        for helper in helping:
            helper.result()

    def dismiss(self) -> None:
        if self.pool:
            self.pool.shutdown()


class _Totals:
    """Chunk-wise sums, extremes and histograms, which both passes keep alike."""

    def __init__(self, height: int, width: int, bins: int) -> None:
        chunks = -(-height // _kernels.CHUNK)
        self.sums = np.zeros((chunks, 3))
        self.extremes = np.tile([np.inf, -np.inf], (chunks, 1))
        self.where = np.zeros((chunks, 4), dtype=np.int64)
        self.counts = np.zeros((chunks, _kernels.LANES, bins), dtype=np.int64)
        self.by_column = np.zeros((chunks, width))
        self.scratch = np.empty((chunks, width))
        self.index = np.empty((chunks, width), dtype=np.uint32)

    def finish(self) -> Sums:
        low, high = self.extremes[:, 0].argmin(), self.extremes[:, 1].argmax()
        return Sums(
            total=float(self.sums[:, 0].sum()),
            square=float(self.sums[:, 1].sum()),
            absolute=float(self.sums[:, 2].sum()),
            lowest=(int(self.where[low, 0]), int(self.where[low, 1])),
            highest=(int(self.where[high, 2]), int(self.where[high, 3])),
            counts=self.counts.sum(axis=(0, 1)),
        )


class Within:
    """Adds up the tiles (row block ≤ column block) of X·Xᵀ."""

    def __init__(self, problem: WithinProblem, height: int) -> None:
        self.problem = problem
        self.weights = problem.weights.cpu().numpy()
        self.kernel = np.zeros(len(self.weights))
        self.totals = _Totals(height, height, problem.bins)
        self.team = _Team()

    def add(self, tile: torch.Tensor, rows: range, columns: range) -> None:
        t, s, p = tile.numpy(), self.totals, self.problem
        chunks = -(-len(rows) // _kernels.CHUNK)
        arguments = (
            t, len(rows), len(columns), rows.start, columns.start, self.weights, p.centre, *p.exponent,
            t.dtype.type(p.bins / 2), s.sums, s.extremes, s.where, s.counts, self.kernel, s.by_column, s.scratch,
            s.index,
        )  # fmt: skip
        self.team.share(chunks, lambda some: _kernels.within_tile(some, *arguments))
        texts = slice(columns.start, columns.stop)
        self.kernel[texts] += s.by_column[:chunks, : len(columns)].sum(axis=0) * self.weights[texts]

    def finish(self) -> tuple[Sums, np.ndarray]:
        """Sums over the pairs i < j, and each row's kernel sum over all the others."""
        self.team.dismiss()
        return self.totals.finish(), self.kernel


class Cross:
    """Adds up all tiles of X·Yᵀ but for the relevant pairs."""

    def __init__(self, problem: CrossProblem, height: int, width: int, device: torch.device) -> None:
        self.problem = problem
        relevance = problem.relevance
        n, m = relevance.n_images, relevance.n_texts
        self.totals = _Totals(height, width, problem.bins)
        self.match = np.ascontiguousarray(relevance.pairs[:, 1])
        self.above = np.zeros(n, dtype=np.int64), np.zeros(m, dtype=np.int64)
        self.least = np.zeros(n, dtype=np.int64), np.zeros(m, dtype=np.int64)
        self.exponentials = np.zeros(n), np.zeros(m)
        self.column_counts = np.zeros((len(self.totals.sums), 2, width), dtype=np.int32)
        if problem.owned:
            self.joint = np.zeros((n, problem.owned.cap + 1, problem.owned.most + 1), dtype=np.int32)
            self.fixed = np.zeros((n, 2), dtype=np.int32)
            self.carry = np.zeros((n, 2), dtype=np.int32)
        self.team = _Team()

    def add(self, tile: torch.Tensor, rows: range, columns: range) -> None:
        t, s, p = tile.numpy(), self.totals, self.problem
        chunks = -(-len(rows) // _kernels.CHUNK)
        place = t, len(rows), len(columns), rows.start, columns.start, p.relevance.image_start, self.match
        arguments = (
            *place, p.image_over, p.image_tie, p.text_over, p.text_tie, p.centre, *p.exponent,
            t.dtype.type(p.bins / 2), s.sums, s.extremes, s.where, s.counts, self.above[0], self.least[0],
            self.exponentials[0], self.column_counts, s.by_column, s.scratch, s.index,
        )  # fmt: skip
        self.team.share(chunks, lambda some: _kernels.cross_tile(some, *arguments))
        texts = slice(columns.start, columns.stop)
        self.above[1][texts] += self.column_counts[:chunks, 0, : len(columns)].sum(axis=0)
        self.least[1][texts] += self.column_counts[:chunks, 1, : len(columns)].sum(axis=0)
        if p.scale:
            self.exponentials[1][texts] += s.by_column[:chunks, : len(columns)].sum(axis=0)
        if o := p.owned:
            owners = (*place, p.image_over, p.image_tie, o.owner, o.own, self.carry, self.joint, self.fixed)
            self.team.share(chunks, lambda some: _kernels.owner_tile(some, *owners))

    def finish(self) -> tuple[Sums, dict[str, np.ndarray]]:
        """Sums over the unmatched pairs, and what was counted for each image and each text."""
        self.team.dismiss()
        counted = {
            "image_above": self.above[0],
            "image_tied": self.least[0] - self.above[0],
            "text_above": self.above[1],
            "text_tied": self.least[1] - self.above[1],
            "image_exponentials": self.exponentials[0],
            "text_exponentials": self.exponentials[1],
        }
        if self.problem.owned:
            counted |= {"joint": self.joint, "fixed": self.fixed}
        return self.totals.finish(), counted
