"""Accumulators in torch operations, for devices that numba does not reach; `_numba_reducers` has the contract.

A tile is read by `_fused_tile`; nothing here waits for the device before the end.
"""

from __future__ import annotations

import numpy as np
import torch

from mmgap.metrics._fused_tile import Totals, cross_tile, fused, within_tile
from mmgap.metrics._line_sums import Weighted
from mmgap.metrics._problem import CrossProblem, Gaussian, Sums, WithinProblem
from mmgap.metrics._reading_type import reading_type

#: Whether each thread of a pass has accumulators of its own.
ON_THREADS = False


class TorchTotals:
    """Sums, extremes of each row and histogram, which both passes keep alike."""

    def __init__(self, rows: int, bins: int, device: torch.device) -> None:
        self.sums = torch.zeros(3, dtype=torch.float64, device=device)
        self.counts = torch.zeros(bins, dtype=torch.int64, device=device)
        self.low, self.high = (
            torch.full((rows,), sign * torch.inf, dtype=torch.float64, device=device) for sign in (1, -1)
        )
        self.low_at, self.high_at = torch.zeros(2, rows, dtype=torch.int64, device=device)

    def add(self, found: Totals, rows: range, columns: range) -> None:
        n, here = len(rows), slice(rows.start, rows.stop)
        self.sums += torch.stack([found.total.sum(), found.square.sum(), found.absolute.sum()])
        self.counts += found.counts
        for best, at, value, column, sign in (
            (self.low, self.low_at, found.lowest, found.lowest_at, 1),
            (self.high, self.high_at, found.highest, found.highest_at, -1),
        ):
            better = sign * value[:n] < sign * best[here]
            best[here] = torch.where(better, value[:n].double(), best[here])
            at[here] = torch.where(better, column[:n] + columns.start, at[here])

    def finish(self) -> Sums:
        total, square, absolute = self.sums.tolist()
        low, high = int(self.low.argmin()), int(self.high.argmax())
        extremes = (low, int(self.low_at[low])), (high, int(self.high_at[high]))
        return Sums(total, square, absolute, *extremes, self.counts.cpu().numpy())


class TorchWithin:
    """Adds up the tiles (row block ≤ column block) of X·Xᵀ."""

    def __init__(self, problem: WithinProblem, width: int) -> None:
        self.problem = problem
        self.own, device = Gaussian(problem.t, problem.weights, problem.weights), problem.weights.device
        self.centre = _number(problem.centre, device)
        self.kernel = torch.zeros_like(problem.weights)
        self.other = _number(0.0, device)
        self.totals = TorchTotals(len(problem.weights), problem.bins, device)

    def add(self, rows: range, columns: range, tile: torch.Tensor) -> None:
        _leave_out_padding(tile, rows, columns)
        if rows == columns:
            tile.masked_fill_(torch.ones_like(tile, dtype=torch.bool).tril(), -torch.inf)
        p = self.problem
        other = p.other and _weighted(p.other, rows, columns, tile)
        own = _weighted(self.own, rows, columns, tile)
        found = fused(within_tile, tile)(tile, self.centre, p.bins, own, other, reading_type(tile))
        self.totals.add(found.totals, rows, columns)
        for items, terms in zip((rows, columns), found.kernel, strict=True):
            self.kernel[items.start : items.stop] += terms[: len(items)]
        if found.other is not None:
            self.other += found.other.sum()

    def finish(self) -> tuple[Sums, np.ndarray, float]:
        """Sums over the pairs i < j, each row's kernel sum over all the others, and the sum of the other kernel."""
        return self.totals.finish(), self.kernel.cpu().numpy(), float(self.other)


