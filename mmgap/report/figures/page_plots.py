"""The form in which a page's script is told what to draw: Plotly's traces and layout, as plain lists and numbers.

Such a plot is a dict of JSON: ``title``; ``data``, the traces; ``layout``; and where it has several states ``steps``, a
list of ``name`` and what changes of all traces (``y`` or ``z``, one entry a trace; ``axis``, the name of the vertical
axis), with ``slider`` or ``choice``, the name of what they are chosen by. ``toggles`` names the traces that a reader
may hide.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def rounded(values: np.ndarray, digits: int = 4) -> list[Any]:
    """Return an array as nested lists of numbers with so many significant digits, None for what is not finite.

    >>> rounded(np.array([[0.123456, np.nan], [123456.0, -2e-9]]))
    [[0.1235, None], [123500.0, -2e-09]]
    """
    if values.ndim > 1:
        return [rounded(part, digits) for part in values]
    return [float(f"{value:.{digits}g}") if np.isfinite(value) else None for value in values.tolist()]


def axis(name: str, **options: Any) -> dict[str, Any]:
    """Return an axis with its name."""
    return {"title": {"text": name}, "zeroline": False, **options}


def told_apart(names: list[str]) -> list[str]:
    """Return names of which none is there twice: a later one has its number behind it.

    >>> told_apart(["a", "b", "a", "a"])
    ['a', 'b', 'a (2)', 'a (3)']
    """
    counts: dict[str, int] = {}
    found = []
    for name in names:
        counts[name] = counts.get(name, 0) + 1
        found.append(name if counts[name] == 1 else f"{name} ({counts[name]})")
    return found
