"""The figures that others printed, and when a measurement reproduces one. Standard library only.

The figures are a citation, kept as text in ``printed.json`` beside its source, so that 1.40 keeps its last place.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from decimal import Decimal
from importlib.resources import files
from statistics import fmean, stdev
from typing import Any

#: How "almost zero" is printed; it counts as 0 ± 0.005.
ALMOST_ZERO = "≈0"

#: Fewer seeds than this say too little of the spread to call a figure reproduced or not.
LEAST_SEEDS = 20


@functools.cache
def document() -> dict[str, Any]:
    """Return all of ``printed.json``, every number as text."""
    text = files("mmgap.theory").joinpath("printed.json").read_text(encoding="utf-8")
    return json.loads(text, parse_float=str, parse_int=str)


def printed(table: str) -> list[dict[str, str]]:
    """Return the rows of a printed table (``"5.1"`` … ``"5.7"``), numbers as text; what was not printed is left out.

    >>> printed("5.2")[2]
    {'theta_deg': '90', 'gap': '1.40'}

    Raises:
        ValueError: no such table.
    """
    tables = document()["tables"]
    if table not in tables:
        raise ValueError(f"no printed table {table!r}; there are {', '.join(tables)}")
    return [{key: text for key, text in row.items() if text is not None} for row in tables[table]["rows"]]


def practices() -> list[dict[str, Any]]:
    """Return the printed practices, each with its figures before CLIP and with it, numbers as text.

    >>> [(entry["images"], entry["preclip"]["top1"], entry["clip"]["top1"]) for entry in practices()]
    [('20', '5.0', '65.0'), ('20', '0.0', '100.0')]
    """
    return document()["preclip_practices"]


def value_of(text: str) -> float:
    """Return the number a printed figure stands for.

    >>> value_of("1.40"), value_of("≈0")
    (1.4, 0.0)
    """
    return 0.0 if text == ALMOST_ZERO else float(text)


def half_unit(text: str) -> float:
    """Half a unit of the last printed place.

    >>> half_unit("1.40"), half_unit("-0.0163"), half_unit("≈0")
    (0.005, 5e-05, 0.005)
    """
    if text == ALMOST_ZERO:
        return 0.005
    return float(Decimal(5).scaleb(int(Decimal(text).as_tuple().exponent) - 1))


def reproduces(values: Sequence[float], text: str) -> bool:
    """Return whether measurements over seeds reproduce a printed figure.

    They do when |printed − mean| is at most half a unit of the last printed place plus 3 standard deviations over
    seeds: one printed run is one draw.

    Args:
        values: one measurement a seed, at least `LEAST_SEEDS`.
        text: the figure as printed.

    Raises:
        ValueError: too few seeds.
    """
    if len(values) < LEAST_SEEDS:
        raise ValueError(f"{len(values)} seeds: at least {LEAST_SEEDS} are needed to tell whether {text} is reproduced")
    return abs(value_of(text) - fmean(values)) <= half_unit(text) + 3 * stdev(values)
