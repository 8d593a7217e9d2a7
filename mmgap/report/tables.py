"""From rows to tables: those of spaces with columns in the order of the thesis's tables 5.5 to 5.7, and others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from mmgap.analysis.groups import Group, groups, metric_names, pool_size
from mmgap.core.defaults import RECALLS_AT
from mmgap.report.blocks import Table
from mmgap.report.footnotes import Notes
from mmgap.report.metric_table import WIDTH, metric_table, one_cell_table
from mmgap.report.questions import QUESTIONS, question_of
from mmgap.report.translation import translated
from mmgap.rows.recall_names import RecallName, recall_names
from mmgap.rows.row import Row, slug


def tables(experiment: str, rows: Iterable[Row], language: str, notes: Notes) -> list[Table]:
    """Return the tables of one experiment's finished rows; footnotes are added to ``notes``."""
    return named(experiment, tables_of_groups(groups(rows), language, notes))


def named(experiment: str, made: Iterable[Table]) -> list[Table]:
    """Return tables under the names of their files: the experiment and what each is about, so that none takes the name
    of another when more is measured."""
    found: dict[str, Table] = {}
    for table in made:
        name = base = slug(f"{experiment}-{table.name}" if table.name else experiment)
        number = 1
        while name in found:
            number += 1
            name = f"{base}-{number}"
        found[name] = replace(table, name=name)
    return list(found.values())


def tables_of_groups(members: Iterable[Group], language: str, notes: Notes) -> list[Table]:
    """Return the tables of groups by what they measured: spaces together, others by the metrics they have in common."""
    by_names: dict[Any, list[Group]] = {}
    for group in members:
        names = metric_names([group])
        by_names.setdefault("space" if "gap" in names else tuple(sorted(names)), []).append(group)
    made: list[Table] = []
    for kind, alike in by_names.items():
        if kind == "space":
            made += _space_tables(alike, language, notes)
        elif kind:
            made.append(_plain_table(alike, language, notes))
    return made


def _space_tables(members: list[Group], language: str, notes: Notes) -> list[Table]:
    """The thesis's columns first, then one table for each question that other metrics help to answer."""
    names = metric_names(members)
    pool, relevance = pool_size(names), "own" if "t2i_r1_own" in names else ""
    main = [*filter(names.__contains__, ("gap", "gap_corrected", "misalignment", "uniformity"))]
    main += recall_names(("t2i",), RECALLS_AT, pool, relevance) if pool else []
    trained = [str(RecallName("t2i", 1, pool, relevance=which, train=True)) for which in ("own", "")]
    main += [name for name in trained if name in names][:1]
    caption = (
        translated("Gap, misalignment, uniformity and recall in pools of {n}", language, n=pool)
        if pool
        else translated("Gap, misalignment and uniformity", language)
    )
    made = [metric_table(caption, members, main, language, notes, printed_too=True)]
    made = [replace(table, name="main", question="apart") for table in made]
    first = recall_names(("i2t",), RECALLS_AT, pool, relevance) if pool else []
    first += recall_names(("t2i", "i2t"), (1,), pool) if pool and relevance else []
    first += recall_names(("t2i", "i2t"), RECALLS_AT, None, relevance)
    rest: dict[str, list[str]] = {question: [] for question in QUESTIONS}
    for name in [*(name for name in first if name in names), *(name for name in names if name not in {*main, *first})]:
        rest[question_of(name)].append(name)
    for question, found in rest.items():
        if found:
            about = translated("Further measurements", language)
            shown = [name for name in found if name in first] or found
            chosen = set(shown[:WIDTH])
            table = metric_table(about, members, found, language, chosen=chosen)
            made.append(replace(table, name=question, question=question, detail=True))
    return made


def _plain_table(members: list[Group], language: str, notes: Notes) -> Table:
    """Any other experiment: one line a cell, or one line a metric where a single cell holds many."""
    names = metric_names(members)
    table = (
        one_cell_table(members[0], names, language, notes)
        if len(members) == 1 and len(names) > WIDTH
        else metric_table(
            translated("Measurements", language), members, names, language, notes, chosen=set(names[:WIDTH])
        )
    )
    return replace(table, name=_about(members))


def _about(members: list[Group]) -> str:
    """What tells this table from others of its experiment: the variants that all of its cells share."""
    shared = [
        value
        for name, value in members[0].cell["variant"].items()
        if all(group.cell["variant"].get(name) == value for group in members)
    ]
    return " ".join(map(str, shared))
