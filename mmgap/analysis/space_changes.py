"""What each space changed against the vectors as they are: the gap removed, R@1 on the same queries; kept as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from mmgap import spaces
from mmgap.analysis.as_is_changes import RECALLS, SPOILED, adjust, gap_removed, holds, paired_changes
from mmgap.analysis.derived_results import DerivedResults, Identity, version, write_results
from mmgap.analysis.groups import newest_along
from mmgap.analysis.row_items import read_all
from mmgap.analysis.space_lines import is_scorer, line_of, ordered
from mmgap.analysis.strength_choice import line_choice
from mmgap.analysis.training_families import cell_title
from mmgap.core.cache import Cache, key_digest
from mmgap.rows.code_of_row import changed_code
from mmgap.rows.row import Row, slug

FOLDER = "spaces"

#: Raised when the files, or the rules by which they are made, change: older ones are made again.
FORMAT = 1


@dataclass
class SpaceChanges:
    """The spaces of one encoder on one dataset, set against its vectors as they are.

    Attributes:
        as_is: the row of the vectors as they are.
        rows: those of the spaces, from weak to strong within a line.
        entries: of each space ``space``, ``line`` (the space without its strength), ``scorer``, ``rows`` (versions of
            the two), ``gap_removed`` (share of the gap of the vectors as they are, with the ends of the space's own
            interval; None of a scorer) and ``changes``: of each of `RECALLS` and `SPOILED` that both have ``a``, ``b``,
            ``difference``, ``low``, ``high`` (95 %, paired on the same queries), of `RECALLS` also ``p_value_holm``.
        choices: of each line of two strengths or more ``line``, ``rows``, ``change`` and ``less_least``
            (`mmgap.analysis.strength_choice.line_choice`).
        gone: spaces whose arrays are no longer in the cache.
        problems: why spaces could not be compared.
    """

    as_is: Row
    rows: tuple[Row, ...]
    entries: list[dict[str, Any]] = field(default_factory=list)
    choices: list[dict[str, Any]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        """``encoder · dataset``, and of the variant what is not the usual."""
        return cell_title(self.as_is["cell"])

    @property
    def compared_spaces(self) -> list[str]:
        """Spaces of which the change of `RECALLS`' first is known."""
        return [entry["space"] for entry in self.entries if RECALLS[0] in entry["changes"]]

    def beyond_chance(self, sign: int) -> list[str]:
        """Return the spaces that raise the first of `RECALLS` beyond chance (``sign`` 1), or lower it (-1)."""
        told = ((entry["space"], entry["changes"].get(RECALLS[0])) for entry in self.entries)
        return [space for space, change in told if change and holds(change) and sign * change["difference"] > 0]

    @property
    def file(self) -> PurePosixPath:
        """Where it is kept, below the report's folder."""
        return PurePosixPath(FOLDER) / f"{slug(self.title)[:100]}-{key_digest(self.as_is['cell'])[:8]}.json"

    @property
    def compared(self) -> list[tuple[Row, ...]]:
        """All of its rows, the vectors as they are first: they share their figures."""
        return [(self.as_is, *self.rows)]

    def write(self, folder: Path) -> None:
        """Write ``spaces/<encoder>-<dataset>-….json`` below the report's folder; without entries there is none."""
        if not self.entries:
            (folder / self.file).unlink(missing_ok=True)
            return
        cell = {name: self.as_is["cell"][name] for name in ("encoder", "dataset", "variant")}
        write_results(folder / self.file, {"format": FORMAT, **cell, "spaces": self.entries, "choices": self.choices})


def space_changes(rows: Iterable[Row], folder: Path, cache: Cache) -> list[SpaceChanges]:
    """Return what the spaces of finished rows changed, for each encoder and dataset whose vectors as they are have one.

    Args:
        rows: of one experiment; of several seeds the first is taken.
        folder: of the report, where earlier files are looked for.
        cache: where the per-item arrays lie.
    """
    found = []
    for newest in newest_along("space", rows):
        as_is = newest.pop(None, None)
        if as_is is not None and newest:
            found.append(_changes(SpaceChanges(as_is, ordered(newest.values())), folder, cache))
    return found


def _changes(made: SpaceChanges, folder: Path, cache: Cache) -> SpaceChanges:
    earlier = DerivedResults([folder / made.file], FORMAT, _identity, "spaces")
    for row in made.rows:
        entry = {"space": row["cell"]["space"], "rows": [list(version(one)) for one in (made.as_is, row)]}
        if found := earlier.of(_identity(entry), partial(_entry, made, row, entry, cache)):
            made.entries.append(found)
    if earlier.changed:
        adjust(made.entries)
    chosen = DerivedResults([folder / made.file], FORMAT, lambda one: (one["line"], str(one["rows"])), "choices")
    for line in dict.fromkeys(entry["line"] for entry in made.entries if not entry["scorer"]):
        members = [entry for entry in made.entries if entry["line"] == line]
        if len(members) > 1:
            told = {"line": line, "rows": [entry["rows"] for entry in members]}
            if found := chosen.of((line, str(told["rows"])), partial(_choice, made, told, members, cache)):
                made.choices.append(found)
    return made


def _choice(
    made: SpaceChanges, told: dict[str, Any], members: list[dict[str, Any]], cache: Cache
) -> dict[str, Any] | None:
    """What the best strength of a line does; None where arrays are gone or lack R@1."""
    rows = [row for entry in members for row in made.rows if row["cell"]["space"] == entry["space"]]
    both = read_all((made.as_is, *rows), cache)
    if both is None or not all(name in one.arrays for one in both for name in RECALLS):
        return None
    arrays = {one.row["cell"]["space"]: one.arrays for one in both[1:]}
    return {**told, **line_choice(members, arrays, both[0].arrays, RECALLS)}


def _identity(entry: dict[str, Any]) -> Identity:
    return entry["space"], str(entry["rows"])


def _entry(made: SpaceChanges, row: Row, entry: dict[str, Any], cache: Cache) -> dict[str, Any] | None:
    """One space; None, with the reason among the others, where it cannot be compared."""
    spec = entry["space"]
    if changed := changed_code(made.as_is, row):
        made.problems.append(f"{spec}: {', '.join(changed)}")
        return None
    if (both := read_all((made.as_is, row), cache)) is None:
        made.gone.append(spec)
        return None
    try:
        changes = paired_changes(both[0], both[1], (*RECALLS, *SPOILED))
    except ValueError as error:
        made.problems.append(f"{spec}: {error}")
        return None
    removed = gap_removed(made.as_is, row)
    return {**entry, "line": line_of(spec), "scorer": is_scorer(spec), "gap_removed": removed, "changes": changes}


def best_known(entries: Sequence[Mapping[str, Any]], *, scorer: bool) -> Mapping[str, Any] | None:
    """Return the entry a verdict speaks of: ``centre``, or ``nnn`` of the scorers; else the first of its kind that is
    no control.

    It is chosen by name, not by what it reached on the test split, which would flatter it.
    """
    able = [entry for entry in entries if RECALLS[0] in entry["changes"] and not spaces.is_control(entry["space"])]
    alike = [entry for entry in able if entry["scorer"] is scorer]
    named = [entry for entry in alike if entry["space"] == ("nnn" if scorer else "centre")]
    return next(iter([*named, *alike]), None)
