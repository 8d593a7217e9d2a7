"""Accumulators in plain torch operations, for devices that numba does not reach; `_numba_reducers` has the contract."""

from __future__ import annotations

import numpy as np
import torch

from mmgap.metrics._problem import CrossProblem, Gaussian, Sums, WithinProblem


class TorchTotals:
    def __init__(self, centre: float, bins: int, device: torch.device) -> None:
        self.centre, self.bins = centre, bins
        self.sums = torch.zeros(3, dtype=torch.float64, device=device)
        self.counts = torch.zeros(bins, dtype=torch.int64, device=device)
        self.low, self.high = (float("inf"), (0, 0)), (-float("inf"), (0, 0))

    def add(self, tile: torch.Tensor, keep: torch.Tensor, rows: range, columns: range) -> None:
        s = tile[keep]
        if len(s) == 0:
            return
        v = s.double() - self.centre
        self.sums += torch.stack([v.sum(), v.square().sum(), s.double().abs().sum()])
        index = ((s + 1) * (self.bins / 2)).clamp_(0, self.bins - 1).long()
        self.counts += torch.bincount(index, minlength=self.bins)
        low = torch.where(keep, tile, torch.inf)
        high = torch.where(keep, tile, -torch.inf)
        self.low = min(self.low, _place(low, low.argmin(), rows, columns), key=lambda e: e[0])
        self.high = max(self.high, _place(high, high.argmax(), rows, columns), key=lambda e: e[0])

    def finish(self) -> Sums:
        total, square, absolute = self.sums.tolist()
        return Sums(total, square, absolute, self.low[1], self.high[1], self.counts.cpu().numpy())


def _place(tile: torch.Tensor, flat: torch.Tensor, rows: range, columns: range) -> tuple[float, tuple[int, int]]:
    row, column = divmod(int(flat), tile.shape[1])
    return float(tile[row, column]), (rows[row], columns[column])


class TorchWithin:
    """Adds up the tiles (row block ≤ column block) of X·Xᵀ."""

    def __init__(self, problem: WithinProblem, width: int) -> None:
        self.problem = problem
        self.kernel, self.other = torch.zeros_like(problem.weights), 0.0
        self.totals = TorchTotals(problem.centre, problem.bins, problem.weights.device)

    def add(self, rows: range, columns: range, tile: torch.Tensor) -> None:
        tile = tile[: len(rows), : len(columns)]
        i = torch.arange(rows.start, rows.stop, device=tile.device)
        j = torch.arange(columns.start, columns.stop, device=tile.device)
        keep = i[:, None] < j
        self.totals.add(tile, keep, rows, columns)
        weights = self.problem.weights
        kernel = torch.exp(tile.double() * (2 * self.problem.t)) * weights[i, None] * weights[j] * keep
        self.kernel[i] += kernel.sum(dim=1)
        self.kernel[j] += kernel.sum(dim=0)
        if self.problem.other:
            self.other += _gaussian(self.problem.other, tile, keep, rows, columns)

    def finish(self) -> tuple[Sums, np.ndarray, float]:
        """Sums over the pairs i < j, each row's kernel sum over all the others, and the sum of the other kernel."""
        return self.totals.finish(), self.kernel.cpu().numpy(), self.other


def _gaussian(kernel: Gaussian, tile: torch.Tensor, keep: torch.Tensor, rows: range, columns: range) -> float:
    weights = kernel.rows[rows.start : rows.stop, None] * kernel.columns[columns.start : columns.stop]
    return float((torch.exp(tile.double() * (2 * kernel.gamma)) * weights * keep).sum())


