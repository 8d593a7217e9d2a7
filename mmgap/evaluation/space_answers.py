"""What one half in one space answers, and no more: the corrected gap and R@1 by own pairs, in one pass."""

from __future__ import annotations

import numpy as np
import torch

from mmgap.evaluation.cross_fitting import Half
from mmgap.metrics.pass_cross import cross
from mmgap.metrics.relevance import relevance_of
from mmgap.metrics.retrieval import DIRECTIONS, hits
from mmgap.metrics.tiles import EXACT_ROWS
from mmgap.metrics.unit_rows import normalised
from mmgap.rows.recorder import Recorder
from mmgap.spaces.maps import scored_vectors
from mmgap.stats.gaps import gap_estimate


def record_answers(record: Recorder, half: Half) -> None:
    """Record ``gap_corrected`` (not of scores, which have none), ``t2i_r1_own`` and ``i2t_r1_own`` of a half.

    The same numbers as of `mmgap.evaluation.score_record.record_vectors`, without anything else, for those who wait.
    """
    dataset, vectors = half.dataset, half.vectors
    for note in vectors.notes:
        record.note(note)
    relation = relevance_of(None, len(vectors.images), len(vectors.texts), dataset.owner)
    if vectors.scorer is None:
        x, y = (
            normalised(rows, side, exact_rows=EXACT_ROWS)
            for rows, side in ((vectors.images, "images"), (vectors.texts, "texts"))
        )
        gap = gap_estimate(x, y, owner=dataset.owner, flips=1).corrected
        record("gap_corrected", gap.value, ci=(gap.low, gap.high), n=gap.n)
        measured = cross(x.tensor, y.tensor, relation)
        found = {way: hits(measured.t2i if way == "t2i" else measured.i2t, 1) for way in DIRECTIONS}
    else:
        found = {}
        for way in DIRECTIONS:
            extended = scored_vectors(vectors.scorer, vectors.images, vectors.texts, way)
            a, b = (torch.from_numpy(np.ascontiguousarray(rows)) for rows in extended)
            measured = cross(a, b, relation, raw=True)
            found[way] = hits(measured.t2i if way == "t2i" else measured.i2t, 1)
    for way, values in found.items():
        record(f"{way}_r1_own", float(values.mean()), n=len(values))
        record.keep({f"{way}_r1_own": values})
