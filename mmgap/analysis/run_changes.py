"""What one run changed against another: the cells of both, metric by metric, with intervals, and Holm over all."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from scipy import stats

from mmgap.analysis.changed_data import changed_data
from mmgap.analysis.loss_contrasts import GAP, changes
from mmgap.analysis.run_cells import pair_name, row_pairs
from mmgap.core.cache import canonical_json
from mmgap.rows.row import MetricDict, Row
from mmgap.rows.row_changes import asked
from mmgap.stats import holm

if TYPE_CHECKING:
    import numpy as np

#: What is compared unless it is said: of each cell those that it has.
HEADLINES = ("gap_corrected", "t2i_r1", "i2t_r1", "t2i_r1_own", "i2t_r1_own", "top1", "accuracy", "main_score")

#: A row's arrays belong to it when their mean is its value, so far.
SAME = 1e-6

#: A row → its arrays; None where they are gone.
Arrays: TypeAlias = "Callable[[Row], Mapping[str, np.ndarray] | None]"


@dataclass(frozen=True)
class RunChange:
    """One metric of one cell, or of its seeds together.

    Attributes:
        cell: its name, the seed left out where there are several.
        metric: as rows hold it.
        unit: of its values: "share", "points", "s" …; None for a plain number.
        before, after: means over the seeds of both sides.
        low, high: 95 % interval of the difference; None where neither arrays nor intervals tell.
        p_value, p_value_holm: of no difference, alone and among all of the table; None likewise.
        paired: whether it was computed item by item; otherwise from both rows' own intervals, which is wider.
        seeds: how many both sides have.
    """

    cell: str
    metric: str
    unit: str | None
    before: float
    after: float
    low: float | None
    high: float | None
    p_value: float | None
    paired: bool
    seeds: int
    p_value_holm: float | None = None

    @property
    def difference(self) -> float:
        """after − before."""
        return self.after - self.before

    def plain(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        names = ("cell", "metric", "unit", "before", "after", "difference", "low", "high")
        return {name: getattr(self, name) for name in (*names, "p_value", "p_value_holm", "paired", "seeds")}


@dataclass(frozen=True)
class RunChanges:
    """Two runs.

    Attributes:
        changes: cell by cell.
        only_before, only_after: names of the cells that one side alone has, or has finished alone.
        cells: how many both have.
        unpaired: cell → why its items could not be paired.
    """

    changes: tuple[RunChange, ...]
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]
    cells: int
    unpaired: dict[str, str]


def run_changes(before: Iterable[Row], after: Iterable[Row], arrays: Arrays, metrics: Sequence[str] = ()) -> RunChanges:
    """Compare the finished rows of two runs, cell by cell (`mmgap.analysis.run_cells`), seed with seed.

    Where the arrays of both rows of every seed are there and belong to the same items, differences are paired
    (`mmgap.analysis.loss_contrasts.changes`): over images, and over seeds where there are several. Otherwise the ends
    of both rows' intervals are put together as if the runs were independent (MOVER), which is too wide for runs on the
    same items; of several seeds the mean distance counts.

    Args:
        before, after: rows under today's names, one a cell.
        arrays: gives the arrays of a row.
        metrics: which, by name or as ``"t2i_*"``; `HEADLINES` where there are none.
    """
    matched = row_pairs(before, after)
    together: dict[str, list[tuple[Row, Row]]] = {}
    for pair in matched.pairs:
        together.setdefault(canonical_json({**pair[0]["cell"], "seed": None}), []).append(pair)
    found: list[RunChange] = []
    unpaired: dict[str, str] = {}
    for pairs in together.values():
        pairs.sort(key=lambda pair: pair[0]["cell"]["seed"])
        names = _asked(pairs, metrics)
        items = [tuple(arrays(row) for row in pair) for pair in pairs]
        why = _unlike(pairs, items)
        if why:
            unpaired[_called(pairs)] = why
        found += [_change(pairs, name, [] if why else items) for name in names]
    return RunChanges(_adjusted(found), matched.only_before, matched.only_after, len(matched.pairs), unpaired)


def _asked(pairs: Sequence[tuple[Row, Row]], patterns: Sequence[str]) -> list[str]:
    """The metrics that both rows of every seed have, of those that are meant; the first with an interval where none
    is."""
    rows = [row["metrics"] for pair in pairs for row in pair]
    common = [name for name in rows[0] if all(name in metrics for metrics in rows) and rows[0][name]["unit"] != "p"]
    meant = [name for name in common if asked(name, patterns or HEADLINES)]
    return meant or [] if patterns else meant or [name for name in common if _reach(rows[0][name]) is not None][:3]


def _reach(metric: MetricDict) -> tuple[float, float] | None:
    """How far its interval reaches below and above its value; None where it has none."""
    low, high = metric["ci_low"], metric["ci_high"]
    return None if low is None or high is None else (metric["value"] - low, high - metric["value"])


def _unlike(pairs: Sequence[tuple[Row, Row]], items: Sequence[tuple[Any, ...]]) -> str:
    """Why items cannot be paired; empty where they can."""
    changed = list(dict.fromkeys(name for pair in pairs for name in changed_data(pair)))
    if changed:
        return f"other data or code ({', '.join(changed)})"
    if any(arrays is None or not arrays for pair in items for arrays in pair):
        return "per-item arrays are not in this machine's cache"
    return ""


def _change(pairs: Sequence[tuple[Row, Row]], name: str, items: Sequence[tuple[Any, ...]]) -> RunChange:
    metrics = [tuple(row["metrics"][name] for row in pair) for pair in pairs]
    if items and all(
        _belongs(arrays, name, m)
        for two, ms in zip(items, metrics, strict=True)
        for arrays, m in zip(two, ms, strict=True)
    ):
        seeds = [pair[0]["cell"]["seed"] for pair in pairs]
        runs = [dict(zip(seeds, (pair[side] for pair in items), strict=True)) for side in (0, 1)]
        try:
            paired = changes(runs[0], runs[1], [name])[name]
        except ValueError:  # one cluster of images, or arrays of other lengths
            return _from_intervals(pairs, name, metrics)
        ends = paired["low"], paired["high"], paired["p_value"]
        return RunChange(_called(pairs), name, metrics[0][0]["unit"], paired["a"], paired["b"], *ends, True, len(pairs))
    return _from_intervals(pairs, name, metrics)


def _belongs(arrays: Mapping[str, np.ndarray], name: str, metric: MetricDict) -> bool:
    """Whether a row's arrays hold this metric, and give the value that the row has."""
    needed = GAP if name == "gap_corrected" else (name,)
    if any(array not in arrays for array in needed) or "owner" not in arrays:
        return False
    value = float(arrays[GAP[0]][0]) if name == "gap_corrected" else float(arrays[name].mean())
    return abs(value - metric["value"]) <= SAME


