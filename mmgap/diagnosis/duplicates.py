"""``duplicates``: rows that equal another one, beyond captions that images share and images with several captions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mmgap.core.messages import Message, counted
from mmgap.core.scratch_array import ScratchArray, gathered, spans
from mmgap.diagnosis.chosen_rows import ChosenRows
from mmgap.diagnosis.equal_rows import alike_groups
from mmgap.diagnosis.finding import Finding, Told, Untold, numbers, places
from mmgap.diagnosis.pairing import Pairing
from mmgap.diagnosis.surveyed_rows import Numbers, SurveyedRows, first_rows

#: Share of rows from which duplicates move what is measured.
MANY = 0.05


def duplicate_pairs(pairs: Pairing) -> Iterator[Finding]:
    """Yield a finding of texts that equal an earlier one with an equal image."""
    texts = pairs.texts
    if not len(texts.copies):
        return
    first = first_rows(_both(pairs))
    rows = ChosenRows(len(texts), lambda some: first[some] != np.arange(some.start, some.stop))
    if len(rows):
        yield _found(
            rows,
            len(texts),
            counted(
                "{n} of {all} pairs is there twice: image and text equal those of an earlier row ({rows}). They tie,"
                " and count twice: leave the copy out.",
                "{n} of {all} pairs are there twice: image and text equal those of an earlier row ({rows}). They tie,"
                " and count twice: leave the copies out.",
                n=len(rows),
                all=len(texts),
                rows=places(rows),
            ),
        )


def duplicates(side: SurveyedRows, pairs: Pairing, cut: np.ndarray) -> Iterator[Told]:
    """Yield a finding of rows that equal a row of another item.

    Images that share a caption have equal texts, and an image with several captions may be there for each of them: such
    copies are natural, and `mmgap.diagnosis.equal_rows` tells them apart. Pairs that are there twice match as well.

    Args:
        side: the images or the texts of the pairs.
        pairs: how they match.
        cut: texts that `mmgap.diagnosis.truncated_texts` names.
    """
    copies = side.copies
    if not len(copies):
        return
    groups = alike_groups(pairs, side, side.equal.__getitem__)
    rows = groups.rows if side is pairs.images else np.setdiff1d(groups.rows, cut)
    if len(rows):
        other = pairs.texts if side is pairs.images else pairs.images
        yield _found(
            rows,
            len(side),
            Message(
                "{side}: {n} of {all} rows equal a row of another item, whose {other} do not match them ({rows})."
                " One vector was saved for several items: encode these again.",
                side=side.name,
                n=len(rows),
                all=len(side),
                other=other.name,
                rows=places(rows),
            ),
        )
    elif not groups.judged and side.distinct > 1:
        yield Untold(
            "duplicates",
            Message(
                "{side}: whether the {n} rows that equal an earlier one are of items that share it: own pairs match no"
                " better than chance, nearly all are copies, or there are too few dimensions",
                side=side.name,
                n=len(copies),
            ),
        )


def _both(pairs: Pairing) -> Numbers:
    """(M,) a whole number for each text, the same where texts and their images are equal; below 0, and of each its own,
    where one of both cannot be used."""
    texts, images = pairs.texts, pairs.images

    def keys(some: slice) -> np.ndarray:
        owner = pairs.owner[some]
        both = texts.equal[some] * np.int64(len(images) + 1) + images.equal[owner]
        return np.where(texts.usable(some) & images.usable(owner), both, -1 - np.arange(some.start, some.stop))

    parts = (keys(some) for some in spans(len(texts)))
    return gathered(parts, len(texts), np.int64, on_disk=isinstance(texts.equal, ScratchArray))


def _found(rows: np.ndarray | ChosenRows, of: int, message: Message) -> Finding:
    return Finding("duplicates", "severe" if len(rows) > MANY * of else "warning", message, numbers(rows))
