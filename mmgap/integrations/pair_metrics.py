"""The few numbers that a training shows of image and text vectors: gap and recalls, with their intervals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from mmgap.core.defaults import RECALLS_AT
from mmgap.evaluation.measuring import measure_all
from mmgap.evaluation.space_intervals import gap_intervals, space_intervals
from mmgap.metrics.unit_rows import Vectors

#: What is shown, in this order, where it could be measured; `mmgap.metrics.catalogue` says what each is.
SHOWN = (
    *(f"{way}_r{k}" for way in ("t2i", "i2t") for k in RECALLS_AT),
    "gap",
    "gap_corrected",
    "misalignment",
    "uniformity",
    "rmg",
)


def pair_metrics(images: Vectors, texts: Vectors, owner: Any = None, relevance: Any = None) -> dict[str, float]:
    """Return gap, misalignment, uniformity and R@1, 5, 10 both ways of a pair of sets, as `mmgap.measure` has them.

    The ends of a 95 % interval stand beside its metric as ``NAME_low`` and ``NAME_high``, where there is one: it is
    over images, those that share a caption together. Recalls are shares of 1 over the full set.

    Args:
        images: (N, d) vectors of any norm.
        texts: (M, d) vectors.
        owner: (M,) the image of each text; None where row i belongs to row i.
        relevance: (P, 2) pairs (image, text) that count as hits; None for own pairs alone.

    Raises:
        TypeError, ValueError: as `mmgap.measure`.

    >>> rng = np.random.default_rng(0)
    >>> found = pair_metrics(*rng.normal(size=(2, 50, 8)))
    >>> [name for name in found if name.startswith("t2i_r1") and "r10" not in name]
    ['t2i_r1', 't2i_r1_low', 't2i_r1_high']
    """
    measured = measure_all(images, texts, owner=owner, relevance=relevance)
    intervals = space_intervals(measured, pool=len(measured.images), seed=0) | gap_intervals(measured)
    found: dict[str, float] = {}
    for name in SHOWN:
        if name not in measured.metrics:
            continue
        found[name] = measured.metrics[name]
        if name in intervals:
            found |= {f"{name}_low": float(intervals[name].low), f"{name}_high": float(intervals[name].high)}
    return found


def same_words(texts: Sequence[Any], owner: Any = None) -> np.ndarray | None:
    """Return the (P, 2) pairs (image, text) of equal words: a text also belongs to each image of a text that says the
    same. None where all differ, or they are no words.

    >>> same_words(["a cat", "a dog", "A cat"]), same_words(["a cat", "a dog", "a cat"]).tolist()
    (None, [[0, 0], [0, 2], [1, 1], [2, 0], [2, 2]])
    """
    if not all(isinstance(text, str) for text in texts) or len(set(texts)) == len(texts):
        return None
    of = np.arange(len(texts)) if owner is None else np.asarray(owner)
    groups: dict[str, list[int]] = defaultdict(list)
    for row, text in enumerate(texts):
        groups[text].append(row)
    pairs = {(int(of[a]), b) for rows in groups.values() for a in rows for b in rows}
    return np.array(sorted(pairs), dtype=np.int64)
