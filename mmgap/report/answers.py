"""What opens a report: of each study its sentences, one compact table and one picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mmgap.analysis.closing_tally import closing_tally
from mmgap.analysis.study_answers import Study
from mmgap.analysis.training_effects import VERDICT_SEEDS
from mmgap.core.messages import N_, counted
from mmgap.report import values
from mmgap.report.answer_sentences import estimate_text, headline, ranked_how, sentences, signed_ends
from mmgap.report.blocks import MISSING, Block, Bullets, Column, Fold, Gallery, Links, Paragraph, Table
from mmgap.report.labels import label, member
from mmgap.report.study_names import study_names
from mmgap.report.terms import term
from mmgap.report.translation import translated
from mmgap.rows.recall_names import recall_name

#: What the first column of a study's table holds.
_MEMBERS = {"losses": "loss", "spaces": "space", "encoders": "encoder"}


def opening(studies: Sequence[tuple[Study, Gallery | None]], links: Links, language: str) -> list[Block]:
    """Return the report's first blocks: the answer in a sentence, all studies in a table, a fold for each study.

    Args:
        studies: each with the picture of its answer.
        links: where the rest is; they stand before the folds.
        language: "en" or "es".
    """
    ordered = sorted(studies, key=lambda pair: _rank(pair[0]))
    told = [study for study, _ in ordered if study.answers]
    blocks: list[Block] = [Paragraph(text, strong=True) for study in told[:1] for text in [headline(study, language)]]
    if tally := _tally(told, language):
        blocks.append(Paragraph(tally))
    if len(told) > 1:
        blocks += _overviews(told, language)
    blocks.append(links)
    names = study_names([study for study, _ in ordered], language)
    for number, ((study, gallery), name) in enumerate(zip(ordered, names, strict=True)):
        inside = [*answer_blocks(study, language), *([gallery] if gallery else [])]
        blocks.append(Fold(study.stem, _asked(study.kind, name, language), tuple(inside), number == 0, listed=False))
    return blocks


def answer_blocks(study: Study, language: str) -> list[Block]:
    """Return a study's sentences and its table."""
    made: list[Block] = []
    if study.answers:
        lead = translated(
            "Shares are of the corrected gap, R@1 is the mean of both ways ({how}), intervals are 95 % over {what}.",
            language,
            how=ranked_how(study, language),
            what=translated("images and seeds", language) if study.seeds > 1 else translated("images", language),
        )
        made += [Bullets(tuple(sentences(study, language))), Paragraph(lead)]
    elif told := sentences(study, language):
        made.append(Bullets(tuple(told), detail=True))  # the table has the same figures
    return [*made, table(study, language)]


def table(study: Study, language: str) -> Table:
    """Return a line for each member; bold is the best of a column, with all that cannot be told apart from it."""
    columns = [Column(term(_MEMBERS[study.kind], language), numeric=False)]
    for name in study.metrics:
        known = recall_name(name)
        head = f"{translated('R@', language)}{known.k} {term(known.way, language)}" if known else label(name, language)
        columns.append(Column(head))
    best = [study.best(name) for name in study.metrics]
    rows, marked = [], set()
    for number, (name, own) in enumerate(study.members.items()):
        rows.append((member(name, language), *(estimate_text(own.get(metric), metric) for metric in study.metrics)))
        marked |= {(number, place) for place, names in enumerate(best, 1) if name in names}
    caption = translated(
        "{study}: means with 95 % intervals over {what}",
        language,
        study=study.title,
        what=translated("images and seeds", language) if study.seeds > 1 else translated("images", language),
    )
    if study.recalls:
        caption += f"; {translated('R@1: {how}, %', language, how=ranked_how(study, language))}"
    if marked:
        caption += "; " + translated("bold: the best of a column and all that cannot be told apart from it", language)
    return Table(study.stem, f"{caption}.", tuple(columns), tuple(rows), best=frozenset(marked))


def _overviews(studies: Sequence[Study], language: str) -> list[Table]:
    """A table of losses and one of spaces with a line for each study: what closes most of its gap."""
    found = []
    for kind, caption in (
        ("losses", N_("Which loss closes most of each study’s gap, and what that does to R@1, the mean of both ways")),
        ("spaces", N_("Which space closes most of each study’s gap, and what that does to R@1, the mean of both ways")),
    ):
        if own := [study for study in studies if study.kind == kind]:
            named = zip(study_names(own, language), own, strict=True)
            found.append(_overview(kind, translated(caption, language), named, language))
    return found


def _overview(kind: str, caption: str, named: Iterable[tuple[str, Study]], language: str) -> Table:
    """A line for each of the named studies of one kind; their specs are in a column that is shown when asked for."""
    rows = []
    for name, study in named:
        most = study.most_closing()
        if most is None or most.closed is None or most.recall is None:
            found = (translated("nothing beyond doubt", language), MISSING, MISSING)
        else:
            closed, recall = most.closed, most.recall
            share = f"{values.per_cent(closed.value)} {signed_ends(100 * closed.low, 100 * closed.high, 0)}"
            found = (most.name, share, values.change(recall.value, recall.low, recall.high))
        seeds = most.seeds if most else study.seeds
        rows.append((name, *found, *[str(seeds)] * (kind == "losses"), translated(study.title, language)))
    columns = [
        Column(translated("study", language), numeric=False),
        Column(term(_MEMBERS[kind], language), numeric=False),
        Column(translated("gap closed, %", language)),
        Column(translated("change of R@1, points", language)),
        *[Column(translated("seeds", language), aside=True)] * (kind == "losses"),
        Column(translated("spec", language), numeric=False, chosen=False),
    ]
    return Table(f"answers-{kind}", caption, tuple(columns), tuple(rows))


def _tally(studies: Sequence[Study], language: str) -> str:
    """In how many of the studies that tried it each loss closes most; empty where none does so in two."""
    found = closing_tally(studies)
    if max((one.won for one in found), default=0) < 2:
        return ""
    told = [
        translated(
            counted(
                "{name} in {won} of the {n} study that tried it",
                "{name} in {won} of the {n} studies that tried it",
                n=one.tried,
                name=one.name,
                won=one.won,
            ),
            language,
        )
        for one in found
    ]
    return translated("Which loss closes most of the gap: {told}.", language, told="; ".join(told))


def _rank(study: Study) -> tuple[int, bool]:
    """Studies of losses first, those with seeds enough for a verdict before the others."""
    return list(_MEMBERS).index(study.kind), study.seeds < VERDICT_SEEDS


def _asked(kind: str, name: str, language: str) -> str:
    asked = {
        "losses": N_("What each loss did: {family}"),
        "spaces": N_("What each space changes: {family}"),
        "encoders": N_("What encoders give: {family}"),
    }
    return translated(asked[kind], language, family=name)
