"""The five answers of a card, a sentence or two each, with figures and intervals; in English, to be translated."""

from __future__ import annotations

from mmgap.card.card_parts import Card, Direction, RecallLine, SpaceLine, SpacesPart
from mmgap.card.known_gaps import nearest
from mmgap.core.messages import Message, counted, joined
from mmgap.report import values
from mmgap.report.card.card_numbers import (
    cosine,
    cosine_interval,
    interval,
    p_value,
    part_of_distance,
    points,
    small_share,
)

#: Above this p no gap is told.
SURE = 0.05

#: Part of the largest removal of the gap from which on a space closes it as well as any.
NEARLY = 0.9

#: Who removes less of a gap does not close it.
HALF = 0.5

NOT_AT_HAND = Message("It cannot be told: the vectors are not at hand.")

WAYS: dict[Direction, str] = {"t2i": "T→I", "i2t": "I→T"}


def answers(card: Card) -> list[tuple[Message, Message]]:
    """Return the five questions with their answers; what is severe comes first."""
    told = [
        (Message("Is there a gap?"), gap_answer(card)),
        (Message("Does it matter for retrieval?"), matter_answer(card)),
        (Message("Which recall is this?"), recall_answer(card)),
        (Message("What does a cosine of {cosine} mean here?", cosine=_cosine(card)), cosine_answer(card)),
        (Message("Is something broken?"), broken_answer(card)),
    ]
    return [told[-1], *told[:-1]] if card.severe else told


def gap_answer(card: Card) -> Message:
    """Return whether there is a gap, how large against known models, and where."""
    gap = card.gap
    if gap is None:
        return Message("It cannot be measured: images and texts do not live in one space.")
    if gap.corrected is None or gap.p is None:
        return Message(
            "The centres of images and texts are {gap} apart. How much of it is sampling noise cannot be told without"
            " pairs.",
            gap=values.number(gap.plain),
        )
    corrected, p = interval(gap.corrected), p_value(gap.p)
    if gap.p > SURE:
        return Message(
            "None can be told: without sampling noise the centres of images and texts are {gap} apart, and samples"
            " without any gap look like this often enough (p {p}).",
            gap=corrected,
            p=p,
        )
    near = nearest(gap.corrected.value)
    told = Message(
        "Yes: without sampling noise the centres of images and texts are {gap} apart (p {p}; 2 is the most there can"
        " be). The nearest of the known ones is {model} with {known}.",
        gap=corrected,
        p=p,
        model=near.name,
        known=values.number(near.gap),
    )
    if gap.half is None or gap.centroid_share is None:
        return told
    where = counted(
        "{n} of {d} dimensions carries half of its square, which is {share} % of the mean squared distance of pairs.",
        "{n} of {d} dimensions carry half of its square, which is {share} % of the mean squared distance of pairs.",
        n=gap.half,
        d=card.dimensions,
        share=part_of_distance(gap.centroid_share),
    )
    return joined(" ", [told, where])


def matter_answer(card: Card) -> Message:
    """Return what closing the gap would change of retrieval."""
    if not card.recalls:
        return Message("It cannot be told: nothing can be ranked here.")
    if card.spaces is None and not card.at_hand:
        return NOT_AT_HAND
    if card.spaces is None:
        return Message("What closing it would change is not measured here.")
    if not card.spaces.lines:
        return Message("It cannot be told: {why}.", why=next(iter(card.spaces.left_out.values()), ""))
    best = best_told(card.spaces)
    if _at_chance(card):
        return Message("Retrieval is no better than chance here, so no gap keeps it from anything; {best}.", best=best)
    if not has_gap(card):
        return Message("There is no gap that could matter; {best}.", best=best)
    closing = closing_space(card.spaces)
    if closing is None or closing.removed is None:
        return Message("None of the spaces that were tried closes it; {best}.", best=best)
    told = Message(
        "Closing {share} % of it ({space}, fitted on one half, measured on the other) changes R@1 by {changes} points:"
        " {verdict}.",
        share=values.per_cent(closing.removed),
        space=closing.space,
        changes=changes(closing),
        verdict=verdict(closing),
    )
    most = max(card.spaces.lines, key=_gain)
    if most is closing or all(change.low <= 0 for change in most.changes.values()):
        return told
    return joined(" ", [told, Message("Beside it: {best}.", best=best)])


def has_gap(card: Card) -> bool:
    """Whether a gap can be told."""
    return card.gap is not None and card.gap.p is not None and card.gap.p <= SURE


def closing_space(part: SpacesPart) -> SpaceLine | None:
    """Return the space that costs least among those that remove nearly as much of the gap as any; None where none
    removes half of it."""
    removed = [one for one in part.lines if one.removed is not None]
    most = max((one.removed or 0.0 for one in removed), default=0.0)
    if most < HALF:
        return None
    return max((one for one in removed if (one.removed or 0.0) >= NEARLY * most), key=_gain)


def verdict(line: SpaceLine) -> Message:
    """Return what both intervals together say."""
    gained = any(change.low > 0 for change in line.changes.values())
    lost = any(change.high < 0 for change in line.changes.values())
    return {
        (True, True): Message("one way gained, the other lost"),
        (True, False): Message("a gain"),
        (False, True): Message("a loss"),
        (False, False): Message("no change that can be told"),
    }[gained, lost]


