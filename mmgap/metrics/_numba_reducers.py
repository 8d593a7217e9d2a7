"""Accumulators on the CPU over the numba kernels; `_torch_reducers` has the same classes for other devices.

Each thread of a pass has one of its own; they are merged in a fixed order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from mmgap.metrics import _kernels, _nearest_kernels
from mmgap.metrics._problem import CrossProblem, Sums, WithinProblem

#: Whether each thread of a pass has accumulators of its own.
ON_THREADS = True

_cross_tile: Callable[..., None] = _kernels.cross_tile
_owner_tile: Callable[..., None] = _kernels.owner_tile


class CompiledTotals:
    """Sums, extremes and histograms, which both passes keep alike."""

    def __init__(self, width: int, bins: int) -> None:
        self.sums = np.zeros(3)
        self.extremes = np.array([np.inf, -np.inf])
        self.where = np.zeros(4, dtype=np.int64)
        self.counts = np.zeros((_kernels.LANES, bins), dtype=np.int64)
        self.index = np.empty(width, dtype=np.uint32)

    def merge(self, other: CompiledTotals) -> None:
        self.sums += other.sums
        self.counts += other.counts
        if other.extremes[0] < self.extremes[0]:
            self.extremes[0], self.where[:2] = other.extremes[0], other.where[:2]
        if other.extremes[1] > self.extremes[1]:
            self.extremes[1], self.where[2:] = other.extremes[1], other.where[2:]

    def finish(self) -> Sums:
        (total, square, absolute), (a, b, c, d) = self.sums.tolist(), self.where.tolist()
        return Sums(total, square, absolute, lowest=(a, b), highest=(c, d), counts=self.counts.sum(axis=0))


class CompiledWithin:
    """Adds up the tiles (row block ≤ column block) of X·Xᵀ."""

    def __init__(self, problem: WithinProblem, width: int) -> None:
        self.problem = problem
        self.weights = problem.weights.cpu().numpy()
        self.kernel, self.other = np.zeros(len(self.weights)), np.zeros(1)
        other = problem.other
        self.gaussian = (self.weights, 0.0) if other is None else (other.rows.cpu().numpy(), other.rate)
        self.totals = CompiledTotals(width, problem.bins)

    def add(self, rows: range, columns: range, tile: torch.Tensor) -> None:
        t, s, p = tile.numpy(), self.totals, self.problem
        _kernels.within_tile(
            t, len(rows), len(columns), rows.start, columns.start, self.weights, p.centre, 2 * p.t,
            t.dtype.type(p.bins / 2), s.sums, s.extremes, s.where, s.counts, self.kernel, *self.gaussian, self.other,
            s.index,
        )  # fmt: skip

    def merge(self, other: CompiledWithin) -> None:
        self.totals.merge(other.totals)
        self.kernel += other.kernel
        self.other += other.other

    def finish(self) -> tuple[Sums, np.ndarray, float]:
        """Sums over the pairs i < j, each row's kernel sum over all the others, and the sum of the other kernel."""
        return self.totals.finish(), self.kernel, float(self.other[0])


