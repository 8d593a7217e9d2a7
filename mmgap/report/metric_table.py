"""One table of metrics: a line a cell, its seeds averaged, and below it what the thesis printed of the same cell."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from mmgap.analysis.groups import ITEMS, Group
from mmgap.core.defaults import POOL, RECALLS_AT
from mmgap.report import values
from mmgap.report.blocks import MISSING, Column, Table
from mmgap.report.footnotes import Notes
from mmgap.report.labels import label
from mmgap.report.terms import term
from mmgap.report.translation import translated
from mmgap.rows.recall_names import RecallName, recall_name
from mmgap.rows.row import Row
from mmgap.theory.printed import printed

#: Which printed table belongs to which (encoder, dataset).
THESIS = {
    ("clip-vit-l-14", "coco"): "5.5",
    ("clip-vit-l-14", "arasaac-en"): "5.6",
    ("clip-vit-l-14", "arasaac-es"): "5.7",
}

#: The axes in the order of their columns; variants stand before the loss.
COORDINATES = ("dataset", "encoder", "space", "adapter", "loss")

#: So many metrics are shown at once; a long table has more.
WIDTH = 7


def metric_table(
    caption: str,
    members: list[Group],
    metrics: Sequence[str],
    language: str,
    notes: Notes | None = None,
    *,
    printed_too: bool = False,
    chosen: Collection[str] | None = None,
) -> Table:
    """Return one line a group: coordinates, metrics, footnotes; below it the line that the thesis prints of it.

    Args:
        caption: what it shows.
        members: its lines.
        metrics: its columns.
        language: "en" or "es".
        notes: of the groups are added to it; None leaves them out.
        printed_too: with the lines of the thesis.
        chosen: the metrics that short formats show; None for all.
    """
    axes, same = _axes(members)
    seeds = any(len(group.rows) > 1 for group in members)
    items = printed_too and any("n_images" in group.rows[0]["inputs"] for group in members)
    marks = [notes.numbers(group.notes, language) if notes else "" for group in members]
    columns = [Column(term(axis, language), numeric=False) for axis in axes]
    columns += [Column(_header(name, members, language), chosen=chosen is None or name in chosen) for name in metrics]
    columns += [Column(translated("images / texts", language))] * items + [
        Column(translated("seeds", language))
    ] * seeds
    columns += [Column(translated("notes", language))] * any(marks)
    lines = []
    for group, mark in zip(members, marks, strict=True):
        line = [coordinate(group.cell, axis, language) for axis in axes]
        line += [values.text(group.over_seeds(name)) for name in metrics]
        line += (
            [" / ".join(measured_items(group.rows[0]))] * items + [str(len(group.rows))] * seeds + [mark] * any(marks)
        )
        lines.append(tuple(line))
        if printed_too and (shown := _printed_line(group.cell, axes, metrics, language)):
            lines.append((*shown, *[""] * (len(columns) - len(shown))))
    if same:
        what = ", ".join(f"{term(axis, language)} = {coordinate(members[0].cell, axis, language)}" for axis in same)
        caption = f"{caption}. {translated('Everywhere in this table: {what}.', language, what=what)}"
    return Table("", caption, tuple(columns), tuple(lines))


def one_cell_table(group: Group, names: Sequence[str], language: str, notes: Notes) -> Table:
    """Return a table of the metrics of a single cell, one line each."""
    axes, _ = _axes([group])
    where = ", ".join(f"{term(axis, language)} = {coordinate(group.cell, axis, language)}" for axis in axes)
    caption = ". ".join(filter(None, [translated("Measurements", language), where]))
    if mark := notes.numbers(group.notes, language):
        caption += f" ({translated('notes', language)} {mark})"
    columns = [Column(translated("metric", language), numeric=False), Column(translated("value", language))]
    lines = [(_header(name, [group], language), values.text(group.over_seeds(name))) for name in names]
    if len(group.rows) > 1:
        lines.append((translated("seeds", language), str(len(group.rows))))
    return Table("", caption, tuple(columns), tuple(lines))


def _axes(members: list[Group]) -> tuple[list[str], list[str]]:
    """Coordinates that need a column (the loss last, by the figures), and variants that are the same in all lines."""
    variants = list(dict.fromkeys(name for group in members for name in group.cell["variant"]))
    differ = [v for v in variants if len({str(group.cell["variant"].get(v)) for group in members}) > 1]
    alone = len(members) == 1
    named = [axis for axis in COORDINATES if any(group.cell.get(axis) for group in members)]
    columns = [a for a in named if a != "loss"] + (variants if alone else differ) + [a for a in named if a == "loss"]
    return columns, [] if alone else [v for v in variants if v not in differ]


def coordinate(cell: Mapping[str, Any], axis: str, language: str) -> str:
    """Return the value of an axis or a variant as it is shown."""
    value = cell.get(axis) if axis in (*COORDINATES, "seed") else cell["variant"].get(axis)
    if value is None:
        return translated("as is", language) if axis == "space" else MISSING
    if axis == "loss" and value == "initial":
        return translated("initial", language)
    return str(value) if axis in COORDINATES else term(str(value), language)


def _header(name: str, members: list[Group], language: str) -> str:
    unit = next((m["unit"] for group in members for m in group.metric(name) if m is not None), None)
    shown = label(name, language)
    if unit in (None, "count") or recall_name(name) is not None:
        return shown
    return f"{shown}, {'%' if unit == 'share' else unit}"


def measured_items(row: Row) -> tuple[str, str]:
    """Return how many images and texts a row speaks of: a sample is smaller than the data it was taken from."""

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
    shown = {RecallName("t2i", k, POOL, relevance="own"): line.get(f"r{k}", line.get(f"test_r{k}")) for k in RECALLS_AT}
    shown[RecallName("t2i", 1, POOL, relevance="own", train=True)] = line.get("train_r1")
    figures = {**line, **{str(recall): figure for recall, figure in shown.items()}}
    named = translated("thesis, table {table}", language, table=table)
    words = [named if axis == ("loss" if "loss" in axes else "encoder") else "" for axis in axes]
    return words + [figures.get(name) or MISSING for name in metrics]
