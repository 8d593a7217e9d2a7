"""One loss against another on the same test items: what changed, with its interval, over one seed or several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from mmgap.rows.recall_names import known_recall
from mmgap.stats import Contrast, GapRun, Interval, contrast, gap_change, holm

#: Seed → the arrays of its row.
Runs: TypeAlias = Mapping[int, Mapping[str, np.ndarray]]

#: The arrays of a metric that is no mean over items.
GAP = ("gap_interval", "gap_replicates")


def changes(before: Runs, after: Runs, metrics: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return what ``after`` changes against ``before``, metric by metric.

    One training each is compared over images; of several, seed by seed, images and seeds are both taken for samples
    (`mmgap.stats.contrast`, `mmgap.stats.gap_change`).

    Args:
        before, after: arrays of each seed. A metric's array holds one number a test item, in the same order
            everywhere; ``owner`` (M,) is the image of each caption, ``cluster`` (N,) the images that share captions.
        metrics: ``"gap_corrected"``, ``"t2i_r1_pool90"`` …; one that some row has no array of is left out.

    Returns:
        Metric → ``a`` and ``b`` (the two means), ``difference`` = b − a, ``low`` and ``high`` (95 %), ``p_value`` and
        the smallest that its test can give, ``p_floor``, ``seeds``, ``sd`` of the difference over seeds (None for
        one), as plain numbers.

    Raises:
        ValueError: no seed in common, arrays of different lengths, fewer than two clusters, or a number that is not
            finite; it is named.
    """
    pairs = _paired(before, after)
    found = {}
    for name in metrics:
        if all(
            array in items
            for pair in pairs
            for items in pair
            for array in (GAP if name == "gap_corrected" else (name,))
        ):
            found[name] = plain(_gap(pairs) if name == "gap_corrected" else _mean(pairs, name))
    return found


def adjust(contrasts: Sequence[Mapping[str, Any]]) -> None:
    """Set ``p_value_holm`` of every change: Holm's correction over all that one table claims.

    A table sets losses against the same one, and claims something of each of them by each of its metrics.

    Args:
        contrasts: each with ``against`` and ``changes``, as `mmgap.analysis.training_effects.Effects` holds them.
    """
    tested: dict[str, list[dict[str, Any]]] = {}
    for entry in contrasts:
        tested.setdefault(entry["against"], []).extend(entry["changes"].values())
    for family in filter(None, tested.values()):
        for change, p_value in zip(family, holm([change["p_value"] for change in family]), strict=True):
            change["p_value_holm"] = p_value
        for change, floor in zip(family, holm([change["p_floor"] for change in family]), strict=True):
            change["p_at_floor"] = change["p_floor"] > 0 and change["p_value"] <= change["p_floor"] * (1 + 1e-9)
            change["p_floor_holm"] = floor


def _paired(before: Runs, after: Runs) -> list[tuple[Mapping[str, np.ndarray], Mapping[str, np.ndarray]]]:
    """Runs of the same seed; a side that has one alone (nothing in it is random) stands against each of the other's."""
    if len(before) == 1 and len(after) > 1:
        return [(next(iter(before.values())), items) for items in after.values()]
    common = sorted(before.keys() & after.keys())
    if not common and len(before) == len(after) == 1:
        return [(next(iter(before.values())), next(iter(after.values())))]
    if not common:
        raise ValueError(f"seeds {sorted(before)} on one side and {sorted(after)} on the other: none in common")
    return [(before[seed], after[seed]) for seed in common]


def _mean(pairs: list[tuple[Mapping[str, np.ndarray], Mapping[str, np.ndarray]]], name: str) -> Contrast:
    lengths = {len(items[name]) for pair in pairs for items in pair}
    if len(lengths) > 1:
        raise ValueError(f"{name} holds another number of items for each seed ({sorted(lengths)}): measure them again")
    last = pairs[-1][1]
    clusters = last.get("cluster", np.arange(int(last["owner"].max()) + 1))
    labels = clusters[last["owner"]] if known_recall(name).way == "t2i" else clusters
    a, b = (np.array([np.asarray(pair[side][name], dtype=np.float64) for pair in pairs]) for side in (0, 1))
    return contrast(a, b, clusters=labels, shares=True)


def _gap(pairs: list[tuple[Mapping[str, np.ndarray], Mapping[str, np.ndarray]]]) -> Contrast:
    return gap_change(*([_run(pair[side]) for pair in pairs] for side in (0, 1)))


def _run(items: Mapping[str, np.ndarray]) -> GapRun:
    value, low, high, n = items["gap_interval"].tolist()
    return GapRun(Interval(value, low, high, 0.95, int(n), "as recorded"), items["gap_replicates"])


def plain(found: Contrast) -> dict[str, Any]:
    """Return a contrast as plain numbers, as `changes` gives it."""
    return {
        "a": found.before,
        "b": found.after,
        "difference": found.difference.value,
        "low": found.difference.low,
        "high": found.difference.high,
        "p_value": found.p_value,
        "p_floor": found.p_floor,
        "seeds": found.seeds,
        "sd": found.sd,
    }