class CompiledCross:
    """Adds up all tiles of X·Yᵀ but for the relevant pairs.

    Rivals are counted by owner in arrays that all threads share: each works on rows of its own, from left to right.
    """

    def __init__(self, problem: CrossProblem, width: int, device: torch.device) -> None:
        self.problem = problem
        relevance = problem.relevance
        sides = relevance.n_images, relevance.n_texts
        self.totals = CompiledTotals(width, problem.bins)
        self.match = np.ascontiguousarray(relevance.pairs[:, 1])
        self.above = [np.zeros(n, dtype=np.int32) for n in sides]
        self.least = [np.zeros(n, dtype=np.int32) for n in sides]
        self.exponentials = [np.zeros(n) for n in (*sides, *sides)]
        kernels = problem.kernels
        self.weights = [
            np.array([getattr(k, side).cpu().numpy() for k in kernels]).reshape(len(kernels), n)
            for side, n in zip(("rows", "columns"), sides, strict=True)
        ]
        self.rates = np.array([k.rate for k in kernels])
        self.kernels = np.zeros(len(kernels))
        self.by_owner: tuple[np.ndarray, ...] = ()
        if o := problem.owned:
            joint = np.zeros((sides[0], o.cap + 1, o.most + 1), dtype=np.int32)
            self.by_owner = (np.zeros((sides[0], 2), dtype=np.int32), joint)

    def sibling(self) -> CompiledCross:
        """Another accumulator of the same pass, for another thread."""
        other = CompiledCross(self.problem, len(self.totals.index), torch.device("cpu"))
        if self.problem.owned:
            other.by_owner = self.by_owner
        return other

    def add(self, rows: range, columns: range, tile: torch.Tensor) -> None:
        t, s, p = tile.numpy(), self.totals, self.problem
        place: tuple[Any, ...] = (
            t, len(rows), len(columns), rows.start, columns.start, p.relevance.image_start, self.match,
            p.image_over, p.image_tie,
        )  # fmt: skip
        tallies: tuple[Any, ...] = (
            s.sums, s.extremes, s.where, s.counts, self.above[0], self.least[0], self.above[1], self.least[1],
            *self.exponentials, *self.weights, self.rates, self.kernels, s.index,
        )  # fmt: skip
        half = t.dtype.type(p.bins / 2)
        _cross_tile(*place, p.text_over, p.text_tie, p.centre, p.scale, half, *tallies)
        if o := p.owned:
            _owner_tile(*place, o.owner, *self.by_owner)

    def merge(self, other: CompiledCross) -> None:
        self.totals.merge(other.totals)
        for mine, theirs in zip(self.by_item(), other.by_item(), strict=True):
            mine += theirs

    def by_item(self) -> list[np.ndarray]:
        return [*self.above, *self.least, *self.exponentials, self.kernels]

    def finish(self) -> tuple[Sums, dict[str, np.ndarray]]:
        """Sums over the unmatched pairs, and what was counted for each image and each text."""
        counted: dict[str, np.ndarray] = {"kernels": self.kernels}
        for side, name in enumerate(("image", "text")):
            above, least = self.above[side].astype(np.int64), self.least[side].astype(np.int64)
            counted |= {f"{name}_above": above, f"{name}_tied": least - above}
            counted[f"{name}_exponentials"], counted[f"{name}_drift"] = self.exponentials[side::2]
        if self.problem.owned:
            _, counted["joint"] = self.by_owner
        return self.totals.finish(), counted


class CompiledNearest:
    """Keeps the items of the ``depth`` highest scores of each row and of each column of X·Yᵀ."""

    def __init__(self, x: torch.Tensor, y: torch.Tensor, depth: int, dtype: torch.dtype) -> None:
        n, m, float_ = len(x), len(y), np.float64 if dtype == torch.float64 else np.float32
        shapes = (n, min(depth, m)), (m, min(depth, n))
        self.scores = [np.full(shape, -np.inf, dtype=float_) for shape in shapes]
        self.items = [np.zeros(shape, dtype=np.int32) for shape in shapes]
        self.bar = np.full(m, -np.inf, dtype=float_)

    def add(self, rows: range, columns: range, tile: torch.Tensor) -> None:
        (scores, column_scores), (items, column_items) = self.scores, self.items
        _nearest_kernels.nearest_tile(
            tile.numpy(), len(rows), len(columns), rows.start, columns.start, scores, items, column_scores,
            column_items, self.bar,
        )  # fmt: skip

    def merge(self, other: CompiledNearest) -> None:
        for side in (0, 1):
            _nearest_kernels.merge_lists(self.scores[side], self.items[side], other.scores[side], other.items[side])

    def finish(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Scores and items of the rows, and of the columns, falling."""
        return list(zip(self.scores, self.items, strict=True))


within_sums, cross_sums, nearest_lists = CompiledWithin, CompiledCross, CompiledNearest
