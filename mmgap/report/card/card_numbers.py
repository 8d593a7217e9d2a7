"""Numbers of a card as a reader sees them: shares, points, cosines and thresholds with their intervals."""

from __future__ import annotations

from mmgap.card.card_parts import Interval, SpaceLine
from mmgap.report import values
from mmgap.stats.sign_flips import FLIPS


def interval(found: Interval, unit: str | None = None) -> str:
    """Return a value with its interval, shares in per cent without the sign."""
    return values.interval(found.value, found.low, found.high, unit)


def points(found: Interval) -> str:
    """Return a change in points with its sign and interval."""
    return values.change(round(100 * found.value, 1), 100 * found.low, 100 * found.high, factor=1)


def cosine(value: float) -> str:
    """Return a cosine with as many places as it needs, at least two."""
    shown = f"{value:.4f}".rstrip("0")
    whole, _, places = shown.partition(".")
    return values.minus(f"{whole}.{places:0<2}")


def cosine_interval(found: Interval) -> str:
    """Return a threshold with its interval, all to as many places."""
    places = max(len(cosine(end).partition(".")[2]) for end in (found.value, found.low, found.high))
    return values.minus(values.with_ends(found.value, found.low, found.high, places))


def part_of_distance(share: float) -> str:
    """Return the gap's part of the distance of pairs: whole per cent, more digits below 1 %."""
    return values.per_cent(share) if share >= 0.01 else small_share(share)


def change_of_gap(line: SpaceLine) -> str:
    """Return the change of the gap in per cent with its sign.

    >>> change_of_gap(SpaceLine("centre", 0.9, {})), change_of_gap(SpaceLine("shift:1", -0.2, {}))
    ('−90', '+20')
    """
    removed = line.removed or 0.0
    return f"{'+' if removed < 0 else '−'}{values.per_cent(abs(removed))}"


def small_share(share: float) -> str:
    """Return a share in per cent with two digits, however small.

    >>> small_share(0.0571), small_share(0.0000204), small_share(0.0)
    ('5.7', '0.002', '0')
    """
    if share == 0:
        return "0"
    hundredths = 100 * share
    return values.fixed(hundredths, 1) if hundredths >= 1 else f"{hundredths:.2g}" if hundredths >= 1e-4 else "< 0.0001"


def p_value(p: float) -> str:
    """Return a p-value with the sign before it."""
    shown = values.probability(p, 1 / (1 + FLIPS))
    return shown if shown.startswith("≤") else f"= {shown}"
