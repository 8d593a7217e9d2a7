"""What rows of the experiment `transfer` say of claims: layers, clusters and classes, over images and seeds.

What a row keeps of each image (`mmgap.evaluation.item_arrays.TRANSFER_ARRAYS`) gives the interval over images; where
the arrays are gone, or the row is older than they, that of the seeds or of both shares apart remains.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from scipy.stats import t

from mmgap.analysis.claim_evidence import Evidence, Found, difference
from mmgap.analysis.estimates import Estimate, estimate
from mmgap.analysis.groups import Group, groups
from mmgap.analysis.row_items import read_all
from mmgap.evaluation.item_arrays import Items
from mmgap.rows.cell import INITIAL
from mmgap.rows.row import Row
from mmgap.stats.contrasts import contrast
from mmgap.stats.shares import clopper_pearson

#: CKA before and after training, of both towers.
LAYERS = tuple((f"cka_{side}_first", f"cka_{side}_last") for side in ("image", "text"))


def transfers(evidence: Evidence) -> dict[str, dict[str, Group]]:
    """Return ``encoder · data set`` → loss → its rows of the experiment `transfer`, the newest code's."""
    found: dict[str, dict[str, Group]] = {}
    for group in groups(row for row in evidence.rows if row["cell"]["experiment"] == "transfer"):
        found.setdefault(_title(group.rows[0]), {}).setdefault(str(group.cell["loss"]), group)
    return found


def early_less_late(evidence: Evidence) -> Iterator[Found]:
    """CKA with the untrained encoder at the first layer less that at the last, mean of both towers."""
    for title, members in transfers(evidence).items():
        for loss, group in members.items():
            rows = [row for row in group.rows if all(one in row["metrics"] for pair in LAYERS for one in pair)]
            changes = [
                float(np.mean([row["metrics"][a]["value"] - row["metrics"][b]["value"] for a, b in LAYERS]))
                for row in rows
            ]
            if changes:
                kept = _arrays(evidence, rows, "cka_first_less_last")
                yield Found(f"{title} · {loss}", over_images_and_seeds(changes, kept), tuple(rows), trained=True)


def loss_in_transfer(evidence: Evidence, loss: str, against: str, metric: str) -> Iterator[Found]:
    """Change of a metric of the experiment `transfer` by one loss against another, paired by seed."""
    for title, members in transfers(evidence).items():
        if not {loss, against} <= members.keys():
            continue
        sides = [
            {row["cell"]["seed"]: row for row in members[one].rows if metric in row["metrics"]}
            for one in (loss, against)
        ]
        both = sorted(sides[0].keys() & sides[1].keys())
        if both:
            values = [sides[0][s]["metrics"][metric]["value"] - sides[1][s]["metrics"][metric]["value"] for s in both]
            rows = [[side[seed] for seed in both] for side in sides]
            kept = [_arrays(evidence, side, metric) for side in rows]
            paired = None
            if kept[0] is not None and kept[1] is not None and kept[0].shape == kept[1].shape:
                paired = kept[0] - kept[1]
            yield Found(title, over_images_and_seeds(values, paired), (*rows[0], *rows[1]), trained=True)


def images_among_themselves(evidence: Evidence) -> Iterator[Found]:
    """Share of images whose 5 nearest images tell their class, less that whose nearest text does, as they are."""
    for row in _as_they_are(evidence):
        shares = [row["metrics"][name] for name in ("knn5", "zero_shot") if name in row["metrics"]]
        if len(shares) < 2:
            continue
        items = _items(evidence, [row])
        if items and "class_cluster" in items[0]:
            hits = items[0]
            found = contrast(hits["zero_shot"], hits["knn5"], clusters=hits["class_cluster"], shares=True).difference
            yield Found(_title(row), Estimate(found.value, found.low, found.high, 1), (row,))
        else:
            ends = [Estimate(one["value"], *clopper_pearson(one["value"], one["n"] or 1), seeds=1) for one in shares]
            yield Found(_title(row), difference(ends[0], ends[1]), (row,))


def imbalance(evidence: Evidence) -> Iterator[Found]:
    """Information imbalance from images to texts less that the other way, of representations as they are."""
    for row in _as_they_are(evidence):
        sides = [estimate([row["metrics"].get(f"imbalance_{way}")]) for way in ("i2t", "t2i")]
        if sides[0] is not None and sides[1] is not None:
            yield Found(_title(row), difference(sides[0], sides[1]), (row,))


def over_images_and_seeds(values: Sequence[float], kept: np.ndarray | None) -> Estimate:
    """Return the mean over seeds with its 95 % interval.

    Args:
        values: one a seed.
        kept: (seeds, J) pseudo-values over groups of the same images: the interval is that of `mmgap.stats.contrast`,
            over images and seeds. None gives Student's, over seeds alone; one value has none.

    >>> over_images_and_seeds([0.1], None).low, over_images_and_seeds([0.1, 0.2, 0.3], None).low < 0
    (None, True)
    >>> import numpy as np
    >>> found = over_images_and_seeds([0.2], np.array([[0.1, 0.2, 0.3]]))
    >>> found.low < 0.0 < found.value == 0.2
    True
    """
    mean = float(np.mean(values))
    if kept is not None:
        ends = contrast(np.zeros_like(kept), kept).difference
        return Estimate(mean, min(mean, ends.low), max(mean, ends.high), len(values))
    if len(values) < 2:
        return Estimate(mean, None, None, len(values))
    reach = float(t.ppf(0.975, len(values) - 1)) * float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return Estimate(mean, mean - reach, mean + reach, len(values))


def _as_they_are(evidence: Evidence) -> Iterator[Row]:
    for row in evidence.rows:
        if row["cell"]["experiment"] == "transfer" and row["cell"]["loss"] in (None, INITIAL):
            yield row


def _title(row: Row) -> str:
    return f"{row['cell']['encoder']} · {row['cell']['dataset']}"


def _items(evidence: Evidence, rows: Sequence[Row]) -> list[Items] | None:
    found = read_all(rows, evidence.cache)
    return None if found is None else [one.arrays for one in found]


def _arrays(evidence: Evidence, rows: Sequence[Row], name: str) -> np.ndarray | None:
    """(rows, J) of an array that all of them keep; None where one is gone or of another length."""
    items = _items(evidence, rows)
    if items is None or not all(name in one for one in items) or len({one[name].shape for one in items}) != 1:
        return None
    return np.stack([one[name] for one in items])
