"""The tables of compared encoders: what each gave, by category too, and what one changes against another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmgap.analysis.encoder_comparisons import Study
from mmgap.analysis.encoder_roles import ROLES
from mmgap.analysis.groups import Group
from mmgap.core.messages import N_
from mmgap.report import values
from mmgap.report.blocks import MISSING, Column, Table, one_line
from mmgap.report.footnotes import Notes
from mmgap.report.metric_table import coordinate, measured_items
from mmgap.report.sections.printed_encoders import (
    printed_categories,
    printed_comparisons,
    printed_encoders,
    printed_notes,
)
from mmgap.report.terms import term
from mmgap.report.translation import translated

#: Cosines by category: what the results call them, and the heading of each; those behind the first need captions.
COSINES = {
    "image_within": N_("I–I within"),
    "text_within": N_("T–T within"),
    "pair_within": N_("I–T within, off the diagonal"),
}


def main_table(members: Sequence[Group], language: str, notes: Notes) -> Table:
    """Return one line an encoder, the printed ones below."""
    texts = any("top1" in group.rows[0]["metrics"] for group in members)
    variants = len({str(group.cell["variant"]) for group in members}) > 1
    seeds = any(len(group.rows) > 1 for group in members)
    lines = []
    for group in members:
        line = [coordinate(group.cell, "dataset", language)]
        line += [", ".join(f"{name} {value}" for name, value in group.cell["variant"].items())] * variants
        line += [str(group.cell["encoder"])]
        line += [_value(group, "top1"), _spread(group, "diagonal"), _range(group)] * texts
        line += [_spread(group, "off_diagonal"), _value(group, "gap")] * texts
        line += [" / ".join(measured_items(group.rows[0]))]
        lines.append((*line, *[str(len(group.rows))] * seeds, notes.numbers(group.notes, language)))
    if texts:
        marks = [notes.numbers([note]) for note in printed_notes(language) for _ in ROLES]
        for mark, (dataset, encoder, *figures) in zip(marks, printed_encoders(language), strict=True):
            lines.append((dataset, *[""] * variants, encoder, *figures, *[""] * seeds, mark))
    columns = [N_("dataset"), *["captions"] * variants, N_("encoder")]
    numbers = (
        [N_("diagonal, mean ± sd of the pairs"), N_("diagonal, range"), N_("off the diagonal, mean ± sd"), N_("gap")]
        if texts
        else []
    )
    header = [Column(translated(name, language), numeric=False) for name in columns]
    header += [Column(f"{translated('top-1', language)}, %")] * texts + [
        Column(translated(name, language)) for name in numbers
    ]
    header += [Column(translated("images / texts", language))] + [Column(translated("seeds", language))] * seeds
    header += [Column(translated("notes", language))]
    caption = (
        translated(
            "Each image against every caption: top-1 matching and the diagonal of the similarity matrix", language
        )
        if texts
        else translated("Measurements", language)
    )
    caption += (
        f". {translated('“mean ± sd of the pairs” is the spread over pairs, not over seeds.', language)}"
        if texts
        else ""
    )
    if not variants and (same := members[0].cell["variant"]):
        what = ", ".join(f"{term(name, language)} = {term(str(value), language)}" for name, value in same.items())
        caption = f"{caption.removesuffix('.')}. {translated('Everywhere in this table: {what}.', language, what=what)}"
    return Table("", caption, tuple(header), tuple(lines))


def _value(group: Group, name: str) -> str:
    return values.text(group.over_seeds(name))


def _spread(group: Group, name: str) -> str:
    """``0.307 ± 0.022``: means over seeds of the mean and of the spread over pairs."""
    mean, sd = (group.over_seeds(f"{name}_{part}") for part in ("mean", "sd"))
    return values.spread(mean.mean if mean else None, sd.mean if sd else None)


def _range(group: Group) -> str:
    low, high = (group.over_seeds(f"diagonal_{end}") for end in ("min", "max"))
    return values.ends(low.mean, high.mean, 3) if low and high else MISSING


def category_tables(study: Study, several: bool, language: str) -> list[Table]:
    """Return one line a category and encoder."""
    found = [entry for entry in study.results.values() if entry["categories"]]
    if not found:
        return []
    texts = any(entry["n_texts"] for entry in found)
    lines = []
    for name in dict.fromkeys(name for entry in found for name in entry["categories"]):
        for entry in found:
            if name in entry["categories"]:
                lines.append(_category(one_line(name), entry, texts))
    cosines = list(COSINES)[: 3 if texts else 1]
    columns = [
        Column(translated("category", language), numeric=False),
        Column(translated("encoder", language), numeric=False),
    ]
    columns += [Column(translated("images", language))]
    columns += [
        Column(f"{translated('top-1', language)}, %"),
        Column(translated("diagonal, mean ± sd of the pairs", language)),
    ] * texts
    columns += [Column(translated(COSINES[cosine], language)) for cosine in cosines]
    if texts:
        lines += [(*line, *[MISSING] * len(cosines)) for line in printed_categories(language)]
    caption = translated("By category: the pairs of each encoder", language)
    if several:
        where = ", ".join(f"{translated(axis, language)} = {found[0][axis]}" for axis in (N_("dataset"), N_("seed")))
        caption = f"{caption}. {translated('Everywhere in this table: {what}.', language, what=where)}"
    return [Table("", caption, tuple(columns), tuple(lines))]


def _category(name: str, entry: dict[str, Any], texts: bool) -> tuple[str, ...]:
    known = entry["categories"].get(name, {})
    line = [name, str(entry["encoder"]), str(known.get("n", MISSING))]
    if texts:
        line += [
            _number(known.get("top1_percent"), 1),
            values.spread(known.get("diagonal_mean"), known.get("diagonal_sd")),
        ]
    return (*line, *(_number(known.get(cosine), 3) for cosine in list(COSINES)[: 3 if texts else 1]))


def _number(value: float | None, places: int) -> str:
    return MISSING if value is None else values.fixed(value, places)


def comparison_table(compared: Sequence[dict[str, Any]], language: str) -> Table:
    words = [
        N_("dataset"),
        N_("encoder A"),
        N_("encoder B"),
        N_("images matched, A → B"),
        N_("top-1, points"),
        N_("p"),
        N_("diagonal mean, B − A"),
        N_("p"),
        N_("relative change, %"),
        N_("images improved, %"),
    ]
    header = [Column(translated(name, language), numeric=number > 2) for number, name in enumerate(words)]
    lines: list[tuple[str, ...]] = [
        (
            str(entry["dataset"]),
            str(entry["a"]["encoder"]),
            str(entry["b"]["encoder"]),
            " → ".join(values.number(count, "images") for count in entry["top1"]["matches"]),
            _with_interval(entry["top1"]["points"], entry["top1"]["ci"], 1),
            _p_value(entry["top1"]),
            _with_interval(entry["diagonal"]["difference"], entry["diagonal"]["ci"], 3),
            _p_value(entry["diagonal"]),
            _relative(entry["diagonal"]["relative_percent"]),
            _with_interval(entry["images_improved"]["percent"], entry["images_improved"]["ci"], 1),
        )
        for entry in compared
    ]
    lines += printed_comparisons(language)
    return Table(
        "", translated("Encoder B against encoder A on the same images", language), tuple(header), tuple(lines)
    )


def _with_interval(value: float, ends: list[float] | None, places: int) -> str:
    low, high = ends or (None, None)
    return values.with_ends(value, low, high, places)


def _p_value(tested: dict[str, Any]) -> str:
    """Holm's p where there is one; at the floor of its test it is as much of a bound as the p it was made of."""
    p_value, floor = tested["p_value"], tested.get("p_floor", 0.0)
    if p_value is None:
        return MISSING
    adjusted = tested.get("p_value_holm", p_value)
    return values.probability(adjusted, adjusted if p_value <= floor * (1 + 1e-9) else 0.0)


def _relative(change: float | str) -> str:
    return change if isinstance(change, str) else values.fixed(change, 0 if abs(change) >= 100 else 1)
