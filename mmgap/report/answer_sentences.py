"""What a study answers in sentences: one for its headline, one for each loss, space or encoder."""

from __future__ import annotations

from collections.abc import Mapping

from mmgap.analysis.estimates import Estimate
from mmgap.analysis.study_answers import Answer, Change, Study
from mmgap.analysis.training_effects import VERDICT_SEEDS
from mmgap.core.messages import counted
from mmgap.metrics.catalogue import described
from mmgap.report import values
from mmgap.report.blocks import MISSING
from mmgap.report.labels import label
from mmgap.report.study_names import study_names
from mmgap.report.terms import term
from mmgap.report.translation import translated
from mmgap.rows.cell import INITIAL, UNCHANGED
from mmgap.rows.recall_names import recall_name

#: Of a study with more members so many sentences are told; its table has them all.
MOST = 24


def headline(study: Study, language: str) -> str:
    """Return which loss or space closes most of the gap and what that costs, and what costs nothing."""
    most, free, name = study.most_closing(), study.free(), study_names([study], language)[0]
    if most is None or most.closed is None or most.recall is None:
        return translated("{what}: nothing closes the gap beyond doubt.", language, what=name)
    said = translated(
        "{what}: {name} closes more than any other: {share} % of the gap{against} {ends}. It {recall}{seeds}.",
        language,
        what=name,
        name=most.name,
        share=values.per_cent(most.closed.value),
        against=_whose(most, language),
        ends=signed_ends(100 * most.closed.low, 100 * most.closed.high, 0),
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
            ends=signed_ends(100 * free.closed.low, 100 * free.closed.high, 0),
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


def _gap(answer: Answer, study: Study, language: str) -> str:
    closed = answer.closed
    if closed is None:
        if study.kind == "spaces":
            return translated("has no gap of its own", language)
        return translated("changes the gap by a share that has no interval", language)
    ends = signed_ends(100 * closed.low, 100 * closed.high, 0)
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
        ends = signed_ends(-100 * closed.high, -100 * closed.low, 0)
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
    if answer.against == UNCHANGED:
        return ""
    if answer.against == INITIAL:
        return translated(" before training", language)
    return translated(" that {against} leaves", language, against=answer.against)


def _recall(change: Change, language: str) -> str:
    value, low, high = (100 * part for part in (change.value, change.low, change.high))
    if change.sign < 0:
        return translated(
            "costs {points} points of R@1 {ends}",
            language,
            points=values.fixed(-value, 1),
            ends=signed_ends(-high, -low, 1),
        )
    if change.sign > 0:
        return translated(
            "gains {points} points of R@1 {ends}",
            language,
            points=values.fixed(value, 1),
            ends=signed_ends(low, high, 1),
        )
    return translated(
        "costs no R@1 that can be told ({points} points {ends})",
        language,
        points=values.signed(value, 1),
        ends=signed_ends(low, high, 1),
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
        f"{label(metric, language)} {estimate_text(own[metric], metric)}"
        for metric in ("gap_corrected",)
        if metric in own
    ]
    parts += [
        f"{label(metric, language)} {estimate_text(own[metric], metric)} %" for metric in study.recalls if metric in own
    ]
    return f"{name}: {'; '.join(parts)}."


def ranked_how(study: Study, language: str) -> str:
    """Return by what pairs recalls of a study go, and among how many."""
    known = next((found for metric in study.metrics if (found := recall_name(metric))), None)
    relevance = term(known.relevance or "any", language) if known else ""
    pool = translated("full set", language) if study.pool is None else term("pool_of", language, n=study.pool)
    return f"{relevance}, {pool}"


def estimate_text(found: Estimate | None, metric: str) -> str:
    """Return a metric's mean with its interval; a dash where there is none."""
    if found is None:
        return MISSING
    return values.interval(found.value, found.low, found.high, described(metric).unit)


def signed_ends(low: float, high: float, places: int) -> str:
    """Return the ends of an interval that may lie below 0."""
    return values.minus(values.ends(low, high, places))