def changes(line: SpaceLine) -> Message:
    """Return both changes in points."""
    told = [Message("{change} {way}", change=points(change), way=WAYS[way]) for way, change in line.changes.items()]
    return joined(", ", told)


def recall_answer(card: Card) -> Message:
    """Return one ranking by the definitions that differ most."""
    if not card.recalls:
        return Message("None: nothing says which text belongs to which image, so nothing can be right.")
    parts = []
    for way in WAYS:
        line = card.recall("any", way)
        assert line is not None
        parts.append(
            Message(
                "{way} R@1 is {value} % where any right item counts, among all {n}",
                way=WAYS[way],
                value=interval(line.recall, "share"),
                n=card.images if way == "t2i" else card.texts,
            )
        )
        for definition, k, pool in (("share", 1, None), ("own", 1, None), ("r_precision", None, None), ("any", 1, 90)):
            found = card.recall(definition, way, k, pool)
            if found is not None and abs(found.recall.value - line.recall.value) > 5e-4:
                parts.append(_by(found))
    return Message("One ranking: {told}.", told=joined("; ", parts))


def _by(line: RecallLine) -> Message:
    value = values.fixed(100 * line.recall.value, 1)
    if line.pool is not None:
        return Message("{value} % in pools of {pool}", value=value, pool=line.pool)
    if line.most < 1:
        most = values.fixed(100 * line.most, 1)
        return Message(
            "{value} % by the share of the right ones that is found (at most {most})", value=value, most=most
        )
    return {
        "share": Message("{value} % by the share of the right ones that is found", value=value),
        "own": Message("{value} % by own pairs", value=value),
        "r_precision": Message("{value} % by R-precision", value=value),
    }[line.definition]


def cosine_answer(card: Card) -> Message:
    """Return what reaching the cosine that was asked for means, and where to cut."""
    part = card.thresholds
    if part is None and not card.at_hand:
        return NOT_AT_HAND
    if part is None:
        return Message("It cannot be told: without pairs there are no matches.")
    asked = part.asked
    if asked.precision is None:
        first = Message("No pair reaches {cosine}, neither matches nor others.", cosine=cosine(asked.cosine))
    else:
        first = Message(
            "{recall} % of the matches and {alarms} % of the other pairs reach it. Where one pair in {pool} is a match,"
            " {precision} % of those that reach it are matches.",
            recall=interval(asked.recall, "share"),
            alarms=small_share(asked.false_alarms.value),
            pool=part.pool,
            precision=interval(asked.precision, "share"),
        )
    if not part.tells or part.at_cut.precision is None:
        return joined(" ", [first, Message("No cut tells matches from others here.")])
    cut = Message(
        "The best cut is {cut}: {precision} % of what reaches it are matches, and {recall} % of the matches do.",
        cut=cosine_interval(part.cut),
        precision=interval(part.at_cut.precision, "share"),
        recall=interval(part.at_cut.recall, "share"),
    )
    return joined(" ", [first, cut])


def broken_answer(card: Card) -> Message:
    """Return what the doctor says, the worst first."""
    if not card.at_hand:
        return NOT_AT_HAND
    severe = [one for one in card.findings if one.severity == "severe"]
    warned = [one for one in card.findings if one.severity == "warning"]
    if severe:
        more = len(severe) + len(warned) - 1
        others = counted("{n} more finding stands below.", "{n} more findings stand below.", n=more)
        told = Message("Yes: {first} All other answers are of the rows as they were given.", first=severe[0].message)
        if {one.kind for one in severe} <= {"nonfinite", "zero_rows"}:
            told = Message("Yes: {first} All other answers are without such rows.", first=severe[0].message)
        return joined(" ", [told, others]) if more else told
    if not card.paired:
        return Message("Yes: the files do not fit together, so that half of this card is missing; a note says why.")
    if warned:
        others = counted("{n} more stands below.", "{n} more stand below.", n=len(warned) - 1)
        told = Message("Nothing severe, but: {first}", first=warned[0].message)
        return joined(" ", [told, others]) if len(warned) > 1 else told
    if any("whether rows are shifted" in one for one in card.untold):
        return Message("Nothing that could be told; whether rows belong together cannot be told here.")
    return Message("Nothing that could be told.")


def _cosine(card: Card) -> str:
    return cosine(card.thresholds.asked.cosine if card.thresholds else 0.25)


def _gain(line: SpaceLine) -> float:
    return sum(change.value for change in line.changes.values())


def best_told(part: SpacesPart) -> Message:
    """Return which space gains most of R@1, or that none does."""
    best = max(part.lines, key=_gain)
    if all(change.low <= 0 for change in best.changes.values()):
        return Message("no space that was tried gains R@1 beyond doubt")
    return Message(
        "{space} changes R@1 most to the better, by {changes} points: {verdict}",
        space=best.space,
        changes=changes(best),
        verdict=verdict(best),
    )


def _at_chance(card: Card) -> bool:
    """Whether neither direction finds more than chance would."""
    gallery: dict[Direction, int] = {"t2i": card.images, "i2t": card.texts}
    for way, items in gallery.items():
        line = card.recall("own", way)
        own = card.texts / card.images if way == "i2t" else 1.0
        if line is not None and line.recall.low > own / items:
            return False
    return True
