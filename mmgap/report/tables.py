"""From rows to tables: one line a cell, seeds averaged, columns in the order of the thesis's tables 5.5 to 5.7."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mmgap.analysis.groups import ITEMS, Group, groups, metric_names, pool_size
from mmgap.report import values
from mmgap.report.blocks import MISSING, Column, Table, one_line
from mmgap.report.labels import is_recall, label, recall_kind, word
from mmgap.report.sections.theory import as_table
from mmgap.rows.row import Row, slug
from mmgap.theory.printed import printed
from mmgap.theory.printed_cells import cells_of

#: Which printed table belongs to which (encoder, dataset).
THESIS = {
    ("clip-vit-l-14", "coco"): "5.5",
    ("clip-vit-l-14", "arasaac-en"): "5.6",
    ("clip-vit-l-14", "arasaac-es"): "5.7",
}

#: A wide table is cut after so many metrics.
WIDTH = 7


class Notes:
    """Footnotes of a section: equal ones are kept once and numbered in the order they are met."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def numbers(self, texts: Iterable[str]) -> str:
        """The numbers of these footnotes, ``"1, 3"``; empty where there are none."""
        met: set[int] = set()
        for text in map(one_line, texts):
            if text not in self.texts:
                self.texts.append(text)
            met.add(self.texts.index(text) + 1)
        return ", ".join(map(str, sorted(met)))


def tables(experiment: str, rows: Iterable[Row], language: str, notes: Notes) -> list[Table]:
    """The tables of one experiment's finished rows; footnotes are added to ``notes``."""
    made: list[Table] = []
    by_names: dict[Any, list[Group]] = {}
    for group in groups(rows):
        names = metric_names([group])
        if experiment == "theory" and (theory := _theory_table(group, language, notes)):
            made.append(theory)
        else:
            by_names.setdefault("space" if "gap" in names else tuple(sorted(names)), []).append(group)
    for kind, members in by_names.items():
        build = _space_tables if kind == "space" else _plain_tables
        made += build(members, language, notes)
    return [
        Table(f"{slug(experiment)}-{number}", table.caption, table.columns, table.rows)
        for number, table in enumerate(made, 1)
    ]


def _space_tables(members: list[Group], language: str, notes: Notes) -> list[Table]:
    """The thesis's columns first, then recall elsewhere, then everything else."""
    names = metric_names(members)
    pool = pool_size(names)
    own = "_own" if "t2i_r1_own" in names else ""
    wanted = ["gap", "gap_corrected", "misalignment", "uniformity"]
    main = [name for name in wanted if name in names]
    main += [f"t2i_r{k}_pool{pool}{own}" for k in (1, 5, 10)] if pool else []
    main += [name for name in (f"train_t2i_r1_pool{pool}_own", f"train_t2i_r1_pool{pool}") if name in names][:1]
    caption = word("main", language, n=pool) if pool else word("main_full", language)
    made = [metric_table(caption, members, main, language, notes, printed_too=True)]
    in_pools = [f"i2t_r{k}_pool{pool}{own}" for k in (1, 5, 10)] if pool else []
    in_pools += [f"{way}_r1_pool{pool}" for way in ("t2i", "i2t")] if pool and own else []
    over_all = [f"{way}_r{k}{own}" for way in ("t2i", "i2t") for k in (1, 5, 10)]
    for kind, recalls in (("retrieval_pool", in_pools), ("retrieval_full", over_all)):
        if found := [name for name in recalls if name in names]:
            made.append(metric_table(word(kind, language, n=pool), members, found, language))
    rest = [name for name in names if name not in {*main, *in_pools, *over_all}]
    families: dict[str, list[str]] = {}
    for name in rest:
        families.setdefault(_family(name, language), []).append(name)
    for family, columns in families.items():
        made += in_parts(word("more", language, family=family), members, columns, language)
    return made


def _theory_table(group: Group, language: str, notes: Notes) -> Table | None:
    """Printed against measured, where the group measured a printed table; the reasons stand in it, not below."""
    row = group.rows[-1]
    cells = cells_of(row) if "table" in row["cell"]["variant"] else []
    if not cells:
        return None
    reasons = {cell["discrepancy"] for cell in cells}
    notes.numbers(note for note in row["notes"] if note.partition(": ")[2] not in reasons)
    return as_table(row["cell"]["variant"]["table"], cells, language)


def _family(name: str, language: str) -> str:
    """What a metric is about, in words: tables of further measurements are made of one family each."""
    if is_recall(name):
        return recall_kind(name, language)
    starts = {"cosine_": "cosines", "uniformity": "spread", "effective_rank": "spread"}
    starts |= dict.fromkeys(("gap", "misalignment", "rmg", "l2i", "frechet2", "mmd2", "modality", "linear"), "distance")
    return word(next((family for start, family in starts.items() if name.startswith(start)), "rest"), language)


def _plain_tables(members: list[Group], language: str, notes: Notes) -> list[Table]:
    """Any other experiment: one line a cell, or one line a metric where a single cell holds many."""
    names = metric_names(members)
    if len(members) == 1 and len(names) > WIDTH:
        return [_one_cell(members[0], names, language, notes)]
    return in_parts(word("all", language), members, names, language, notes)


