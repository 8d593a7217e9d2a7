"""``shifted_rows``: texts that belong to the image a few rows further on."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from scipy import stats

from mmgap.core.messages import Message
from mmgap.core.owned_texts import texts_of
from mmgap.diagnosis.finding import Finding, Told, Untold, numbers, per_cent, ranges
from mmgap.diagnosis.pairing import TELLING, Pairing
from mmgap.diagnosis.runs import best_run

#: Chance of naming a shift where there is none: where both images fit alike, and where neither does.
ALARM, ANYWHERE = 1e-3, 1e-4

#: Shifts that are looked at closely: those that most texts ask for.
_CLOSER = 6


def shifted_rows(pairs: Pairing) -> Iterator[Told]:
    """Yield a finding where texts find the image a constant number of rows away rather than their own.

    For each of the shifts that most texts ask for, the cosine with the shifted image less that with the own one is a
    step of a walk along the rows; the run in which it rises most is where rows are shifted. Where both images fit
    alike (rows sorted by kinds of things) the walk has no direction: by the reflection principle its range passes c
    with a chance of at most 4·P(Z > c/√Σ step²), which has to stay below `ALARM`. Where own images fit, it falls.
    Hits in the run have to be `TELLING` times chance, and more than `ANYWHERE` lets happen anywhere by chance.
    """
    hits = pairs.hits(pairs.own)
    own_cosines = pairs.cosines(pairs.own)
    found = None
    for shift, candidates in _candidates(pairs):
        steps = pairs.cosines(candidates) - own_cosines
        gain, start, stop = best_run(steps)
        length = stop - start
        if gain <= 0 or 4 * stats.norm.sf(gain / math.sqrt(np.square(steps).sum())) > ALARM:
            continue
        shifted = int(pairs.hits(candidates)[start:stop].sum())
        anywhere = len(steps) * stats.binom.sf(shifted - 1, length, pairs.chance)
        if shifted > TELLING * pairs.chance * length and anywhere < ANYWHERE and (found is None or gain > found[0]):
            found = (gain, shift, start, stop, shifted / length)
    if found is None:
        if not pairs.matched:
            yield Untold(
                "shifted_rows",
                Message(
                    "whether rows are shifted: no shift of the rows brings recall at 1 to {times} times chance",
                    times=TELLING,
                ),
            )
        return
    _, shift, start, stop, share = found
    rows = pairs.asked[start:stop]
    whole = stop - start > 0.95 * len(pairs.asked)
    yield Finding(
        "shifted_rows",
        "severe",
        Message(
            "In rows {rows}, {share} of the texts find the image {shift} rows away first, and {own} their own: texts"
            " and images are shifted against each other. {cure}",
            rows=ranges(rows) if len(pairs.asked) == len(pairs.texts) else f"{rows[0]}–{rows[-1]}",
            share=per_cent(share),
            shift=f"{shift:+d}",
            own=per_cent(float(hits[start:stop].mean())),
            cure=Message("Pair text i with image i {shift} (numpy.roll(images, {back}, axis=0)).", **_roll(shift))
            if whole
            else Message("Look for a row that is missing or there twice at row {row}.", row=int(rows[0])),
        ),
        numbers(rows),
    )


def _roll(shift: int) -> dict[str, str]:
    return {"shift": f"{'+' if shift > 0 else '−'} {abs(shift)}", "back": str(-shift)}


def _candidates(pairs: Pairing) -> Iterator[tuple[int, np.ndarray]]:
    """The shifts that most texts ask for, each with the image that it gives to each text: (q,) rows of images.

    Images move against their texts; where images have several texts, texts may have moved among them as well.
    """
    n, m = len(pairs.images), len(pairs.texts)
    for shift in _frequent((pairs.best - pairs.own) % n):
        yield _signed(shift, n), (pairs.own + shift) % n
    if m != n:
        for shift in _frequent((_first_texts(pairs) - pairs.asked) % m):
            for near in range(shift, shift + m // n + 1):
                yield _signed(near % m, m), pairs.owner[(pairs.asked + near) % m]


def _first_texts(pairs: Pairing) -> np.ndarray:
    """(q,) the first text of the image that each text found; −1 of an image without one."""
    images, back = np.unique(pairs.best, return_inverse=True)
    texts, places = texts_of(pairs.owner, images)
    first = np.full(len(images), -1, dtype=np.int64)
    first[places[::-1]] = texts[::-1]
    return first[back]


def _frequent(shifts: np.ndarray) -> list[int]:
    values, counts = np.unique(shifts[shifts != 0], return_counts=True)
    return [int(value) for value in values[np.argsort(-counts, kind="stable")[:_CLOSER]]]


def _signed(shift: int, n: int) -> int:
    return shift if shift <= n // 2 else shift - n
