"""Spaces beside one another on the same saved vectors, each fitted and measured in the same halves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from mmgap import spaces, stats
from mmgap.core.progress import progress_bar
from mmgap.datasets import Dataset
from mmgap.encoders.base import Vectors
from mmgap.evaluation.cross_fitting import CrossFitted, Half
from mmgap.evaluation.halves_record import record_halves
from mmgap.evaluation.score_record import record_vectors
from mmgap.metrics.catalogue import unit_and_direction
from mmgap.metrics.mixed_search import mixed_search
from mmgap.metrics.retrieval import DIRECTIONS
from mmgap.metrics.unit_rows import normalised
from mmgap.rows.recorder import Recorder
from mmgap.spaces import SpaceError

#: How the vectors as they are are called among the spaces.
NONE = "none"

#: Items that are looked at in one index of images and texts.
FIRST = 10


def compare_spaces(
    dataset: Dataset, specs: Iterable[str], *, repeats: int = 1, seed: int = 0
) -> tuple[dict[str, Recorder], dict[str, str]]:
    """Return what each space records, the vectors as they are first, and why those are left out that cannot be fitted.

    All spaces see the same halves, so that their queries are paired. Beside what `record_vectors` records stands the
    search in one index of images and texts: ``mixed_t2i_share10, mixed_t2i_r1`` and ``mixed_i2t_…``.

    Args:
        dataset: of saved vectors.
        specs: of the spaces.
        repeats, seed: of `mmgap.evaluation.cross_fitting.CrossFitted`.

    Raises:
        SpaceError: the vectors have no halves.
    """
    assert dataset.vectors is not None
    vectors = Vectors(*dataset.vectors)
    found, left_out = {NONE: _recorded(CrossFitted(None, repeats, seed), vectors, dataset)}, {}
    for spec in progress_bar(list(specs), desc="spaces"):
        space = spaces.parse(spec)
        try:
            found[space.spec] = _recorded(CrossFitted(space, repeats, seed), vectors, dataset)
        except SpaceError as error:
            left_out[space.spec] = str(error)
    return found, left_out


def gain(before: Recorder, after: Recorder, name: str, level: float = 0.95) -> stats.Contrast:
    """Return what a space changes of a recall against another, on the same queries.

    Args:
        before, after: of `compare_spaces`.
        name: of the recall, ``t2i_r1_own``.
        level: nominal coverage.
    """
    clusters = before.items["cluster"]
    if name.startswith("t2i"):
        clusters = clusters[before.items["owner"]]
    return stats.contrast(before.items[name], after.items[name], clusters=clusters, shares=True, level=level)


def gap_removed(recorded: Mapping[str, Recorder], space: str) -> float | None:
    """Return the part of the corrected gap that a space removes; None for a scorer, or where there is none."""
    before, after = (recorded[name].metrics.get("gap_corrected") for name in (NONE, space))
    return None if not before or not after or before["value"] == 0 else 1 - after["value"] / before["value"]


def _recorded(space: CrossFitted, vectors: Vectors, dataset: Dataset) -> Recorder:
    halved = space.of(vectors, dataset)
    recorded = [Recorder(unit_and_direction) for _ in halved.halves]
    for one, half in zip(recorded, halved.halves, strict=True):
        record_vectors(one, half.vectors, half.dataset)
        _record_mixed(one, half)
    record = Recorder(unit_and_direction)
    record_halves(record, halved, dataset.owner, recorded)
    return record


def _record_mixed(record: Recorder, half: Half) -> None:
    """Record what a query finds in one index of the images and texts of a half."""
    images, texts, owner = half.vectors.images, half.vectors.texts, half.dataset.owner
    unit = normalised(images, "images"), normalised(texts, "texts")
    for way in DIRECTIONS:
        extended = None
        if half.vectors.scorer is not None:
            queries = texts if way == "t2i" else images
            by = "text" if way == "t2i" else "image"
            extended = half.vectors.scorer.extended(queries, np.concatenate([images, texts]), by)  # type: ignore[arg-type]
        found = mixed_search(*unit, direction=way, k=FIRST, owner=owner, extended=extended)
        clusters = owner if way == "t2i" else np.arange(len(images))
        for name, values in ((f"share{FIRST}", found.share), ("r1", found.first)):
            interval = stats.share_interval(values, clusters=clusters)
            ends = interval.low, interval.high
            record(f"mixed_{way}_{name}", interval.value, ci=ends, n=interval.n, unit="share", higher_is_better=True)
