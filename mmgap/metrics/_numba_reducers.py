"""Accumulators on the CPU over the numba kernels; `_torch_reducers` has the same two classes for other devices."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numba
import numpy as np
import torch

from mmgap.metrics import _kernels
from mmgap.metrics._problem import CrossProblem, Sums, WithinProblem


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

    def add(self, tile: torch.Tensor, rows: range, columns: range) -> None:
        t, s, p = tile.numpy(), self.totals, self.problem
        with _threads():
            _kernels.within_tile(
                t, len(rows), len(columns), rows.start, columns.start, self.weights, p.centre, *p.exponent,
                t.dtype.type(p.bins / 2), s.sums, s.extremes, s.where, s.counts, self.kernel, s.by_column, s.scratch,
                s.index,
            )  # fmt: skip

    def finish(self) -> tuple[Sums, np.ndarray]:
        """Sums over the pairs i < j, and each row's kernel sum over all the others."""
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

    def add(self, tile: torch.Tensor, rows: range, columns: range) -> None:
        t, s, p = tile.numpy(), self.totals, self.problem
        place = t, len(rows), len(columns), rows.start, columns.start, p.relevance.image_start, self.match
        with _threads():
            _kernels.cross_tile(
                *place, p.image_over, p.image_tie, p.text_over, p.text_tie, p.centre, *p.exponent,
                t.dtype.type(p.bins / 2), s.sums, s.extremes, s.where, s.counts, self.above[0], self.least[0],
                self.above[1], self.least[1], *self.exponentials, self.column_counts, s.by_column, s.scratch, s.index,
            )  # fmt: skip
            if o := p.owned:
                _kernels.owner_tile(
                    *place, p.image_over, p.image_tie, o.owner, o.own, self.carry, self.joint, self.fixed
                )

    def finish(self) -> tuple[Sums, dict[str, np.ndarray]]:
        """Sums over the unmatched pairs, and what was counted for each image and each text."""
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


@contextmanager
def _threads() -> Iterator[None]:
    """As many threads as torch takes for its products."""
    before = numba.get_num_threads()
    numba.set_num_threads(min(torch.get_num_threads(), _kernels.MOST_THREADS))
    try:
        yield
    finally:
        numba.set_num_threads(before)
