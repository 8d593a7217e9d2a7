"""What each space changed against the vectors as they are: the gap removed, R@1 on the same queries; kept as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from mmgap import spaces
from mmgap.analysis.derived_results import DerivedResults, Identity, version, write_results
from mmgap.analysis.groups import newest_along
from mmgap.analysis.row_items import RowItems, read_all
from mmgap.analysis.strength_choice import line_choice
from mmgap.analysis.training_families import cell_title
from mmgap.core.cache import Cache, key_digest
from mmgap.rows.code_of_row import changed_code
from mmgap.rows.row import Row, slug

if TYPE_CHECKING:
    import numpy as np

    from mmgap.stats.contrasts import Contrast

FOLDER = "spaces"

#: Raised when the files, or the rules by which they are made, change: older ones are made again.
FORMAT = 1

#: What is compared, each way: R@1 by own pairs, and the same of spoiled vectors.
WAYS = ("t2i", "i2t")
RECALLS = tuple(f"{way}_r1_own" for way in WAYS)
SPOILED = tuple(f"{name}_{kind}" for name in RECALLS for kind in ("noise", "int8", "binary", "pq"))


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
            found.append(_changes(SpaceChanges(as_is, _ordered(newest.values())), folder, cache))
    return found


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


def gap_removed(as_is: Row, row: Row) -> dict[str, float] | None:
    """Return which share of the gap is gone, with the ends of its own interval; None where either has none.

    The gap of the vectors as they are is taken as known: the interval is that of what is left.
    """
    before, after = (one["metrics"].get("gap_corrected") for one in (as_is, row))
    if before is None or after is None or before["value"] <= 0:
        return None
    whole = before["value"]
    left = [after["value"] if end is None else end for end in (after["ci_high"], after["ci_low"])]
    return {"value": 1 - after["value"] / whole, "low": 1 - left[0] / whole, "high": 1 - left[1] / whole}


def paired_changes(before: RowItems, after: RowItems, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return what R@1 of these names changed on the same queries, with intervals over clusters of images.

    Raises:
        ValueError: arrays of different lengths, or fewer than two clusters.
    """
    from mmgap.stats import contrast

    clusters = after.arrays["cluster"]
    found = {}
    for name in names:
        if name in before.arrays and name in after.arrays:
            labels = clusters[after.arrays["owner"]] if name.startswith("t2i") else clusters
            change = contrast(before.arrays[name], after.arrays[name], clusters=labels, shares=True)
            ends = change.difference
            found[name] = {
                "a": change.before,
                "b": change.after,
                "difference": ends.value,
                "low": ends.low,
                "high": ends.high,
                "p_value": _p_value(change, after.arrays[name] - before.arrays[name], labels),
            }
    return found


def _p_value(change: Contrast, differences: np.ndarray, clusters: np.ndarray) -> float:
    """Of sign flips; where that is as small as they can tell, of Student's t, so that Holm's correction has room."""
    from mmgap.stats.clusters import Clusters
    from mmgap.stats.contrasts import crossed, t_p_value

    if change.p_value > change.p_floor * (1 + 1e-9):
        return change.p_value
    groups = Clusters.of(clusters, len(differences))
    return min(change.p_floor, t_p_value(crossed(groups.sums(differences)[:, None], groups)))


def _ordered(rows: Iterable[Row]) -> tuple[Row, ...]:
    """The order of the registry; in a line weak before strong, as its ladder says, else by the number."""
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


def _changes(made: SpaceChanges, folder: Path, cache: Cache) -> SpaceChanges:
    earlier = DerivedResults([folder / made.file], FORMAT, _identity, "spaces")
    for row in made.rows:
        entry = {"space": row["cell"]["space"], "rows": [list(version(one)) for one in (made.as_is, row)]}
        if found := earlier.of(_identity(entry), partial(_entry, made, row, entry, cache)):
            made.entries.append(found)
    if earlier.changed:
        _adjust(made.entries)
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


def _adjust(entries: list[dict[str, Any]]) -> None:
    """Holm's correction over all that the table of changes claims."""
    from mmgap.stats import holm

    told = [entry["changes"][name] for entry in entries for name in RECALLS if name in entry["changes"]]
    if not told:  # no space could be compared
        return
    for change, p_value in zip(told, holm([change["p_value"] for change in told]), strict=True):
        change["p_value_holm"] = p_value


def best_known(entries: Sequence[Mapping[str, Any]], *, scorer: bool) -> Mapping[str, Any] | None:
    """Return the entry a verdict speaks of: ``centre``, or ``nnn`` of the scorers; else the first of its kind that is
    no control.

    It is chosen by name, not by what it reached on the test split, which would flatter it.
    """
    able = [entry for entry in entries if RECALLS[0] in entry["changes"] and not spaces.is_control(entry["space"])]
    alike = [entry for entry in able if entry["scorer"] is scorer]
    named = [entry for entry in alike if entry["space"] == ("nnn" if scorer else "centre")]
    return next(iter([*named, *alike]), None)


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
