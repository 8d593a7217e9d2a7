"""One loss against another on the same test items: what changed, with its interval, over one seed or several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import stdev
from typing import Any, TypeAlias

import numpy as np

from mmgap.stats import holm, paired_difference

#: Seed → the arrays of its row.
Runs: TypeAlias = Mapping[int, Mapping[str, np.ndarray]]

#: Where the per-item terms of a metric lie, if not under its own name.
TERMS = {"gap": "gap_terms"}


def changes(before: Runs, after: Runs, metrics: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What ``after`` changes against ``before``, metric by metric.

    Several seeds are averaged item by item first, so that the interval is over images and speaks of the mean over
    seeds; their spread stands beside it. Of the gap the items are its delta-method terms, whose mean is the gap.

    Args:
        before, after: arrays of each seed. A metric's array holds one number a test item, in the same order
            everywhere; ``owner`` (M,) is the image of each caption.
        metrics: ``"gap"``, ``"t2i_r1_pool90"`` …; one that some row has no array of is left out.

    Returns:
        Metric → ``a`` and ``b`` (the two means), ``difference`` = b − a, ``low`` and ``high`` (95 %), ``p_value`` of a
        sign-flip test over images, ``sd`` of the difference over seeds (None for one), as plain numbers.

    Raises:
        ValueError: arrays of different lengths, fewer than two items, or a number that is not finite; it is named.
    """
    found = {}
    for name in metrics:
        array = TERMS.get(name, name)
        if all(array in items for items in (*before.values(), *after.values())):
            found[name] = _change(before, after, array)
    return found


def adjust(contrasts: Sequence[Mapping[str, Any]]) -> None:
    """Set ``p_value_holm`` of every change: Holm's correction over the losses set against the same one.

    Args:
        contrasts: each with ``against`` and ``changes``, as `mmgap.report.training.effects.Effects` holds them.
    """
    tested: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for contrast in contrasts:
        for name, change in contrast["changes"].items():
            tested.setdefault((contrast["against"], name), []).append(change)
    for family in tested.values():
        for change, p_value in zip(family, holm([change["p_value"] for change in family]), strict=True):
            change["p_value_holm"] = p_value


def _change(before: Runs, after: Runs, array: str) -> dict[str, Any]:
    clusters = next(iter(after.values()))["owner"] if array.startswith("t2i_") else None
    found = paired_difference(_over_seeds(before, array), _over_seeds(after, array), clusters=clusters)
    return {
        "a": found.mean_a,
        "b": found.mean_b,
        "difference": found.difference.value,
        "low": found.difference.low,
        "high": found.difference.high,
        "p_value": found.p_value,
        "sd": _spread(before, after, array),
    }


def _over_seeds(runs: Runs, array: str) -> np.ndarray:
    """(n,) the mean over seeds of each item."""
    lengths = {seed: len(items[array]) for seed, items in runs.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"{array} holds another number of items for each seed ({lengths}): measure them again")
    return np.mean([np.asarray(items[array], dtype=np.float64) for items in runs.values()], axis=0)


def _spread(before: Runs, after: Runs, array: str) -> float | None:
    """Standard deviation over the seeds of ``after``, each against its own seed where both sides have the same."""
    if len(after) < 2:
        return None
    own = before.keys() == after.keys()
    middle = float(_over_seeds(before, array).mean())
    return stdev(
        float(items[array].mean()) - (float(before[seed][array].mean()) if own else middle)
        for seed, items in after.items()
    )
