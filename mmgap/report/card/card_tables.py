"""The tables of a card: recalls, thresholds, spaces, hubs, the gap and where it lies, known models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mmgap.card.card_parts import Card, Threshold
from mmgap.card.known_gaps import known_gaps
from mmgap.core.messages import N_
from mmgap.report import values
from mmgap.report.blocks import MISSING, Column, Table
from mmgap.report.card.card_answers import WAYS, has_gap
from mmgap.report.card.card_numbers import cosine, interval, points, small_share
from mmgap.report.card.definition_words import definition_name
from mmgap.report.translation import translated, translated_in

#: What the spaces of a card do.
SPACES = {
    "shift:1": N_("moves both centres together, as Liang et al. do"),
    "centre": N_("takes its mean off each side"),
    "zca": N_("takes the mean off and evens the directions out"),
    "nnn": N_("lowers the scores of items that suit every query"),
}


def recall_table(card: Card, language: str) -> Table:
    """Return a line for each definition, k and pool, both directions side by side."""
    kinds = dict.fromkeys((one.definition, one.k, one.pool) for one in card.recalls)
    rows = []
    for definition, k, pool in sorted(kinds, key=lambda kind: kind[1] or 1):
        found = {way: card.recall(definition, way, k, pool) for way in WAYS}
        line = found["t2i"] or found["i2t"]
        assert line is not None
        shown = [MISSING if one is None else interval(one.recall, "share") for one in found.values()]
        rows.append((translated(definition_name(line), language), *shown))
    heads = (N_("definition"), "T→I, %", "I→T, %")
    return _table("card-recalls", heads, rows, language, N_("One ranking by all definitions, with 95 % intervals"))


def threshold_table(card: Card, language: str) -> Table:
    """Return a line for each threshold, the one that was asked for and the best cut among them."""
    part = card.thresholds
    assert part is not None
    told: dict[float, Threshold] = {one.cosine: one for one in (*part.points, part.asked, part.at_cut)}
    rows = []
    for place in sorted(told):
        one = told[place]
        name = cosine(place)
        if place == part.at_cut.cosine:
            name = translated("{cosine} (best cut)", language, cosine=name)
        elif place == part.asked.cosine:
            name = translated("{cosine} (asked for)", language, cosine=name)
        precision = MISSING if one.precision is None else interval(one.precision, "share")
        rows.append(
            (
                name,
                interval(one.recall, "share"),
                small_share(one.false_alarms.value),
                precision,
                values.fixed(one.f1, 2),
            )
        )
    heads = (
        N_("cosine at least"),
        N_("matches that reach it, %"),
        N_("other pairs that reach it, %"),
        N_("matches among what reaches it, %"),
        "F1",
    )
    caption = translated(
        "What a cosine means where one pair in {pool} is a match, with 95 % intervals", language, pool=part.pool
    )
    return _table("card-thresholds", heads, rows, language, caption)


def space_table(card: Card, language: str) -> Table:
    """Return a line for each space."""
    part = card.spaces
    assert part is not None
    rows = [
        (
            one.space,
            translated(SPACES.get(one.space, ""), language),
            MISSING if one.removed is None or not has_gap(card) else values.per_cent(one.removed),
            *(points(one.changes[way]) for way in WAYS),
        )
        for one in part.lines
    ]
    heads = (
        N_("space"),
        N_("what it does"),
        N_("gap closed, %"),
        N_("change of R@1 T→I, points"),
        N_("change of R@1 I→T, points"),
    )
    caption = N_("Fitted on one half and measured on the other; intervals hold for all spaces at once")
    return _table("card-spaces", heads, rows, language, caption, words=(0, 1))


def hub_table(card: Card, language: str) -> Table:
    """Return a line for each direction."""
    rows = []
    for one in card.hubs:
        hubness = MISSING if one.hubness is None else values.number(one.hubness)
        if one.interval is not None:
            hubness = interval(one.interval)
        never = MISSING if one.never is None else values.fixed(100 * one.never, 1)
        most = MISSING if one.most is None else values.number(round(one.most, 1), "times")
        rows.append((WAYS[one.way], hubness, never, most, str(one.asked)))
    heads = (N_("direction"), N_("hubness"), N_("never found, %"), N_("the largest hub is found"), N_("queries"))
    caption = N_("How often items are among the 10 nearest of a query: hubs are found by many, others by none")
    return _table("card-hubs", heads, rows, language, caption)


def gap_table(card: Card, language: str) -> Table:
    """Return what the gap is made of."""
    gap = card.gap
    assert gap is not None
    rows = [(translated("gap, as it is", language), values.number(gap.plain))]
    if gap.corrected is not None:
        rows.append((translated("gap, without sampling noise", language), interval(gap.corrected)))
    if gap.misalignment is not None:
        rows.append((translated("mean squared distance of own pairs", language), values.number(gap.misalignment)))
    if gap.centroid_share is not None:
        rows += [
            (translated("of which the gap's, %", language), values.per_cent(gap.centroid_share)),
            (translated("of which each pair's own, %", language), values.per_cent(1 - gap.centroid_share)),
        ]
    for dimension, share in gap.dimensions:
        if share > 0:
            rows.append(
                (translated("share of dimension {n} in gap², %", language, n=dimension), values.fixed(100 * share, 1))
            )
    rows += [
        (translated("mean cosine of two images", language), values.number(gap.cosine_image)),
        (translated("mean cosine of two texts", language), values.number(gap.cosine_text)),
    ]
    caption = N_("How far apart the centres are, where, and how narrow the cones")
    return _table("card-gap", (N_("what"), N_("value")), rows, language, caption)


def known_table(language: str) -> Table:
    """Return the known models with their sources."""
    rows = []
    for one in known_gaps():
        gap = values.with_ends(one.gap, one.low, one.high, 2 if one.low is None else 3)
        rows.append((translated(one.name, language), gap, translated(one.source, language)))
    heads = (N_("model and data"), translated_in("picture", "gap", language), N_("source"))
    caption = N_("Gaps of known models: with an interval they are without sampling noise, others as they were printed")
    return _table("card-known", heads, rows, language, caption, words=(0, 2))


def _table(
    name: str,
    heads: Iterable[str],
    rows: Sequence[tuple[str, ...]],
    language: str,
    caption: str,
    words: tuple[int, ...] = (0,),
) -> Table:
    columns = tuple(Column(translated(head, language), numeric=place not in words) for place, head in enumerate(heads))
    return Table(name, translated(caption, language), columns, tuple(rows))
