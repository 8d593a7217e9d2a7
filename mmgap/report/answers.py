"""What opens a report: of each study a sentence for each loss or space, one compact table and one picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from mmgap.analysis.estimates import Estimate
from mmgap.analysis.study_answers import AS_IS, Answer, Change, Study
from mmgap.analysis.training_effects import VERDICT_SEEDS
from mmgap.core.messages import N_, counted
from mmgap.metrics.catalogue import described
from mmgap.report import values
from mmgap.report.blocks import MISSING, Block, Bullets, Column, Fold, Gallery, Links, Paragraph, Table
from mmgap.report.labels import label, member
from mmgap.report.terms import term
from mmgap.report.translation import translated
from mmgap.rows.cell import INITIAL
from mmgap.rows.recall_names import recall_name

#: Of a study with more members so many sentences are told; its table has them all.
MOST = 24

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
            how=_pool(study, language),
            what=translated("images and seeds", language) if study.seeds > 1 else translated("images", language),
        )
        made += [Bullets(tuple(sentences(study, language))), Paragraph(lead)]
    elif told := sentences(study, language):
        made.append(Bullets(tuple(told), detail=True))  # the table has the same figures
    return [*made, table(study, language)]


def headline(study: Study, language: str) -> str:
    """Return which loss or space closes most of the gap and what that costs, and what costs nothing."""
    most, free = study.most_closing(), study.free()
    if most is None or most.closed is None or most.recall is None:
        return translated("{what}: nothing closes the gap beyond doubt.", language, what=study.title)
    said = translated(
        "{what}: {name} closes most of the gap: {share} % of the gap{against} {ends}. It {recall}{seeds}.",
        language,
        what=study.title,
        name=most.name,
        share=values.per_cent(most.closed.value),
        against=_whose(most, language),
        ends=_ends(100 * most.closed.low, 100 * most.closed.high, 0),
        recall=_recall(most.recall, language),
        seeds=_seeds(most, study, language),
    )
    if free is None:
        return said + " " + translated("Whatever closes it costs R@1.", language)
    if free != most and free.closed is not None:
        said += " " + translated(
            "With no cost of R@1 that can be told, {name} closes {share} % {ends}.",
            language,
            name=free.name,
            share=values.per_cent(free.closed.value),
            ends=_ends(100 * free.closed.low, 100 * free.closed.high, 0),
        )
    return said


def sentences(study: Study, language: str) -> list[str]:
    """Return one sentence for each loss or space, what closes most of the gap first; of encoders one each."""
    if study.kind == "encoders":
        told = [_measured(name, own, study, language) for name, own in list(study.members.items())[:MOST]]
        left = len(study.members) - len(told)
    else:
        ordered = sorted(
            study.answers, key=lambda one: (one.against != INITIAL, -(one.closed.value if one.closed else 0))
        )
        told = [sentence(one, study, language) for one in ordered[:MOST]]
        left = len(ordered) - len(told)
    more = counted("{n} more is in the table.", "{n} more are in the table.", n=left)
    return told + [translated(more, language)] * (left > 0)


def sentence(answer: Answer, study: Study, language: str) -> str:
    """Return ``ce+anti closes 62 % of the gap [58, 66] and costs 1.6 points of R@1 [0.8, 2.5]; 3 seeds.``"""
    gap = _gap(answer, study, language)
    if answer.recall is None:
        return translated(
            "{name} {gap}{seeds}.", language, name=answer.name, gap=gap, seeds=_seeds(answer, study, language)
        )
    return translated(
        "{name} {gap} and {recall}{seeds}.",
        language,
        name=answer.name,
        gap=gap,
        recall=_recall(answer.recall, language),
        seeds=_seeds(answer, study, language),
    )


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
        rows.append((member(name, language), *(_estimate(own.get(metric), metric) for metric in study.metrics)))
        marked |= {(number, place) for place, names in enumerate(best, 1) if name in names}
    caption = translated(
        "Means with 95 % intervals over {what}",
        language,
        what=translated("images and seeds", language) if study.seeds > 1 else translated("images", language),
    )
    if study.recalls:
        caption += f"; {translated('R@1: {how}, %', language, how=_pool(study, language))}"
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
                f"{values.per_cent(closed.value)} {_ends(100 * closed.low, 100 * closed.high, 0)}",
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


def _gap(answer: Answer, study: Study, language: str) -> str:
    closed = answer.closed
    if closed is None:
        if study.kind == "spaces":
            return translated("has no gap of its own", language)
        return translated("changes the gap by a share that has no interval", language)
    ends = _ends(100 * closed.low, 100 * closed.high, 0)
    against = _whose(answer, language)
    if closed.low > 0:
        return translated(
            "closes {share} % of the gap{against} {ends}",
            language,
            share=values.per_cent(closed.value),
            against=against,
            ends=ends,
        )
    if closed.high < 0:
        ends = _ends(-100 * closed.high, -100 * closed.low, 0)
        return translated(
            "widens the gap{against} by {share} % {ends}",
            language,
            share=values.per_cent(-closed.value),
            against=against,
            ends=ends,
        )
    return translated(
        "does not change the gap{against} beyond doubt ({share} % closed {ends})",
        language,
        share=values.per_cent(closed.value),
        against=against,
        ends=ends,
    )


def _whose(answer: Answer, language: str) -> str:
    """Whose gap a share is of."""
    if answer.against == AS_IS:
        return ""
    if answer.against == INITIAL:
        return translated(" before training", language)
    return translated(" that {against} leaves", language, against=answer.against)


def _recall(change: Change, language: str) -> str:
    value, low, high = (100 * part for part in (change.value, change.low, change.high))
    if change.sign < 0:
        return translated(
            "costs {points} points of R@1 {ends}", language, points=values.fixed(-value, 1), ends=_ends(-high, -low, 1)
        )
    if change.sign > 0:
        return translated(
            "gains {points} points of R@1 {ends}", language, points=values.fixed(value, 1), ends=_ends(low, high, 1)
        )
    return translated(
        "costs no R@1 that can be told ({points} points {ends})",
        language,
        points=values.signed(value, 1),
        ends=_ends(low, high, 1),
    )


def _seeds(answer: Answer, study: Study, language: str) -> str:
    """``; 3 seeds``; fewer give no verdict on the loss."""
    if study.kind != "losses":
        return ""
    if answer.seeds >= VERDICT_SEEDS:
        return "; " + translated(counted("{n} seed", "{n} seeds", n=answer.seeds), language)
    return "; " + translated(
        counted(
            "{n} seed, which says nothing of others",
            "{n} seeds, too few for a verdict on the loss",
            n=answer.seeds,
        ),
        language,
    )


def _measured(name: str, own: Mapping[str, Estimate], study: Study, language: str) -> str:
    parts = [
        f"{label(metric, language)} {_estimate(own[metric], metric)}" for metric in ("gap_corrected",) if metric in own
    ]
    parts += [
        f"{label(metric, language)} {_estimate(own[metric], metric)} %" for metric in study.recalls if metric in own
    ]
    return f"{name}: {'; '.join(parts)}."


def _pool(study: Study, language: str) -> str:
    """By what pairs, and among how many."""
    known = next((found for metric in study.metrics if (found := recall_name(metric))), None)
    relevance = term(known.relevance or "any", language) if known else ""
    pool = translated("full set", language) if study.pool is None else term("pool", language, n=study.pool)
    return f"{relevance}, {pool}"


def _estimate(found: Estimate | None, metric: str) -> str:
    if found is None:
        return MISSING
    return values.interval(found.value, found.low, found.high, described(metric).unit)


def _ends(low: float, high: float, places: int) -> str:
    return values.minus(values.ends(low, high, places))
