"""What goes with what over the losses of a study, and which of two numbers goes with retrieval more."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from scipy.stats import norm

from mmgap.analysis.claim_evidence import Evidence, Found
from mmgap.analysis.estimates import Estimate
from mmgap.analysis.groups import Group
from mmgap.analysis.transfer_evidence import transfers
from mmgap.rows.cell import INITIAL

#: Losses from which a correlation is told.
FEWEST = 5

_Z = float(norm.ppf(0.975))


def correlation(x: Sequence[float], y: Sequence[float], seeds: int) -> Estimate | None:
    """Return Pearson's r with its 95 % interval by Fisher's z; None of fewer than `FEWEST` pairs or a constant.

    >>> found = correlation([1, 2, 3, 4, 5], [1, 2, 3, 5, 4], seeds=3)
    >>> found.value, found.low < 0.9 < found.high
    (0.9, True)
    """
    if len(x) < FEWEST or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    r = _r(x, y)
    reach = _Z / math.sqrt(len(x) - 3)
    low, high = (math.tanh(math.atanh(r) + side) for side in (-reach, reach))
    return Estimate(round(r, 12), low, high, seeds)


def stronger(x: Sequence[float], other: Sequence[float], y: Sequence[float], seeds: int) -> Estimate | None:
    """Return by how much Fisher's z of |corr(x, y)| is above that of |corr(other, y)|, with its 95 % interval.

    Both correlations are of the same items, so that they go together: ``z = Δ·√((n − 3)/(2(1 − r_x)h))`` with
    ``h = (1 − f·r̄²)/(1 − r̄²)``, ``f = min(1, (1 − r_x)/(2(1 − r̄²)))``, r_x the correlation of x and other.

    Source: Meng, Rosenthal & Rubin (Psychological Bulletin, 1992).
    """
    if len(y) < FEWEST or any(np.ptp(one) == 0 for one in (x, other, y)):
        return None
    ours, theirs, between = _r(x, y), _r(other, y), _r(x, other)
    between *= math.copysign(1.0, ours) * math.copysign(1.0, theirs)  # both turned so that they go with y
    squares = (ours**2 + theirs**2) / 2
    f = min(1.0, (1 - between) / (2 * (1 - squares)))
    h = (1 - f * squares) / (1 - squares)
    change = math.atanh(abs(ours)) - math.atanh(abs(theirs))
    reach = _Z * math.sqrt(2 * (1 - between) * h / (len(y) - 3))
    return Estimate(change, change - reach, change + reach, seeds)


def over_losses(evidence: Evidence, x: str, y: str) -> Iterator[Found]:
    """Correlation of two metrics over the losses of each study, ``"recall"`` for R@1 as the mean of both ways."""
    yield from _found(evidence, (x, y), lambda found, seeds: correlation(found[0], found[1], seeds))


def predicts_better(evidence: Evidence, x: str, other: str) -> Iterator[Found]:
    """By how much one metric goes with R@1 more than another does, over the losses of each study."""
    yield from _found(
        evidence, (x, other, "recall"), lambda found, seeds: stronger(found[0], found[1], found[2], seeds)
    )


def over_representations(evidence: Evidence, x: str, y: str) -> Iterator[Found]:
    """Correlation of two metrics of the experiment `transfer` over the losses of each encoder and data set."""
    for title, members in transfers(evidence).items():
        trained = {loss: group for loss, group in members.items() if loss != INITIAL}
        known = [group for group in trained.values() if all(name in group.rows[0]["metrics"] for name in (x, y))]
        values = [[_mean(group, name) for group in known] for name in (x, y)]
        seeds = min((len(group.rows) for group in known), default=0)
        if (effect := correlation(values[0], values[1], seeds)) is not None:
            yield Found(title, effect, tuple(row for group in known for row in group.rows), trained=True)


def _found(
    evidence: Evidence, names: Sequence[str], effect: Callable[[list[list[float]], int], Estimate | None]
) -> Iterator[Found]:
    """Yield the effect of what the losses of each study have of these metrics.

    The untrained encoder is no loss: it lies far from all of them, and would decide every correlation by itself.
    """
    for made, study in evidence.trainings:
        asked = [study.recalls if name == "recall" else (name,) for name in names]
        known = [
            group
            for loss, group in made.family.members.items()
            if loss != INITIAL
            and all(one and all(name in row["metrics"] for name in one for row in group.rows) for one in asked)
        ]
        values = [[float(np.mean([_mean(group, name) for name in one])) for group in known] for one in asked]
        if (found := effect(values, study.seeds)) is not None:
            rows = tuple(row for group in known for row in group.rows)
            yield Found(study.title, found, rows, trained=True)


def _r(x: Sequence[float], y: Sequence[float]) -> float:
    return float(np.clip(np.corrcoef(x, y)[0, 1], -1 + 1e-12, 1 - 1e-12))


def _mean(group: Group, name: str) -> float:
    return float(np.mean([row["metrics"][name]["value"] for row in group.rows]))
