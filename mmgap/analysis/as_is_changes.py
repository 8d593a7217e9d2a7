"""What a space changed of the vectors as they are, two rows of the same queries: R@1, paired, and the gap removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mmgap.analysis.row_items import RowItems
from mmgap.rows.row import Row

if TYPE_CHECKING:
    import numpy as np

    from mmgap.stats.contrasts import Contrast

#: What is compared, each way: R@1 by own pairs, and the same of spoiled vectors.
WAYS = ("t2i", "i2t")
RECALLS = tuple(f"{way}_r1_own" for way in WAYS)
SPOILED = tuple(f"{name}_{kind}" for name in RECALLS for kind in ("noise", "int8", "binary", "pq"))


def gap_removed(as_is: Row, row: Row) -> dict[str, float] | None:
    """Return which share of the gap is gone, with the ends of its own interval; None where either has none.

    The gap of the vectors as they are is taken as known: the interval is that of what is left.
    """
    before, after = (one["metrics"].get("gap_corrected") for one in (as_is, row))
    if before is None or after is None or before["value"] <= 0:
        return None
    whole = before["value"]
    left = [after["value"] if end is None else end for end in (after["ci_high"], after["ci_low"])]
    return {"value": 1 - after["value"] / whole, "low": 1 - left[0] / whole, "high": 1 - left[1] / whole}


def paired_changes(before: RowItems, after: RowItems, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return what R@1 of these names changed on the same queries, with intervals over clusters of images.

    Raises:
        ValueError: arrays of different lengths, or fewer than two clusters.
    """
    from mmgap.stats import contrast

    clusters = after.arrays["cluster"]
    found = {}
    for name in names:
        if name in before.arrays and name in after.arrays:
            labels = clusters[after.arrays["owner"]] if name.startswith("t2i") else clusters
            change = contrast(before.arrays[name], after.arrays[name], clusters=labels, shares=True)
            ends = change.difference
            found[name] = {
                "a": change.before,
                "b": change.after,
                "difference": ends.value,
                "low": ends.low,
                "high": ends.high,
                "p_value": _p_value(change, after.arrays[name] - before.arrays[name], labels),
            }
    return found


def _p_value(change: Contrast, differences: np.ndarray, clusters: np.ndarray) -> float:
    """Of sign flips; where that is as small as they can tell, of Student's t, so that Holm's correction has room."""
    from mmgap.stats.clusters import Clusters
    from mmgap.stats.contrasts import crossed, t_p_value

    if change.p_value > change.p_floor * (1 + 1e-9):
        return change.p_value
    groups = Clusters.of(clusters, len(differences))
    return min(change.p_floor, t_p_value(crossed(groups.sums(differences)[:, None], groups)))


def adjust(entries: list[dict[str, Any]]) -> None:
    """Add ``p_value_holm``, Holm's correction over all that the table of changes claims."""
    from mmgap.stats import holm

    told = [entry["changes"][name] for entry in entries for name in RECALLS if name in entry["changes"]]
    if not told:  # no space could be compared
        return
    for change, p_value in zip(told, holm([change["p_value"] for change in told]), strict=True):
        change["p_value_holm"] = p_value


def holds(change: Mapping[str, Any]) -> bool:
    """Return whether a change is beyond chance: its p after Holm's correction is below 5 %."""
    return bool(change.get("p_value_holm", 1.0) < 0.05)