class TorchCross:
    """Adds up all tiles of X·Yᵀ but for the relevant pairs."""

    def __init__(self, problem: CrossProblem, width: int, device: torch.device) -> None:
        self.problem = problem
        r = problem.relevance
        self.centre = _number(problem.centre, device)
        self.scale = _number(problem.scale, device) if problem.scale else None
        self.totals = TorchTotals(r.n_images, problem.bins, device)
        self.limits = [
            torch.from_numpy(v).to(device)
            for v in (problem.image_over, problem.image_tie, problem.text_over, problem.text_tie)
        ]
        self.above, self.least = (
            [torch.zeros(n, dtype=torch.int64, device=device) for n in (r.n_images, r.n_texts)] for _ in range(2)
        )
        self.exponentials, self.drift = (
            [torch.zeros(n, dtype=torch.float64, device=device) for n in (r.n_images, r.n_texts)] for _ in range(2)
        )
        self.kernels = torch.zeros(len(problem.kernels), dtype=torch.float64, device=device)
        if o := problem.owned:
            self.cap, self.width = o.cap, o.most + 1
            self.joint = torch.zeros(r.n_images, (o.cap + 1) * self.width, dtype=torch.int32, device=device)
            self.carry = torch.zeros(r.n_images, 2, dtype=torch.int64, device=device)
            self.owner = torch.from_numpy(np.ascontiguousarray(o.owner)).to(device)

    def add(self, rows: range, columns: range, tile: torch.Tensor) -> None:
        r, p = self.problem.relevance, self.problem
        pairs = r.pairs[r.image_start[rows.start] : r.image_start[rows.stop]]
        pairs = pairs[(pairs[:, 1] >= columns.start) & (pairs[:, 1] < columns.stop)]
        if len(pairs):
            here = torch.from_numpy(pairs - [rows.start, columns.start]).to(tile.device)
            tile[here[:, 0], here[:, 1]] = -torch.inf
        _leave_out_padding(tile, rows, columns)

        limits = tuple(
            _padded(limit, items, size, torch.inf)
            for limit, items, size in zip(
                self.limits, (rows, rows, columns, columns), np.repeat(tile.shape, 2).tolist(), strict=True
            )
        )
        kernels = tuple(_weighted(kernel, rows, columns, tile) for kernel in p.kernels)
        offset = torch.tensor(rows.start - columns.start, device=tile.device)
        asked = (self.centre, p.bins, self.scale, limits, kernels, offset, reading_type(tile))
        found = fused(cross_tile, tile)(tile, *asked)
        self.totals.add(found.totals, rows, columns)
        kept = [(self.above, found.above), (self.least, found.least)]
        if found.exponentials and found.drift:
            kept += [(self.exponentials, found.exponentials), (self.drift, found.drift)]
        for sides, terms in kept:
            for side, items, term in zip(sides, (rows, columns), terms, strict=True):
                side[items.start : items.stop] += term[: len(items)]
        for k, of_rows in enumerate(found.kernels):
            self.kernels[k] += of_rows.sum()
        if p.owned:
            self._add_owners(tile[: len(rows), : len(columns)], rows, columns)

    def _add_owners(self, tile: torch.Tensor, rows: range, columns: range) -> None:
        images, texts = slice(rows.start, rows.stop), slice(columns.start, columns.stop)
        above = tile > self.limits[0][images, None]
        tied = (tile >= self.limits[1][images, None]) & ~above
        owners, local = torch.unique_consecutive(self.owner[texts], return_inverse=True)
        counts = torch.zeros(len(above), len(owners), 2, dtype=torch.int64, device=above.device)
        counts.index_add_(1, local, torch.stack([above, tied], dim=2).long())
        counts[:, 0] += self.carry[images]
        self.carry[images] = 0
        if texts.stop < len(self.owner) and self.owner[texts.stop] == owners[-1]:
            self.carry[images] = counts[:, -1]
            counts = counts[:, :-1]
        cell = counts[:, :, 0].clamp(max=self.cap) * self.width + counts[:, :, 1]
        self.joint[images] += torch.zeros_like(self.joint[images]).scatter_add_(1, cell, (cell > 0).int())

    def finish(self) -> tuple[Sums, dict[str, np.ndarray]]:
        """Sums over the unmatched pairs, and what was counted for each image and each text."""
        counted = {"kernels": self.kernels.cpu().numpy()}
        for side, name in enumerate(("image", "text")):
            above, least = self.above[side].cpu().numpy(), self.least[side].cpu().numpy()
            counted |= {f"{name}_above": above, f"{name}_tied": least - above}
            counted[f"{name}_exponentials"] = self.exponentials[side].cpu().numpy()
            counted[f"{name}_drift"] = self.drift[side].cpu().numpy()
        if self.problem.owned:
            counted["joint"] = self.joint.cpu().numpy().reshape(len(self.joint), self.cap + 1, self.width)
        return self.totals.finish(), counted


class TorchNearest:
    """Keeps the items of the ``depth`` highest scores of each row and of each column of X·Yᵀ."""

    def __init__(self, x: torch.Tensor, y: torch.Tensor, depth: int, dtype: torch.dtype) -> None:
        shapes = (len(x), min(depth, len(y))), (len(y), min(depth, len(x)))
        self.scores = [torch.full(shape, -torch.inf, dtype=dtype, device=x.device) for shape in shapes]
        self.items = [torch.zeros(shape, dtype=torch.int64, device=x.device) for shape in shapes]

    def add(self, rows: range, columns: range, tile: torch.Tensor) -> None:
        tile = tile[: len(rows), : len(columns)]
        for side, (queries, items, scores) in enumerate(((rows, columns, tile), (columns, rows, tile.T))):
            here, depth = slice(queries.start, queries.stop), self.scores[side].shape[1]
            found = scores.topk(min(depth, len(items)), dim=1)
            every = torch.cat([self.scores[side][here], found.values], dim=1)
            numbers = torch.cat([self.items[side][here], found.indices + items.start], dim=1)
            best = every.topk(depth, dim=1)
            self.scores[side][here] = best.values
            self.items[side][here] = numbers.gather(1, best.indices)

    def finish(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Scores and items of the rows, and of the columns, falling."""
        return [(s.cpu().numpy(), i.cpu().numpy()) for s, i in zip(self.scores, self.items, strict=True)]


def _leave_out_padding(tile: torch.Tensor, rows: range, columns: range) -> None:
    tile[len(rows) :] = -torch.inf
    tile[:, len(columns) :] = -torch.inf


def _padded(values: torch.Tensor, items: range, size: int, by: float) -> torch.Tensor:
    """Those of some items, (size,): all tiles have one shape, so that a compiler meets but one."""
    return torch.nn.functional.pad(values[items.start : items.stop], (0, size - len(items)), value=by)


def _weighted(kernel: Gaussian, rows: range, columns: range, tile: torch.Tensor) -> Weighted:
    own, theirs = _padded(kernel.rows, rows, tile.shape[0], 0.0), _padded(kernel.columns, columns, tile.shape[1], 0.0)
    return _number(kernel.rate, tile.device), own, theirs


def _number(value: float, device: torch.device) -> torch.Tensor:
    return torch.tensor(value, dtype=torch.float64, device=device)


within_sums, cross_sums, nearest_lists = TorchWithin, TorchCross, TorchNearest
