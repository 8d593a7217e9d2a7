"""From rows to tables: those of spaces with columns in the order of the thesis's tables 5.5 to 5.7, and others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mmgap.analysis.groups import Group, groups, metric_names, pool_size
from mmgap.core.defaults import RECALLS_AT
from mmgap.core.messages import N_
from mmgap.report.blocks import Table
from mmgap.report.footnotes import Notes
from mmgap.report.labels import family
from mmgap.report.metric_table import WIDTH, in_parts, metric_table, one_cell_table
from mmgap.report.translation import translated
from mmgap.rows.recall_names import RecallName, recall_names
from mmgap.rows.row import Row, slug


def tables(experiment: str, rows: Iterable[Row], language: str, notes: Notes) -> list[Table]:
    """Return the tables of one experiment's finished rows; footnotes are added to ``notes``."""
    return numbered(experiment, tables_of_groups(groups(rows), language, notes))


def numbered(experiment: str, made: Iterable[Table]) -> list[Table]:
    """Return the tables of one experiment under the names of their files."""
    return [
        Table(f"{slug(experiment)}-{number}", table.caption, table.columns, table.rows)
        for number, table in enumerate(made, 1)
    ]


def tables_of_groups(members: Iterable[Group], language: str, notes: Notes) -> list[Table]:
    """Return the tables of groups by what they measured: spaces together, others by the metrics they have in common."""
    by_names: dict[Any, list[Group]] = {}
    for group in members:
        names = metric_names([group])
        by_names.setdefault("space" if "gap" in names else tuple(sorted(names)), []).append(group)
    made: list[Table] = []
    for kind, alike in by_names.items():
        made += (_space_tables if kind == "space" else _plain_tables)(alike, language, notes)
    return made


def _space_tables(members: list[Group], language: str, notes: Notes) -> list[Table]:
    """The thesis's columns first, then recall elsewhere, then everything else."""
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
    in_pools = recall_names(("i2t",), RECALLS_AT, pool, relevance) if pool else []
    in_pools += recall_names(("t2i", "i2t"), (1,), pool) if pool and relevance else []
    over_all = recall_names(("t2i", "i2t"), RECALLS_AT, None, relevance)
    for title, recalls in (
        (N_("Recall in pools of {n}, images looking for their texts"), in_pools),
        (N_("Recall over the full set, both directions"), over_all),
    ):
        if found := [name for name in recalls if name in names]:
            made.append(metric_table(translated(title, language, n=pool), members, found, language))
    rest = [name for name in names if name not in {*main, *in_pools, *over_all}]
    families: dict[str, list[str]] = {}
    for name in rest:
        families.setdefault(family(name, language), []).append(name)
    for about, columns in families.items():
        made += in_parts(
            translated("Further measurements: {family}", language, family=about), members, columns, language
        )
    return made


def _plain_tables(members: list[Group], language: str, notes: Notes) -> list[Table]:
    """Any other experiment: one line a cell, or one line a metric where a single cell holds many."""
    names = metric_names(members)
    if len(members) == 1 and len(names) > WIDTH:
        return [one_cell_table(members[0], names, language, notes)]
    return in_parts(translated("Measurements", language), members, names, language, notes)