def in_parts(
    caption: str, members: list[Group], names: Sequence[str], language: str, notes: Notes | None = None
) -> list[Table]:
    """A table, or equal parts of one that has more than `WIDTH` metrics."""
    parts = -(-len(names) // WIDTH)
    made = []
    for part in range(parts):
        some = names[len(names) * part // parts : len(names) * (part + 1) // parts]
        numbered = word("part", language, caption=caption, part=part + 1, parts=parts) if parts > 1 else caption
        made.append(metric_table(numbered, members, some, language, notes))
    return made


def metric_table(
    caption: str,
    members: list[Group],
    metrics: Sequence[str],
    language: str,
    notes: Notes | None = None,
    *,
    printed_too: bool = False,
) -> Table:
    """One line a group: its coordinates, its metrics, its footnotes; the thesis's line below where there is one."""
    axes, same = _axes(members)
    seeds = any(len(group.rows) > 1 for group in members)
    items = printed_too and any("n_images" in group.rows[0]["inputs"] for group in members)
    marks = [notes.numbers(group.notes) if notes else "" for group in members]
    columns = [Column(word(axis, language), numeric=False) for axis in axes]
    columns += [Column(_header(name, members, language)) for name in metrics]
    columns += [Column(word("items", language))] * items + [Column(word("seeds", language))] * seeds
    columns += [Column(word("notes", language))] * any(marks)
    lines = []
    for group, mark in zip(members, marks, strict=True):
        line = [coordinate(group.cell, axis, language) for axis in axes]
        line += [values.text(values.over_seeds(group.metric(name))) for name in metrics]
        line += (
            [" / ".join(measured_items(group.rows[0]))] * items + [str(len(group.rows))] * seeds + [mark] * any(marks)
        )
        lines.append(tuple(line))
        if printed_too and (shown := _printed_line(group.cell, axes, metrics, language)):
            lines.append((*shown, *[""] * (len(columns) - len(shown))))
    if same:
        what = ", ".join(f"{word(axis, language)} = {coordinate(members[0].cell, axis, language)}" for axis in same)
        caption = f"{caption}. {word('same', language, what=what)}"
    return Table("", caption, tuple(columns), tuple(lines))


def _one_cell(group: Group, names: Sequence[str], language: str, notes: Notes) -> Table:
    """The metrics of a single cell, one line each."""
    axes, _ = _axes([group])
    where = ", ".join(f"{word(axis, language)} = {coordinate(group.cell, axis, language)}" for axis in axes)
    caption = ". ".join(filter(None, [word("all", language), where]))
    if mark := notes.numbers(group.notes):
        caption += f" ({word('notes', language)} {mark})"
    columns = [Column(word("metric", language), numeric=False), Column(word("value", language))]
    lines = [(_header(name, [group], language), values.text(values.over_seeds(group.metric(name)))) for name in names]
    if len(group.rows) > 1:
        lines.append((word("seeds", language), str(len(group.rows))))
    return Table("", caption, tuple(columns), tuple(lines))


def _axes(members: list[Group]) -> tuple[list[str], list[str]]:
    """Coordinates that need a column (the loss last, by the figures), and variants that are the same in all lines."""
    variants = list(dict.fromkeys(name for group in members for name in group.cell["variant"]))
    differ = [v for v in variants if len({str(group.cell["variant"].get(v)) for group in members}) > 1]
    alone = len(members) == 1
    named = [axis for axis in ("dataset", "encoder", "space", "loss") if any(group.cell.get(axis) for group in members)]
    columns = [a for a in named if a != "loss"] + (variants if alone else differ) + [a for a in named if a == "loss"]
    return columns, [] if alone else [v for v in variants if v not in differ]


def coordinate(cell: Mapping[str, Any], axis: str, language: str) -> str:
    """The value of an axis or a variant as it is shown."""
    value = cell.get(axis) if axis in ("dataset", "encoder", "space", "loss", "seed") else cell["variant"].get(axis)
    if value is None:
        return word("as_is", language) if axis == "space" else MISSING
    return word("initial", language) if axis == "loss" and value == "initial" else str(value)


def _header(name: str, members: list[Group], language: str) -> str:
    unit = next((m["unit"] for group in members for m in group.metric(name) if m is not None), None)
    shown = label(name, language)
    return shown if unit in (None, "count") or is_recall(name) else f"{shown}, {'%' if unit == 'share' else unit}"


def measured_items(row: Row) -> tuple[str, str]:
    """How many images and texts a row speaks of: a sample is smaller than the data it was taken from."""

    def count(name: str) -> str:
        metric = row["metrics"].get(name)
        return f"{metric['value']:.0f}" if metric else str(row["inputs"].get(name, MISSING))

    images, texts = ITEMS
    return count(images), count(texts)


def _printed_line(cell: dict[str, Any], axes: list[str], metrics: Sequence[str], language: str) -> list[str] | None:
    """The thesis's figures for this cell, under the same columns; None where it printed none."""
    table = None if cell.get("space") else THESIS.get((cell["encoder"], cell["dataset"]))
    found = [line for line in printed(table) if line.get("loss") == (cell["loss"] or "initial")] if table else []
    if not found:
        return None
    line = found[0]
    recall = {f"t2i_r{k}_pool90_own": line.get(f"r{k}", line.get(f"test_r{k}")) for k in (1, 5, 10)}
    figures = {**line, **recall, "train_t2i_r1_pool90_own": line.get("train_r1")}
    named = word("in_thesis", language, table=table)
    words = [named if axis == ("loss" if "loss" in axes else "encoder") else "" for axis in axes]
    return words + [figures.get(name) or MISSING for name in metrics]
