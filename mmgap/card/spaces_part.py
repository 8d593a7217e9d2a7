"""What closing the gap would change: a few spaces, fitted on one half of the vectors and measured on the other."""

from __future__ import annotations

from mmgap.card.card_parts import SpaceLine, SpacesPart
from mmgap.card.card_vectors import CardVectors
from mmgap.core.messages import said
from mmgap.core.threads import side_by_side
from mmgap.datasets.saved_vectors import of_vectors
from mmgap.evaluation.space_answers import record_answers
from mmgap.evaluation.space_comparison import NONE, compare_spaces, gain, gap_removed
from mmgap.metrics.retrieval import Direction
from mmgap.spaces import SpaceError

#: Three that close the gap in ways of their own, and one that removes hubs instead.
SPACES = ("shift:1", "centre", "zca", "nnn")

WAYS: tuple[Direction, ...] = ("t2i", "i2t")


def spaces_part(vectors: CardVectors, seed: int = 0) -> SpacesPart:
    """Return the part of the gap that each space removes, and its change of R@1 by own pairs on the same queries.

    The intervals hold for all spaces at once (Bonferroni), as the best of them is told.

    Args:
        vectors: with an owner for each text.
        seed: of the division into halves.
    """
    assert vectors.owner is not None
    dataset = of_vectors(vectors.name, vectors.images, vectors.texts, vectors.owner)
    try:
        ((recorded, left_out),) = side_by_side(lambda: compare_spaces(dataset, SPACES, seed=seed, work=record_answers))
    except (SpaceError, ValueError) as error:
        return SpacesPart((), {"": said(error)}, {})
    before = recorded[NONE]
    level = 1 - 0.05 / max(len(recorded) - 1, 1)
    lines = tuple(
        SpaceLine(
            space,
            gap_removed(recorded, space),
            {way: gain(before, recorded[space], f"{way}_r1_own", level).difference for way in WAYS},
        )
        for space in recorded
        if space != NONE
    )
    notes = dict.fromkeys(note for one in recorded.values() for note in one.notes if note not in before.notes)
    alarms = tuple(note for note in notes if note.startswith("OVER-FITTING"))
    return SpacesPart(lines, left_out, {way: before.metrics[f"{way}_r1_own"]["value"] for way in WAYS}, alarms)
