"""``shuffled_rows``: rows whose order is another in one file than in the other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import stats

from mmgap.core.messages import Message
from mmgap.diagnosis.finding import Finding, Told, Untold, numbers, per_cent
from mmgap.diagnosis.hidden_pairs import FOUND, hidden_pairs
from mmgap.diagnosis.pairing import TELLING, Pairing
from mmgap.diagnosis.text_order import numbers_as_text, places_as_text

#: Chance of naming an order where there is none, over all orders.
ALARM = 1e-4

#: Processes whose results are often gathered one process after the other.
_PROCESSES = (2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32, 48, 64)


def shuffled_rows(pairs: Pairing) -> Iterator[Told]:
    """Yield a finding where own pairs match no better than chance, although images and texts lie in one space, as
    `mmgap.diagnosis.hidden_pairs` tells."""
    if pairs.matched:
        return
    rows = np.unique(pairs.own)
    agreement = hidden_pairs(pairs.images, pairs.texts, rows, pairs.asked)
    if agreement > FOUND:
        yield _finding(
            pairs,
            Message(
                "Texts find their own image no better than chance ({recall} first, {chance} by chance), although images"
                " and texts agree in their columns, {agreement} standard deviations above chance. The rows of one file"
                " are in another order, or of other items, or in a language that the text tower does not know: save ids"
                " with the vectors, and sort both files by them.",
                recall=per_cent(pairs.recall),
                chance=per_cent(pairs.chance),
                agreement=f"{agreement:.0f}",
            ),
        )
        return
    yield Untold(
        "shuffled_rows",
        Message(
            "whether rows are shuffled: own pairs match no better than chance, and nothing says that these images and"
            " texts lie in one space at all (an untrained tower, two towers that were never joined, or other columns)"
        ),
    )


def other_order(pairs: Pairing) -> Iterator[Finding]:
    """Yield a finding where a known order explains the rows: reversed, sorted as text, gathered from several processes.

    Recall at 1 under it has to be `TELLING` times chance, twice that of the rows as saved, and more than `ALARM` lets
    happen by chance.
    """
    known = _known_order(pairs)
    if known is not None:
        recall, name, cure = known
        yield _finding(
            pairs,
            Message(
                "{order}: then {recall} of the texts find their image first, as saved {own} do. {cure}",
                order=name,
                recall=per_cent(recall),
                own=per_cent(pairs.recall),
                cure=cure,
            ),
        )


def shuffled_run(texts: np.ndarray, inside: float, outside: float) -> Finding:
    """Return the finding of texts that stand together and do not match, see `mmgap.diagnosis.mismatched_run`."""
    return Finding(
        "shuffled_rows",
        "severe",
        Message(
            "In rows {first}–{last} own pairs beat {inside} of their rivals, as if by chance, and {outside} elsewhere."
            " These rows are in another order, or of other items: sort both files by ids there.",
            first=int(texts[0]),
            last=int(texts[-1]),
            inside=per_cent(inside),
            outside=per_cent(outside),
        ),
        numbers(texts),
    )


def _finding(pairs: Pairing, message: str) -> Finding:
    return Finding("shuffled_rows", "severe", message, numbers(pairs.asked))


def _known_order(pairs: Pairing) -> tuple[float, Message, Message] | None:
    """The best of the known orders, with its recall, its name and its cure, where it explains the rows."""
    n = len(pairs.images)
    best = None
    hits = pairs.hits(pairs.own).sum()
    least = max(TELLING * pairs.chance * len(pairs.own), stats.binom.isf(ALARM / 60, len(pairs.own), pairs.chance))
    for images, name, cure in _orders(pairs.own, n):
        found = int(pairs.hits(images).sum())
        if found > max(least, 2 * hits) and (best is None or found > best[0]):
            best = (found, name, cure)
    return None if best is None else (best[0] / len(pairs.own), best[1], best[2])


def _orders(own: np.ndarray, n: int) -> Iterator[tuple[np.ndarray, Message, Message]]:
    """What stands in a known order of n images at the places of some of them, and where these stand in it."""
    yield (
        n - 1 - own,
        Message("One file runs backwards"),
        Message("Turn it round: vectors[::-1]."),
    )
    for images in (numbers_as_text(own, n), places_as_text(own, n)):
        yield (
            images,
            Message("One file is sorted by numbers, the other by the same numbers as text (1, 10, 100, 2)"),
            Message("Sort both alike."),
        )
    for processes in _PROCESSES:
        if processes < n:
            for images in _gathered(own, n, processes):
                yield (
                    images,
                    Message(
                        "One file was gathered from {processes} processes, one after the other", processes=processes
                    ),
                    Message("Interleave its rows again, or sort both files by id."),
                )


def _gathered(own: np.ndarray, n: int, processes: int) -> tuple[np.ndarray, np.ndarray]:
    """What stands at some places where each process' rows follow those of the one before it, and where these stand."""
    begins = np.concatenate([[0], np.cumsum([len(range(first, n, processes)) for first in range(processes)])])
    process = np.searchsorted(begins, own, side="right") - 1
    return process + (own - begins[process]) * processes, begins[own % processes] + own // processes
