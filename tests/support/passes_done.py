"""A measurement whose passes over the similarity matrix are done: what they leave in files is drawn at random."""

from __future__ import annotations

import numpy as np

from mmgap.core.scratch_array import spans
from mmgap.evaluation.streaming import streamed_measure, streamed_passes
from mmgap.evaluation.streaming.tile_units import PassSums
from mmgap.evaluation.streaming.within_strips import WithinPass


def leave_out_passes(monkeypatch) -> None:
    """Let measuring go from what comes before its strips to what comes behind them."""
    monkeypatch.setattr(streamed_measure, "run_cross", _cross)
    monkeypatch.setattr(streamed_measure, "run_within", _within)


def _cross(name, images, texts, relation, centre, asked, dtype, at, runner, tick):
    _, positives = streamed_passes._limits(name, images, texts, relation, dtype, at.store)
    sides = []
    others = min(len(images), len(texts))
    for side, n in (("images", len(images)), ("texts", len(texts))):
        items = streamed_passes._Items.of(at.store, f"{name}-{side}", n, 16, dtype)
        for some in spans(n):
            _fill(items, some, others)
            at.store.release()
        sides.append(streamed_passes.SideCounts(items.sums, positives[side == "texts"], items.near))
    sums = PassSums(square=0.1 * len(images) * len(texts))
    return streamed_passes.StreamedCross(relation, sums, *sides, None, at.store.release)


def _fill(items, some, others):
    rng, count = np.random.default_rng(some.start), some.stop - some.start
    above = rng.integers(0, others - 1, count)
    items.sums.above[some], items.sums.least[some] = above, above + rng.integers(0, 2, count)
    items.sums.exponentials[some] = rng.random(count)
    items.near.scores[some] = np.sort(rng.random((count, 16)), axis=1)[:, ::-1]
    items.near.items[some] = rng.integers(0, others, (count, 16))


def _within(name, rows, t, dtype, at, runner, tick):
    pairs = len(rows) ** 2
    return WithinPass.of(rows, t, dtype), PassSums(square=0.1 * pairs, kernel=0.5 * pairs)