def _from_intervals(
    pairs: Sequence[tuple[Row, Row]], name: str, metrics: Sequence[tuple[MetricDict, ...]]
) -> RunChange:
    a, b = (sum(pair[side]["value"] for pair in metrics) / len(metrics) for side in (0, 1))
    low = high = p_value = None
    sides = [[_reach(metric) for metric in pair] for pair in metrics]
    known = [(one, other) for one, other in sides if one is not None and other is not None]
    if len(known) == len(metrics):
        down = sum(math.hypot(other[0], one[1]) for one, other in known) / len(metrics)
        up = sum(math.hypot(other[1], one[0]) for one, other in known) / len(metrics)
        low, high = b - a - down, b - a + up
        error = (down if b > a else up) / stats.norm.ppf(0.975)
        p_value = float(2 * stats.norm.sf(abs(b - a) / error)) if error > 0 else float(a == b)
    return RunChange(_called(pairs), name, metrics[0][0]["unit"], a, b, low, high, p_value, False, len(pairs))


def _adjusted(found: Sequence[RunChange]) -> tuple[RunChange, ...]:
    tested = [one.p_value for one in found if one.p_value is not None]
    if not tested:
        return tuple(found)
    values = iter(holm(tested))
    return tuple(one if one.p_value is None else replace(one, p_value_holm=next(values)) for one in found)


def _called(pairs: Sequence[tuple[Row, Row]]) -> str:
    name = pair_name(pairs[0])
    return name if len(pairs) == 1 else f"{name.rpartition('-s')[0]} ({len(pairs)} seeds)"
