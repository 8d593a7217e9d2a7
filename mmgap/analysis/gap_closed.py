"""Which share of the gap a loss closes, with its interval."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mmgap.analysis.estimates import Estimate


@dataclass(frozen=True)
class Share:
    """A share of the gap before, 1 where nothing is left of it, below 0 where it grows, with its 95 % interval."""

    value: float
    low: float
    high: float


def gap_closed(before: Estimate | None, after: Estimate | None, change: Mapping[str, Any]) -> Share | None:
    """Return the share ``1 − b/a`` of the corrected gap a before, of which b is left; None where it has no interval.

    The ends of b/a are the ratios ρ at which an end of the interval of ``b − ρ·a`` is 0 (MOVER-R: Donner & Zou,
    Statistical Methods in Medical Research, 2012; with equal distances on both sides it is Fieller's interval):

        (b − ρa)² = δ_b² + ρ²·δ_a² − 2ρ·c

    with δ the distances of both gaps from the ends of their own intervals. What both share, c, is read from the paired
    change ``b − a``, which is the same at ρ = 1: ``2c = δ_b² + δ_a² − δ²``, so that the share and the change agree. A
    gap before that may be 0 has no share.

    Args:
        before, after: the corrected gaps with their intervals over images and seeds.
        change: of the corrected gap, as `mmgap.analysis.loss_contrasts.changes` gives it.
    """
    if before is None or after is None or change["a"] <= 0:
        return None
    ends = []
    for upper in (False, True):
        of_after, of_before = (after.above, before.below) if upper else (after.below, before.above)
        if of_after is None or of_before is None:
            return None
        apart = abs(change["high" if upper else "low"] - change["difference"])
        shared = (of_after**2 + of_before**2 - apart**2) / 2
        most = of_after * of_before
        end = _ratio(change["a"], change["b"], of_before, of_after, min(max(shared, -most), most), upper=upper)
        if end is None:
            return None
        ends.append(max(end, 0.0))
    value = 1 - change["b"] / change["a"]
    return Share(value, min(1 - ends[1], value), max(1 - ends[0], value))


def _ratio(a: float, b: float, of_a: float, of_b: float, shared: float, *, upper: bool) -> float | None:
    """A root of ``ρ²(a² − δ_a²) − 2ρ(ab − c) + b² − δ_b² = 0``; None where the gap before may be 0."""
    square, product, rest = a**2 - of_a**2, a * b - shared, b**2 - of_b**2
    if square <= 0:
        return None
    root = math.sqrt(max(product**2 - square * rest, 0.0))
    return (product + root if upper else product - root) / square