class TorchCross:
    """Adds up all tiles of X·Yᵀ but for the relevant pairs."""

    def __init__(self, problem: CrossProblem, width: int, device: torch.device) -> None:
        self.problem = problem
        r = problem.relevance
        self.totals = TorchTotals(problem.centre, problem.bins, device)
        self.limits = [
            torch.from_numpy(v).to(device)
            for v in (problem.image_over, problem.image_tie, problem.text_over, problem.text_tie)
        ]
        self.counts = [torch.zeros(n, dtype=torch.int64, device=device) for n in (r.n_images, r.n_texts) * 2]
        self.exponentials = [torch.zeros(n, dtype=torch.float64, device=device) for n in (r.n_images, r.n_texts) * 2]
        self.kernels = np.zeros(len(problem.kernels))
        if o := problem.owned:
            self.cap, self.width = o.cap, o.most + 1
            self.joint = torch.zeros(r.n_images, (o.cap + 1) * self.width, dtype=torch.int32, device=device)
            self.carry = torch.zeros(r.n_images, 2, dtype=torch.int64, device=device)
            self.owner = torch.from_numpy(np.ascontiguousarray(o.owner)).to(device)

    def add(self, rows: range, columns: range, tile: torch.Tensor) -> None:
        tile = tile[: len(rows), : len(columns)]
        r, p = self.problem.relevance, self.problem
        keep = torch.ones(tile.shape, dtype=torch.bool, device=tile.device)
        pairs = r.pairs[r.image_start[rows.start] : r.image_start[rows.stop]]
        pairs = pairs[(pairs[:, 1] >= columns.start) & (pairs[:, 1] < columns.stop)]
        here = torch.from_numpy(pairs - [rows.start, columns.start]).to(tile.device)
        keep[here[:, 0], here[:, 1]] = False
        self.totals.add(tile, keep, rows, columns)

        images, texts = slice(rows.start, rows.stop), slice(columns.start, columns.stop)
        image_over, image_tie, text_over, text_tie = self.limits
        above = (tile > image_over[images, None]) & keep
        least = (tile >= image_tie[images, None]) & keep
        self.counts[0][images] += above.sum(dim=1)
        self.counts[1][texts] += ((tile > text_over[texts]) & keep).sum(dim=0)
        self.counts[2][images] += least.sum(dim=1)
        self.counts[3][texts] += ((tile >= text_tie[texts]) & keep).sum(dim=0)
        if p.scale:
            e = torch.exp(tile.double() * p.scale) * keep
            for side, terms in enumerate((e, e * tile)):
                self.exponentials[2 * side][images] += terms.sum(dim=1)
                self.exponentials[2 * side + 1][texts] += terms.sum(dim=0)
        for k, kernel in enumerate(p.kernels):
            below = keep if k == 0 else keep.tril(rows.start - columns.start - 1)
            self.kernels[k] += _gaussian(kernel, tile, below, rows, columns)
        if p.owned:
            self._add_owners(above, least & ~above, images, texts)

    def _add_owners(self, above: torch.Tensor, tied: torch.Tensor, images: slice, texts: slice) -> None:
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
        a, b, c, d = (v.cpu().numpy() for v in self.counts)
        counted = {"image_above": a, "image_tied": c - a, "text_above": b, "text_tied": d - b}
        names = ("image_exponentials", "text_exponentials", "image_drift", "text_drift")
        counted |= {name: v.cpu().numpy() for name, v in zip(names, self.exponentials, strict=True)}
        counted["kernels"] = self.kernels
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
            here = slice(queries.start, queries.stop)
            numbers = torch.arange(items.start, items.stop, device=tile.device).expand(scores.shape)
            every = torch.cat([self.scores[side][here], scores], dim=1)
            best = every.topk(self.scores[side].shape[1], dim=1)
            self.scores[side][here] = best.values
            self.items[side][here] = torch.cat([self.items[side][here], numbers], dim=1).gather(1, best.indices)

    def finish(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Scores and items of the rows, and of the columns, falling."""
        return [(s.cpu().numpy(), i.cpu().numpy()) for s, i in zip(self.scores, self.items, strict=True)]


within_sums, cross_sums, nearest_lists = TorchWithin, TorchCross, TorchNearest
