"""Numbers as a reader sees them: shares in per cent, an interval as wide as it is sure, the spread over seeds."""

from __future__ import annotations

import math

from mmgap.analysis.seed_means import SeedMean
from mmgap.report.blocks import MISSING
from mmgap.rows.row import MetricDict

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
    if shown.sd is None:
        return interval(shown.mean, shown.low, shown.high, shown.unit)
    mean = number(shown.mean, shown.unit)
    return f"{mean} ± {_like(mean, shown.sd * (100 if shown.unit == 'share' else 1))}"


def interval(value: float, low: float | None, high: float | None, unit: str | None = None) -> str:
    """Return a value with its interval, which has as many decimals as it is sure of; shares in per cent.

    >>> interval(0.8513, 0.84, 0.86), interval(0.506, 0.462, 0.55, "share"), interval(3.0, None, None, "captions")
    ('0.851 [0.84, 0.86]', '50.6 [46.2, 55.0]', '3')
    """
    shown = number(value, unit)
    if low is None or high is None:
        return shown
    factor, places = (100, 1) if unit == "share" else (1, _places((high - low) / 2))
    return f"{shown} {ends(factor * low, factor * high, places)}"


def with_ends(value: float, low: float | None, high: float | None, places: int, factor: float = 1) -> str:
    """Return a value times a factor with its interval, all to as many decimals.

    >>> with_ends(0.512, 0.48, 0.543, 1, 100), with_ends(0.31, None, None, 2)
    ('51.2 [48.0, 54.3]', '0.31')
    """
    shown = fixed(factor * value, places)
    return shown if low is None or high is None else f"{shown} {ends(factor * low, factor * high, places)}"


def of_metric(metric: MetricDict, places: int, factor: float = 1) -> str:
    """Return the value of a row's metric with its interval: `with_ends`."""
    return with_ends(metric["value"], metric["ci_low"], metric["ci_high"], places, factor)


def change(value: float, low: float | None, high: float | None, places: int = 1, factor: float = 100) -> str:
    """Return a difference with its sign and, where it has one, its interval; of shares in percentage points.

    >>> change(0.056, 0.021, 0.09), change(-0.0312, -0.05, 0.004)
    ('+5.6 [2.1, 9.0]', '−3.1 [−5.0, 0.4]')
    """
    shown = signed(factor * value, places)
    return shown if low is None or high is None else f"{shown} {minus(ends(factor * low, factor * high, places))}"


def spread(mean: float | None, sd: float | None, places: int = 3) -> str:
    """Return a mean with its standard deviation, to as many decimals.

    >>> spread(0.3071, 0.0218), spread(None, None)
    ('0.307 ± 0.022', '—')
    """
    return MISSING if mean is None or sd is None else f"{fixed(mean, places)} ± {fixed(sd, places)}"


def ends(low: float, high: float, places: int) -> str:
    """Return the ends of an interval, ``[48.0, 54.3]``."""
    return f"[{fixed(low, places)}, {fixed(high, places)}]"


def per_cent(share: float) -> str:
    """Return a share in whole per cent, without the sign.

    >>> per_cent(0.618), per_cent(-0.104)
    ('62', '−10')
    """
    return minus(fixed(100 * share, 0))


def signed(value: float, places: int) -> str:
    """Return a change with its sign; what rounds to zero has none.

    >>> signed(5.61, 1), signed(-5.61, 1), signed(0.04, 1), signed(-0.04, 1)
    ('+5.6', '−5.6', '0.0', '0.0')
    """
    shown = fixed(value, places)
    return f"{'+' * (value > 0 and bool(shown.strip('0.')))}{minus(shown)}"


def minus(text: str) -> str:
    """Return the text with the sign that is as wide as a plus in place of hyphens."""
    return text.replace("-", "−")


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
