"""Numbers as a reader sees them: shares in per cent, an interval as wide as it is sure, the spread over seeds."""

from __future__ import annotations

import math

from mmgap.analysis.seed_means import SeedMean
from mmgap.report.blocks import MISSING

#: Units of quantities that are measured, not counted: whole numbers keep their decimals.
_CONTINUOUS = (None, "share", "s", "ms", "MB")


def text(shown: SeedMean | None) -> str:
    """Return ``0.851 [0.84, 0.86]``, ``0.851 ± 0.004``, ``50.6 [46.2, 55.0]`` for a share, ``—`` where there is none.

    >>> text(SeedMean(0.8513, None, 0.84, 0.86, None))
    '0.851 [0.84, 0.86]'
    >>> text(SeedMean(0.506, 0.012, None, None, "share"))
    '50.6 ± 1.2'
    """
    if shown is None:
        return MISSING
    if shown.unit == "p":
        return probability(shown.mean, shown.floor)
    mean = number(shown.mean, shown.unit)
    factor = 100.0 if shown.unit == "share" else 1.0
    if shown.sd is not None:
        return f"{mean} ± {_like(mean, factor * shown.sd)}"
    if shown.low is None or shown.high is None:
        return mean
    places = 1 if shown.unit == "share" else _places((shown.high - shown.low) / 2)
    return f"{mean} [{fixed(factor * shown.low, places)}, {fixed(factor * shown.high, places)}]"


def probability(value: float, floor: float = 0.0) -> str:
    """Return a p-value; at the floor of its test it is an upper bound, but for 1, which bounds nothing.

    >>> probability(0.0351), probability(0.0005, floor=0.0005), probability(1.0, floor=1.0)
    ('0.035', '≤ 0.0005', '1.000')
    """
    shown = f"{value:.3f}" if value >= 0.0095 else f"{value:.1g}"
    return f"≤ {shown}" if value <= floor * (1 + 1e-9) and value < 1 else shown


def number(value: float, unit: str | None = None) -> str:
    """Return one number without its interval; counts have no decimals.

    >>> number(0.85135), number(0.506, "share"), number(1234.0, "captions"), number(0.000506), number(4e300)
    ('0.851', '50.6', '1234', '0.00051', '4.0e+300')
    """
    if unit == "share":
        return fixed(100.0 * value, 1)
    if abs(value) >= 1e15:
        return f"{value:.1e}"
    if float(value).is_integer() and (unit not in _CONTINUOUS or abs(value) >= 10):
        return f"{value:.0f}"
    size = abs(value)
    if 0 < size < 1e-4:
        return f"{value:.1e}"
    if 0 < size < 0.01:
        return f"{value:.2g}"
    return fixed(value, 3 if size < 10 else 2 if size < 100 else 1)


def _places(half: float) -> int:
    """Decimals that show an interval of this half-width: its first digit, within reason."""
    return 3 if half <= 0 else min(max(-math.floor(math.log10(half)), 1), 5)


def _like(mean: str, sd: float) -> str:
    """The spread, to as many decimals as the mean it stands beside."""
    if "e" in mean:
        return f"{sd:.1e}"
    _, _, decimals = mean.partition(".")
    return fixed(sd, len(decimals) if decimals or not sd else 1)


def fixed(value: float, places: int) -> str:
    """Return a number with so many decimals; what rounds to zero loses its sign."""
    shown = f"{value:.{places}f}"
    return shown.lstrip("-") if not shown.strip("-0.") else shown
