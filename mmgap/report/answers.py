"""What opens a report: of each study its sentences, one compact table and one picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from mmgap.analysis.study_answers import Study
from mmgap.analysis.training_effects import VERDICT_SEEDS
from mmgap.core.messages import N_
from mmgap.report import values
from mmgap.report.answer_sentences import estimate_text, headline, ranked_how, sentences, signed_ends
from mmgap.report.blocks import MISSING, Block, Bullets, Column, Fold, Gallery, Links, Paragraph, Table
from mmgap.report.labels import label, member
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
        blocks.append(_overview(told, language))
    blocks.append(links)
    for number, (study, gallery) in enumerate(ordered):
        inside = [*answer_blocks(study, language), *([gallery] if gallery else [])]
        blocks.append(Fold(study.stem, _asked(study, language), tuple(inside), open=number == 0, listed=False))
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
        "Means with 95 % intervals over {what}",
        language,
        what=translated("images and seeds", language) if study.seeds > 1 else translated("images", language),
    )
    if study.recalls:
        caption += f"; {translated('R@1: {how}, %', language, how=ranked_how(study, language))}"
    if marked:
        caption += "; " + translated("bold: the best of a column and all that cannot be told apart from it", language)
    return Table(study.stem, f"{caption}.", tuple(columns), tuple(rows), best=frozenset(marked))


def _overview(studies: Sequence[Study], language: str) -> Table:
    """A line for each study: what closes most of its gap."""
    heads = (
        (N_("study"), False),
        (N_("closes most of the gap"), False),
        (N_("gap closed, %"), True),
        (N_("change of R@1, points"), True),
        (N_("seeds"), True),
    )
    rows = []
    for study in studies:
        most = study.most_closing()
        if most is None or most.closed is None or most.recall is None:
            nothing = translated("nothing beyond doubt", language)
            rows.append((translated(study.title, language), nothing, MISSING, MISSING, _trainings(study, study.seeds)))
            continue
        closed, recall = most.closed, most.recall
        rows.append(
            (
                translated(study.title, language),
                most.name,
                f"{values.per_cent(closed.value)} {signed_ends(100 * closed.low, 100 * closed.high, 0)}",
                values.change(recall.value, recall.low, recall.high),
                _trainings(study, most.seeds),
            )
        )
    columns = tuple(Column(translated(head, language), numeric=numeric) for head, numeric in heads)
    caption = translated("What closes most of the gap in each study, and what that does to R@1", language)
    return Table("answers", caption, columns, tuple(rows))


def _trainings(study: Study, seeds: int) -> str:
    return str(seeds) if study.kind == "losses" else MISSING


def _tally(studies: Sequence[Study], language: str) -> str:
    """In how many studies of losses which loss closes most; empty of a single one."""
    found = Counter(most.name for one in studies if one.kind == "losses" and (most := one.most_closing()))
    if max(found.values(), default=0) < 2:
        return ""
    told = ", ".join(f"{name} ({count})" for name, count in found.most_common())
    return translated(
        "Losses that close most of the gap, by the number of studies in which they do: {told}.", language, told=told
    )


def _rank(study: Study) -> tuple[int, bool]:
    """Studies of losses first, those with seeds enough for a verdict before the others."""
    return list(_MEMBERS).index(study.kind), study.seeds < VERDICT_SEEDS


def _asked(study: Study, language: str) -> str:
    asked = {
        "losses": N_("What each loss did: {family}"),
        "spaces": N_("What each space changes: {family}"),
        "encoders": N_("What encoders give: {family}"),
    }
    return translated(asked[study.kind], language, family=study.title)
