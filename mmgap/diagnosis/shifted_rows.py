"""``shifted_rows``: texts that belong to the image a few rows further on."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from scipy import stats

from mmgap.core.messages import Message
from mmgap.diagnosis.finding import Finding, Told, Untold, numbers, per_cent, ranges
from mmgap.diagnosis.pairing import TELLING, Pairing
from mmgap.diagnosis.runs import best_run

#: Chance of naming a shift where there is none, over all shifts and both sides.
ALARM = 1e-4

#: Shifts that are looked at closely: those that most texts ask for.
_CLOSER = 6


def shifted_rows(pairs: Pairing) -> Iterator[Told]:
    """Yield a finding where texts find the image a constant number of rows away rather than their own.

    For each shift the texts that find the shifted image count against those that find their own one. The longest run of
    rows in which the former win is a walk whose steps are +1 and −1; by the reflection principle its range passes c
    with a chance of at most 4·exp(−c²/2v), v the number of steps. That chance, times all shifts, has to stay
    below `ALARM`; and the share of hits in the run has to be `TELLING` times chance.
    """
    n, hits = len(pairs.images), pairs.hits(pairs.own)
    found = None
    for shift, candidates in _candidates(pairs):
        steps = pairs.hits(candidates).astype(np.float64) - hits
        gain, start, stop = best_run(steps)
        changes = float(np.abs(steps).sum())
        chance = min(1.0, 4 * math.exp(-(gain**2) / (2 * changes))) if changes else 1.0
        inside = slice(start, stop)
        share = float(pairs.hits(candidates)[inside].mean()) if stop > start else 0.0
        few = stats.binom.sf(share * (stop - start) - 1, stop - start, pairs.chance) * (stop - start)
        if max(chance, float(few)) * 2 * n < ALARM and share > TELLING * pairs.chance:
            if found is None or gain > found[0]:
                found = (gain, shift, start, stop, share)
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
            "In rows {rows}, {share} of the texts find the image {shift} rows on first, and {own} their own: texts and"
            " images are shifted against each other. {cure}",
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
        one_of = np.full(n, -1, dtype=np.int64)
        one_of[pairs.owner[::-1]] = np.arange(m)[::-1]
        for shift in _frequent((one_of[pairs.best] - pairs.asked) % m):
            for near in range(shift, shift + m // n + 1):
                yield _signed(near % m, m), pairs.owner[(pairs.asked + near) % m]


def _frequent(shifts: np.ndarray) -> list[int]:
    values, counts = np.unique(shifts[shifts != 0], return_counts=True)
    return [int(value) for value in values[np.argsort(-counts, kind="stable")[:_CLOSER]]]


def _signed(shift: int, n: int) -> int:
    return shift if shift <= n // 2 else shift - n
