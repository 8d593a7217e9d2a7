"""What a report says of spaces: does closing the gap help, does removing hubs, and what is left of that in codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmgap.analysis.as_is_changes import RECALLS, SPOILED, holds
from mmgap.analysis.space_changes import FOLDER, SpaceChanges, best_known, space_changes
from mmgap.analysis.study_answers import spaces_study
from mmgap.core.messages import N_, counted
from mmgap.report import values
from mmgap.report.blocks import MISSING, Block, Column, Links, Table
from mmgap.report.labels import label
from mmgap.report.section import Section, SectionMaterial, metric_tables
from mmgap.report.terms import term
from mmgap.report.translation import translated
from mmgap.rows.row import slug

_NOTE = N_(
    "Changes are against the vectors as they are, in percentage points, paired on the same queries, with 95 % intervals"
    " over clusters of images that share a caption; * marks those whose p, corrected after Holm over the changes of R@1"
    " in the table, is below 0.05. The gap removed is the share of the corrected gap of the vectors as they are that is"
    " gone; that gap is taken as known, the interval is that of what is left. A scorer changes scores alone and has no"
    " gap."
)


def _tables(material: SectionMaterial) -> list[Block]:
    """Of each encoder and dataset the verdict, the frontier and the changes; then every metric."""
    language = material.language
    blocks: list[Block] = []
    for found in material.results:
        title = translated("What each space changes: {what}", language, what=found.title)
        blocks += material.opened(title, _verdict(found, language), found.compared[0])
        if found.entries:
            blocks.append(_table(f"spaces-changes-{slug(found.file.stem)}", found, RECALLS, language))
            spoiled = [name for name in SPOILED if any(name in entry["changes"] for entry in found.entries)]
            for way in ("t2i", "i2t"):
                if some := [name for name in spoiled if name.startswith(way)]:
                    blocks.append(_table(f"spaces-spoiled-{way}-{slug(found.file.stem)}", found, some, language))
            blocks.append(Links(translated("The changes as JSON", language), ((str(found.file), str(found.file)),)))
            material.notes.note(_NOTE, language)
        material.notes.missing(found.title, found.gone, found.problems, language)
    return [*blocks, *metric_tables(material)]


def _verdict(found: SpaceChanges, language: str) -> list[str]:
    """Two sentences: of a map that closes the gap and a scorer that removes hubs, and of all spaces together."""
    said = []
    closing, scoring = (best_known(found.entries, scorer=scorer) for scorer in (False, True))
    removed = closing and closing["gap_removed"]
    if closing and removed and removed["low"] <= 0:
        said.append(
            translated(
                "On {what}, {space} closes nothing of the gap beyond doubt.",
                language,
                what=found.title,
                space=closing["space"],
            )
        )
    elif closing and removed:
        said.append(
            translated(
                "On {what}, closing {removed} % of the gap ({space}) changed R@1 T→I by {change} points.",
                language,
                what=found.title,
                removed=values.fixed(100 * removed["value"], 0),
                space=closing["space"],
                change=_change(closing["changes"][RECALLS[0]]),
            )
        )
    if scoring:
        said.append(
            translated(
                "Removing hubs ({space}) changed R@1 T→I by {change} points.",
                language,
                space=scoring["space"],
                change=_change(scoring["changes"][RECALLS[0]]),
            )
        )
    told, better, worse = found.compared_spaces, found.beyond_chance(1), found.beyond_chance(-1)
    counts = translated(
        counted(
            "Beyond chance (Holm, 5 %) R@1 T→I rose in {better} of {n} space and fell in {worse}.",
            "Beyond chance (Holm, 5 %) R@1 T→I rose in {better} of {n} spaces and fell in {worse}.",
            n=len(told),
            better=len(better),
            worse=len(worse),
        ),
        language,
    )
    named = translated("It rose in {spaces}.", language, spaces=", ".join(better)) if better else ""
    return [" ".join([*said, counts, named]).strip()] if told else []


def _table(name: str, found: SpaceChanges, recalls: tuple[str, ...] | list[str], language: str) -> Table:
    """A line a space: the gap removed, and the change of each recall."""
    with_gap = recalls is RECALLS
    columns = [Column(translated("space", language), numeric=False)]
    columns += [Column(translated("gap removed, %", language))] * with_gap
    columns += [Column(f"Δ {label(recall, language)}") for recall in recalls]
    lines = []
    for entry in found.entries:
        line = [entry["space"]] + [_removed(entry["gap_removed"])] * with_gap
        line += [_marked(entry["changes"].get(recall)) for recall in recalls]
        lines.append(tuple(line))
    title = (
        translated("The gap removed, and the change of R@1", language)
        if with_gap
        else translated("Change of R@1 {way} from spoiled vectors", language, way=term(recalls[0][:3], language))
    )
    return Table(name, title, tuple(columns), tuple(lines), detail=True)


def _removed(share: Mapping[str, float] | None) -> str:
    return MISSING if share is None else values.with_ends(share["value"], share["low"], share["high"], 1, 100)


def _marked(change: Mapping[str, Any] | None) -> str:
    return MISSING if change is None else _change(change) + "*" * holds(change)


def _change(change: Mapping[str, Any]) -> str:
    """``+5.6 [2.1, 9.0]`` in points."""
    return values.change(change["difference"], change["low"], change["high"])


SPACES = Section(
    "spaces",
    N_("Changing the gap without training"),
    order=15,
    figures=("frontier", "frontier_spoiled"),
    results=space_changes,
    folder=FOLDER,
    answer=lambda material: [spaces_study(found) for found in material.results],
    tables=_tables,
    question="changes",
)
