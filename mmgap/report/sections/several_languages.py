"""What a report says of many languages: how far what was learned in one carries to the others."""

from __future__ import annotations

from mmgap.analysis.estimates import Estimate
from mmgap.analysis.language_findings import FOLDER, LanguageFindings, language_findings
from mmgap.core.messages import N_
from mmgap.metrics.catalogue import described
from mmgap.report import values
from mmgap.report.blocks import MISSING, Block, Column, Table
from mmgap.report.labels import label
from mmgap.report.section import Section, SectionMaterial
from mmgap.report.translation import translated
from mmgap.rows.row import slug

_NOTE = N_(
    "Own pairs, the same test concepts in every language; intervals are 95 %, over concepts, and over seeds where there"
    " are several. A mean over the other languages has none: it is of these languages."
)
_LEARNED = N_("After {learned} was learned, texts in {learned} find {own} % of their images first,")
_AS_IT_IS = N_("As the encoder is, texts in {learned} find {own} % of their images first,")


def _tables(material: SectionMaterial) -> list[Block]:
    """Of each encoder a verdict, the map of languages by languages, a line for each learned language."""
    blocks: list[Block] = []
    for found in material.results:
        blocks += material.opened(found.title, [_verdict(found, material.language)], found.rows)
        blocks += [_learned(found, material.language), _by_language(found, material.language)]
        blocks += _shares(found, material.language)
    if material.results:
        material.notes.note(_NOTE, material.language)
    return blocks


def _verdict(found: LanguageFindings, language: str) -> str:
    """How much the other languages keep of the recall in the learned one, for the first two that were learned."""
    said, recall = [], found.recall("t2i")
    for learned in list(found.learned)[:2]:
        own = found.of(learned, learned, recall)
        known, mean = found.others(learned, recall), _number(found.mean_of_others(learned, recall), recall)
        if own is None:
            continue
        said.append(
            translated(_LEARNED if found.learns else _AS_IT_IS, language, learned=learned, own=_shown(own, recall))
        )
        if len(known) == 1:
            said[-1] += " " + translated(
                "with texts in {other} {mean} %.", language, other=next(iter(known)), mean=mean
            )
        elif known:
            best, worst = max(known, key=known.__getitem__), min(known, key=known.__getitem__)
            said[-1] += " " + translated(
                "with texts in {n} other languages {mean} % on average, most in {best} ({most} %), least in {worst}"
                " ({least} %).",
                language,
                n=len(known),
                mean=mean,
                best=best,
                most=_number(known[best], recall),
                worst=worst,
                least=_number(known[worst], recall),
            )
    return " ".join(said)


def _learned(found: LanguageFindings, language: str) -> Table:
    """A line for each learned language: its own figures, and the means of the others."""
    metrics = (found.recall("t2i"), found.recall("i2t"), "gap_corrected", "cosine_text_mean")
    others = translated("others", language)
    columns = [Column(translated("language that was learned", language), numeric=False)]
    for metric in metrics:
        chosen = not metric.startswith("i2t")
        columns += [
            Column(label(metric, language), chosen=chosen),
            Column(f"{label(metric, language)}, {others}", chosen=chosen),
        ]
    lines = []
    for learned in found.learned:
        line = [learned]
        for metric in metrics:
            line += [_shown(found.of(learned, learned, metric), metric)]
            line += [_number(found.mean_of_others(learned, metric), metric)]
        lines.append(tuple(line))
    title = translated("Each language that was learned, and the mean of the others", language)
    return Table(f"languages-learned-{slug(found.title)}", title, tuple(columns), tuple(lines))


def _by_language(found: LanguageFindings, language: str) -> Table:
    """A line for each measured language, after the first language was learned."""
    learned = next(iter(found.learned))
    metrics = (found.recall("t2i"), found.recall("i2t"), "gap_corrected", "cosine_text_mean")
    columns = (
        Column(translated("language", language), numeric=False),
        *(Column(label(metric, language)) for metric in metrics),
    )
    lines = [
        (name, *(_shown(found.of(learned, name, metric), metric) for metric in metrics)) for name in found.languages
    ]
    title = translated("Each language after {learned} was learned", language, learned=learned)
    return Table(f"languages-measured-{slug(found.title)}", title, columns, tuple(lines), detail=True)


def _shares(found: LanguageFindings, language: str) -> list[Block]:
    """What the gap varies with, and what texts find over all drawings, a line for each learned language."""
    blocks: list[Block] = []
    for name, title, metrics in (
        ("variance", N_("What the distance along the gap varies with, %"), found.recorded("gap_variance_")),
        ("drawings", N_("Texts in one gallery of all drawings"), found.recorded("drawings_")),
    ):
        measured = {learned: [found.share(learned, metric) for metric in metrics] for learned in found.learned}
        kept = [place for place in range(len(metrics)) if any(line[place] for line in measured.values())]
        if not kept:
            continue
        columns = [Column(translated("language that was learned", language), numeric=False)]
        columns += [Column(label(metrics[place], language)) for place in kept]
        lines = [
            (learned, *(_shown(line[place], metrics[place]) for place in kept)) for learned, line in measured.items()
        ]
        table_name = f"languages-{name}-{slug(found.title)}"
        blocks.append(Table(table_name, translated(title, language), tuple(columns), tuple(lines), detail=True))
    return blocks


def _shown(one: Estimate | None, metric: str) -> str:
    """``51.2 [48.0, 54.3]``."""
    return MISSING if one is None else values.with_ends(one.value, one.low, one.high, *_scale(metric))


def _number(value: float | None, metric: str) -> str:
    return MISSING if value is None else values.with_ends(value, None, None, *_scale(metric))


def _scale(metric: str) -> tuple[int, float]:
    """How many decimals a metric has, and what it is told in."""
    return (1, 100) if described(metric).unit == "share" else (3, 1)


LANGUAGES = Section(
    "languages",
    N_("The same concepts in several languages"),
    order=16,
    figures=("language_heatmap",),
    results=language_findings,
    folder=FOLDER,
    tables=_tables,
    question="use",
)
