"""What further judges make of a space: any hit, R-precision and mAP@R by their positives, beside R@k by COCO's own."""

from __future__ import annotations

import numpy as np

from mmgap import stats
from mmgap.core.messages import N_
from mmgap.datasets.base import Dataset
from mmgap.datasets.further_judges import LEAST, LICENCE, Judged
from mmgap.metrics.catalogue import described
from mmgap.metrics.judged_retrieval import judged_query
from mmgap.metrics.unit_rows import normalised
from mmgap.rows.recorder import Recorder


def record_judged(record: Recorder, images: np.ndarray, texts: np.ndarray, dataset: Dataset, judges: Judged) -> None:
    """Record retrieval by what further judges found to match, in each direction with enough of their queries.

    Intervals are 95 %, over images with all of their captions.

    Args:
        record: the recording door of the cell.
        images: (N, d) raw vectors.
        texts: (M, d) raw vectors.
        dataset: that they are of.
        judges: what matches what in it.
    """
    x, y = (normalised(v, name).tensor.numpy() for v, name in ((images, "images"), (texts, "texts")))
    for way, positives, queries, gallery in (("t2i", judges.t2i, y, x), ("i2t", judges.i2t, x, y)):
        if len(positives) < LEAST:
            continue
        found = [judged_query(queries[row] @ gallery.T, _mask(own, len(gallery))) for row, own in positives.items()]
        asked = dataset.owner[list(positives)] if way == "t2i" else np.array(list(positives))
        for k in found[0].hits:
            hits = [one.hits[k] for one in found]
            _record(record, f"judged_{way}_r{k}", stats.share_interval(hits, clusters=asked))
        precisions = {"rprecision": [one.r_precision for one in found], "map_at_r": [one.ap_at_r for one in found]}
        for name, values in precisions.items():
            _record(record, f"judged_{way}_{name}", stats.mean_interval(values, clusters=asked, limits=(0, 1)))
    if max(len(judges.t2i), len(judges.i2t)) >= LEAST:
        record.note(
            N_("Figures by further judges: positives of ECCV Caption that are in this set. Licence: {licence}."),
            licence=LICENCE,
        )


def _mask(rows: tuple[int, ...], length: int) -> np.ndarray:
    mask = np.zeros(length, dtype=bool)
    mask[list(rows)] = True
    return mask


def _record(record: Recorder, name: str, interval: stats.Interval) -> None:
    known = described(name)
    ends = (interval.low, interval.high)
    record(name, interval.value, ci=ends, n=interval.n, unit=known.unit, higher_is_better=known.better)
