"""What changed between two sets of rows: cell by cell, metric by metric, and which inputs differ."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmgap.core.cache import canonical_json
from mmgap.rows.row import MetricDict, Row, cell_slug, latest, migrated

#: Numbers that differ by less, relative to their size, are the same: sums are not associative.
CLOSE = 1e-9

#: Longer texts, digests above all, are not shown.
LONGEST = 40


@dataclass(frozen=True)
class Change:
    """One metric on both sides."""

    name: str
    before: MetricDict
    after: MetricDict

    @property
    def changed(self) -> bool:
        """Whether its value or an end of its interval did."""
        return not all(_close(self.before[k], self.after[k]) for k in ("value", "ci_low", "ci_high"))

    @property
    def difference(self) -> float:
        return self.after["value"] - self.before["value"]


@dataclass(frozen=True)
class Compared:
    """One cell on both sides.

    Attributes:
        name: experiment and cell, as ``measure tiny-glyphs-en-captions-first-s0``.
        reasons: the inputs that differ, and the status where it does, in words.
        changes: the metrics that both sides have.
        appeared, vanished: those that one has.
    """

    name: str
    reasons: tuple[str, ...]
    changes: tuple[Change, ...]
    appeared: tuple[str, ...]
    vanished: tuple[str, ...]

    @property
    def changed(self) -> bool:
        """Whether a metric of both sides did, or is gone; new ones change nothing that was known."""
        return bool(self.vanished) or any(change.changed for change in self.changes)


@dataclass(frozen=True)
class Comparison:
    """Two sets of rows: the cells on both sides, the names of those on one side alone."""

    both: tuple[Compared, ...]
    only_old: tuple[str, ...]
    only_new: tuple[str, ...]


def compare(old: Iterable[Row], new: Iterable[Row], metrics: Sequence[str] = ()) -> Comparison:
    """Pair the newest rows of each cell; rows of older measuring code are read under the names of today's.

    Args:
        old, new: rows.
        metrics: names to look at; one may end in ``*``. None takes all.
    """
    before, after = ({canonical_json(row["cell"]): migrated(row) for row in latest(rows)} for rows in (old, new))
    shared = sorted(before.keys() & after.keys(), key=lambda cell: _name(before[cell]))
    alone = [sorted(_name(a[cell]) for cell in a.keys() - b.keys()) for a, b in ((before, after), (after, before))]
    both = tuple(_compared(before[cell], after[cell], metrics) for cell in shared)
    return Comparison(both, tuple(alone[0]), tuple(alone[1]))


def asked(name: str, patterns: Sequence[str]) -> bool:
    """Return whether a metric is meant: by its name, or by a pattern that ends in ``*``; by no pattern all are.

    >>> asked("t2i_r1_pool90", ["gap", "t2i_*"]), asked("gap_null", ["gap"])
    (True, False)
    """
    return not patterns or any(
        name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern for pattern in patterns
    )


def _compared(before: Row, after: Row, patterns: Sequence[str]) -> Compared:
    a, b = ({k: m for k, m in row["metrics"].items() if asked(k, patterns)} for row in (before, after))
    status = [f"status {before['status']} → {after['status']}"] if before["status"] != after["status"] else []
    return Compared(
        name=_name(after),
        reasons=(*status, *_reasons(before["inputs"], after["inputs"])),
        changes=tuple(Change(name, a[name], b[name]) for name in b if name in a),
        appeared=tuple(name for name in b if name not in a),
        vanished=tuple(name for name in a if name not in b),
    )


def _name(row: Row) -> str:
    return f"{row['cell']['experiment']} {cell_slug(row['cell'])}"


def _reasons(before: Mapping[str, Any], after: Mapping[str, Any], within: str = "") -> list[str]:
    """The inputs that differ, with both values where they are short: ``measure_version 1 → 2``, ``recipe.epochs …``."""
    told = []
    for name in dict.fromkeys([*before, *after]):
        a, b = before.get(name), after.get(name)
        if a == b:
            continue
        if isinstance(a, dict) and isinstance(b, dict):
            told += _reasons(a, b, f"{within}{name}.")
        elif any(isinstance(value, (dict, list)) or len(str(value)) > LONGEST for value in (a, b)):
            told.append(f"{within}{name}")
        else:
            told.append(f"{within}{name} {'—' if a is None else a} → {'—' if b is None else b}")
    return told


def _close(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return a is b
    return math.isclose(a, b, rel_tol=CLOSE, abs_tol=CLOSE) or (math.isnan(a) and math.isnan(b))
