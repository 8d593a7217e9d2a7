"""The training's part of the report: what each loss did, and a sentence for each that says whether it is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmgap.analysis.study_answers import losses_study
from mmgap.analysis.training_effects import AGAINST, FOLDER, VERDICT_SEEDS, Effects, effects, verdict
from mmgap.analysis.training_families import PICTURED
from mmgap.core.messages import N_
from mmgap.metrics.catalogue import described
from mmgap.report.blocks import MISSING, Block, Bullets, Column, Heading, Links, Paragraph, Table
from mmgap.report.labels import label, member
from mmgap.report.section import Section, SectionMaterial, metric_tables
from mmgap.report.sections.cheapest_loss import cheapest, shown
from mmgap.report.translation import translated
from mmgap.rows.cell import INITIAL
from mmgap.rows.row import slug

_VERDICTS = {
    "lower": N_("{metric} lower, {change}"),
    "higher": N_("{metric} higher, {change}"),
    "open": N_("{metric} cannot be told, {change}"),
    "none": "{metric} {change}",
}


def effect_blocks(material: SectionMaterial) -> list[Block]:
    """Return what stands of each encoder, dataset and recipe: the changes, what they say, all losses in one figure."""
    language, notes = material.language, material.notes
    made: list[Block] = []
    for found in material.results:
        family = found.family.title
        made.append(Heading(translated("What each loss did: {family}", language, family=family), 3))
        if told := cheapest(found, language):
            made.append(Paragraph(told))
            notes.note(
                "Which loss closes the gap at the least cost is picked on the same test items that it is told of, which"
                " flatters it a little; a cost is told where the interval of R@1 by own pairs, one way or the other,"
                " lies below 0.",
                language,
            )
        for against in AGAINST:
            if found.against(against):
                name = f"train-effects-{slug(found.family.stem)}-against-{slug(against)}"
                made.append(_table(name, found, against, language))
        if found.contrasts:
            made.append(
                Bullets(tuple(sentence(entry, found.metrics[:2], language) for entry in found.contrasts), detail=True)
            )
            made.append(Links(translated("The changes as JSON", language), ((str(found.file), str(found.file)),)))
            notes.note(
                "Changes are paired over the test split, over clusters of images that share a caption, each"
                " with all of its captions. With one training of each loss the interval is over images alone"
                " and says nothing of other seeds, and p is of sign flips; with several, images and seeds are"
                " both taken for samples, and p is of the same t. ± is the standard deviation over the seeds."
                " The gap is the corrected one; recall in percentage points; p is corrected after Holm over"
                " all changes of its table; ≤: its test can give no smaller one.",
                language,
            )
        notes.missing(family, found.gone, found.problems, language)
        if gallery := material.gallery(*found.family.pictured):
            made.append(gallery)
            if (of := len(found.family.trained)) > PICTURED:
                notes.note(
                    "{family}: pictures of all losses show the first {n} of {of}.",
                    language,
                    family=family,
                    n=PICTURED,
                    of=of,
                )
    return made


def _tables(material: SectionMaterial) -> list[Block]:
    """The effects of the losses, then every metric."""
    if not material.results:
        return metric_tables(material)
    return [*effect_blocks(material), *metric_tables(material)]


def sentence(entry: Mapping[str, Any], metrics: Sequence[str], language: str) -> str:
    """Return what one loss did to these metrics against another, with a verdict where there are seeds enough for
    one."""
    changes = {name: entry["changes"][name] for name in metrics if name in entry["changes"]}
    loss, against = entry["loss"], member(entry["against"], language)
    if not changes:
        return translated(
            "{loss} against {against}: could not be compared item by item.", language, loss=loss, against=against
        )
    said = [
        translated(
            _VERDICTS[verdict(change)],
            language,
            metric=label(name, language),
            change=shown(change, name) + _unit(name, language, " "),
        )
        for name, change in changes.items()
    ]
    seeds = min(change["seeds"] for change in changes.values())
    ending = (
        ""
        if seeds >= VERDICT_SEEDS
        else (
            translated(" (two seeds: an interval, but no verdict on the loss)", language)
            if seeds == 2
            else translated(" (this one training; other seeds not tried)", language)
        )
    )
    return translated(
        "{loss} against {against}: {said}{ending}.",
        language,
        loss=loss,
        against=against,
        said="; ".join(said),
        ending=ending,
    )


def _table(name: str, effects: Effects, against: str, language: str) -> Table:
    """One line a loss: each metric's change and its p-value."""
    found = effects.against(against)
    seeds = any(change["sd"] is not None for changes in found.values() for change in changes.values())
    columns = [Column(translated("loss", language), numeric=False)]
    for metric in effects.metrics:
        columns.append(
            Column(f"Δ {label(metric, language)}{_unit(metric, language, ', ')} ({translated('p', language)})")
        )
    columns += [Column(translated("seeds", language))] * seeds
    lines = []
    for loss, changes in found.items():
        line = [loss]
        for metric in effects.metrics:
            change = changes.get(metric)
            line.append(f"{shown(change, metric)} ({_adjusted(change)})" if change else MISSING)
        lines.append((*line, *[str(len(effects.family.members[loss].rows))] * seeds))
    changed = (
        N_("Change against the encoder before training: mean [95 % interval]{seeds}")
        if against == INITIAL
        else N_("Change against {against}: mean [95 % interval]{seeds}")
    )
    caption = translated(
        changed, language, against=against, seeds=translated(" ± sd over the seeds", language) if seeds else ""
    )
    return Table(name, caption, tuple(columns), tuple(lines), detail=True)


def _adjusted(change: Mapping[str, Any]) -> str:
    """Holm's p; one whose test could give no smaller is an upper bound."""
    shown_p = p_value(change["p_value_holm"])
    return f"≤ {shown_p}" if change["p_at_floor"] and change["p_value_holm"] < 1 else shown_p


def p_value(value: float) -> str:
    """Return a p-value to three decimals, none of them taken for 0.

    >>> p_value(0.0351), p_value(0.0005)
    ('0.035', '0.0005')
    """
    if value < 1e-4:
        return "< 0.0001"
    return f"{value:.3f}" if value >= 0.0095 else f"{value:.1g}"


def _unit(metric: str, language: str, lead: str) -> str:
    return f"{lead}{translated('points', language)}" if described(metric).unit == "share" else ""


_OF_ONE = ("curves", "evolution", "animation")

TRAIN = Section(
    "train",
    N_("What training with each loss changes"),
    order=30,
    figures=(*_OF_ONE, "loss_frontier", "losses", "loss_histograms"),
    results=effects,
    folder=FOLDER,
    answer=lambda material: [losses_study(found) for found in material.results],
    tables=_tables,
    question="changes",
)
INITIALISATION = Section(
    "initialisation",
    N_("The gap closed before training: does it form again?"),
    order=40,
    figures=_OF_ONE,
    question="changes",
)
