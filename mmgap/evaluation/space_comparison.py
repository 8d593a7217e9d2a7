"""Spaces beside one another on the same saved vectors, each fitted and measured in the same halves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from mmgap import spaces, stats
from mmgap.core.messages import said
from mmgap.core.progress import progress_bar
from mmgap.datasets import Dataset
from mmgap.encoders.base import Vectors
from mmgap.evaluation.cross_fitting import CrossFitted, Half
from mmgap.evaluation.halves_record import record_halves
from mmgap.evaluation.mixed_record import record_mixed
from mmgap.evaluation.score_record import record_vectors
from mmgap.evaluation.vector_halves import Divided
from mmgap.metrics.catalogue import unit_and_direction
from mmgap.rows.recorder import Recorder
from mmgap.rows.row import MetricDict
from mmgap.spaces import SpaceError

#: How the vectors as they are are called among the spaces.
NONE = "none"

#: What records one half in one space.
Work: TypeAlias = "Callable[[Recorder, Half], None]"


def record_everything(record: Recorder, half: Half) -> None:
    """Record what `record_vectors` records, and the search in one index of images and texts."""
    record_vectors(record, half.vectors, half.dataset)
    record_mixed(record, half.vectors, half.dataset, indexes=False)


def compare_spaces(
    dataset: Dataset, specs: Iterable[str], *, repeats: int = 1, seed: int = 0, work: Work = record_everything
) -> tuple[dict[str, Recorder], dict[str, str]]:
    """Return what each space records, the vectors as they are first, and why those are left out that cannot be fitted.

    All spaces see the same halves, so that their queries are paired. Beside what `record_vectors` records stands the
    search in one index of images and texts: ``mixed_t2i_share10, mixed_t2i_r1`` and ``mixed_i2t_…``.

    Args:
        dataset: of saved vectors.
        specs: of the spaces.
        repeats, seed: of `mmgap.evaluation.cross_fitting.CrossFitted`.
        work: records each half; all of them by default.

    Raises:
        SpaceError: the vectors have no halves.
    """
    assert dataset.vectors is not None
    vectors = Vectors(*dataset.vectors)
    divided = Divided.of(vectors, dataset, repeats, seed)
    found, left_out = {NONE: _recorded(CrossFitted(None, repeats, seed), vectors, dataset, divided, work)}, {}
    for spec in progress_bar(list(specs), desc="spaces"):
        space = spaces.parse(spec)
        try:
            found[space.spec] = _recorded(CrossFitted(space, repeats, seed), vectors, dataset, divided, work)
        except SpaceError as error:
            left_out[space.spec] = said(error)
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


def gap_at_hand(gap: MetricDict) -> bool:
    """Return whether there is a gap that could be closed: the interval of the corrected gap lies above 0."""
    return (gap["value"] if gap["ci_low"] is None else gap["ci_low"]) > 0


def _recorded(space: CrossFitted, vectors: Vectors, dataset: Dataset, divided: Divided, work: Work) -> Recorder:
    record = Recorder(unit_and_direction)
    record_halves(record, space.of(vectors, dataset, divided), dataset.owner, work)
    return record
