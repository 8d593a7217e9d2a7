"""The practices' section of the report: tables of what each encoder gave, comparisons, and the printed figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mmgap.analysis.encoder_comparisons import FOLDER, Study, studies
from mmgap.analysis.encoder_roles import order
from mmgap.analysis.groups import Group, groups, metric_names
from mmgap.core.defaults import RECALLS_AT
from mmgap.core.messages import N_
from mmgap.report.blocks import Block, Heading, Links
from mmgap.report.metric_table import WIDTH, metric_table
from mmgap.report.section import Section, SectionMaterial
from mmgap.report.sections.chosen_captions import choice_table
from mmgap.report.sections.encoder_tables import category_tables, comparison_table, main_table
from mmgap.report.tables import named
from mmgap.report.translation import translated
from mmgap.rows.recall_names import recall_names

#: Shown in the main table and in the table of categories' cosines.
MAIN = (
    "top1",
    "diagonal_mean",
    "diagonal_sd",
    "diagonal_min",
    "diagonal_max",
    "off_diagonal_mean",
    "off_diagonal_sd",
    "gap",
)
RECALL = tuple(recall_names(("i2t", "t2i"), RECALLS_AT))
BLOCKS = tuple(f"{kind}_{side}_category" for kind in ("image", "text", "pair") for side in ("within", "between"))


def _tables(material: SectionMaterial) -> list[Block]:
    """What each encoder gave, by category too, what one changes against another, and where the figures lie as JSON."""
    language, notes = material.language, material.notes
    results: Sequence[Study] = material.results
    members = sorted(groups(material.rows), key=_order)
    if not members:
        return []
    names = metric_names(members)
    found = [replace(main_table(members, language, notes), name="main")]
    for name, caption, wanted in (
        ("recall", N_("Recall over the whole folder, both directions"), RECALL),
        ("blocks", N_("Mean cosines within and between categories"), BLOCKS),
    ):
        if some := [metric for metric in wanted if metric in names]:
            found.append(replace(metric_table(translated(caption, language), members, some, language), name=name))
    found += [
        replace(table, name="categories")
        for study in results
        for table in category_tables(study, len(results) > 1, language)
    ]
    compared = [entry for study in results for entry in study.comparisons]
    if compared:
        found.append(replace(comparison_table(compared, language), name="comparisons"))
        holm = (
            translated(", corrected for several comparisons after Holm", language)
            if any("p_value_holm" in entry["top1"] for entry in compared)
            else ""
        )
        notes.note(
            "Intervals of a comparison are 95 % and paired: images are resampled with all of their"
            " captions; p: sign-flip test over images{holm}. The relative change from 0 is ∞.",
            language,
            holm=holm,
        )
    found += [replace(table, name="choices") for study in results if (table := choice_table(study, language))]
    if rest := [name for name in names if name not in {*MAIN, *RECALL, *BLOCKS}]:
        about = translated("Further measurements", language)
        found.append(replace(metric_table(about, members, rest, language, chosen=rest[:WIDTH]), name="rest"))
    for why in (why for study in results for why in study.problems):
        notes.note("Not compared: {why}.", language, why=why)
    for gone in filter(None, (_gone(study, material) for study in results)):
        notes.note(
            "The arrays of {encoders} are gone from the cache, so comparisons, JSON files or pictures are missing: run"
            " it again with --refresh all.",
            language,
            encoders=", ".join(gone),
        )
    blocks: list[Block] = [*named("practices", found)]
    if files := [file for study in results for file in study.files]:
        blocks.append(
            Links(
                translated("The same figures by category and by image as JSON", language),
                tuple((str(file), str(file)) for file in files),
            )
        )
    return blocks


def _gone(study: Study, material: SectionMaterial) -> list[str]:
    """Encoders of which a file, a comparison or a figure is missing, each once."""
    first = {group.rows[0]["key"] for group in groups(material.rows)}
    bare = [row for row in study.rows if row["key"] in first and not material.gallery(row)]
    return list(dict.fromkeys([*study.gone, *(str(row["cell"]["encoder"]) for row in bare)]))


def _against(material: SectionMaterial) -> list[Block]:
    """The figures of one encoder against another."""
    blocks: list[Block] = []
    for a, b in (pair for study in material.results for pair in study.compared):
        if gallery := material.gallery(a, b):
            against = translated("{a} against {b}", material.language, a=b["cell"]["encoder"], b=a["cell"]["encoder"])
            blocks += [Heading(f"{against} · {b['cell']['dataset']}", 3), gallery]
    return blocks


def _order(group: Group) -> tuple[Any, ...]:
    cell = group.cell
    return str(cell["dataset"]), str(sorted(cell["variant"].items())), *order(group.rows[0])


PRACTICES = Section(
    "practices",
    N_("The practices: before CLIP against CLIP"),
    order=20,
    figures=(
        *("image_text", "image_image", "text_text", "map_pca", "map_tsne", "map_umap", "map_thumbnails"),
        *("top1", "by_category", "cosine_of_each", "by_image"),
        *("image_text_of_both", "image_image_of_both", "text_text_of_both"),
    ),
    results=studies,
    folder=FOLDER,
    question="encoders",
    tables=_tables,
    ending=_against,
)
