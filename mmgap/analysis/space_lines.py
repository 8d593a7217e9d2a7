"""Lines of spaces: those that differ in strength alone, weak before strong, and the frontier that each draws."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from mmgap import spaces
from mmgap.analysis.as_is_changes import gap_removed, paired_changes
from mmgap.analysis.row_items import RowItems
from mmgap.rows.row import Row


def line_of(spec: str) -> str:
    """Return a space without its strength: what a line of the frontier is of.

    >>> line_of("shift:0.5,side=text"), line_of("pca-drop:3"), line_of("centre+nnn:0.5")
    ('shift,side=text', 'pca-drop', 'centre+nnn')
    """
    named = []
    for step in spec.split("+"):
        name, _, options = step.partition(":")
        named.append(",".join([name, *(option for option in options.split(",") if "=" in option)]))
    return "+".join(named)


def is_scorer(spec: str) -> bool:
    """Return whether a space changes scores and leaves vectors alone; one that is no longer registered is none."""
    try:
        return spaces.parse(spec).kind == "scorer"
    except (LookupError, ValueError):
        return False


def ordered(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return rows as the registry orders their spaces; in a line weak before strong, by its ladder, else by number."""
    known = spaces.ladders()
    names = [one.partition(":")[0] for one in known]
    lines: dict[tuple[int, str], list[Row]] = {}
    for row in rows:
        spec = _spec(row)
        name = spec.partition(":")[0]
        lines.setdefault((names.index(name) if name in names else len(names), line_of(spec)), []).append(row)
    found: list[Row] = []
    for _, members in sorted(lines.items(), key=lambda line: line[0]):
        on_ladder = all(_spec(row) in known for row in members)
        found += sorted(members, key=lambda row: known.index(_spec(row)) if on_ladder else _strength(_spec(row)))
    return tuple(found)


def _spec(row: Row) -> str:
    return row["cell"]["space"] or ""


def _strength(spec: str) -> float:
    """The number behind a space's name; infinite where it has none."""
    try:
        return float(spec.partition(":")[2].partition(",")[0])
    except ValueError:
        return math.inf


def frontier(rows: Sequence[RowItems], name: str) -> tuple[list[dict[str, Any]], float]:
    """Return the lines of a frontier, and R@1 of the vectors as they are; none where that was not measured.

    Args:
        rows: the vectors as they are first, then the spaces, from weak to strong within a line.
        name: of R@1 that was kept of each query.

    Returns:
        Of each line ``name``, ``scorer``, and of each of its strengths ``removed`` (share of the gap; 0 of a scorer),
        ``difference``, ``low`` and ``high`` (change of R@1, paired 95 % interval); and R@1 as is, in [0, 1].
    """
    as_is, *others = rows
    lines: dict[str, dict[str, Any]] = {}
    for one in others:
        spec = one.row["cell"]["space"]
        change = paired_changes(as_is, one, (name,)).get(name)
        removed = {"value": 0.0} if is_scorer(spec) else gap_removed(as_is.row, one.row)
        if change is None or removed is None:
            continue
        line = lines.setdefault(line_of(spec), {"name": line_of(spec), "scorer": is_scorer(spec)})
        for part, value in (
            ("removed", removed["value"]),
            *((end, change[end]) for end in ("difference", "low", "high")),
        ):
            line.setdefault(part, []).append(value)
    before = as_is.row["metrics"].get(name)
    return list(lines.values()), before["value"] if before else 0.0
