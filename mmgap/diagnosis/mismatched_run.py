"""A run of rows whose pairs do not match, among others that do."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mmgap.diagnosis.pairing import Pairing
from mmgap.diagnosis.runs import best_run, stands_out
from mmgap.diagnosis.surveyed_rows import SurveyedRows, evenly

#: Fewest texts in a run, and outside it.
LEAST = 8

#: Where own images beat this share of their rivals outside the run, chance inside it tells.
OUTSIDE = 0.75

#: Standard errors by which the rows of a run are captured less by the directions of the others.
ODD = 6.0


@dataclass(frozen=True)
class MismatchedRun:
    """Texts ``asked[start:stop]`` of a pairing; the mean places of own images inside and outside."""

    start: int
    stop: int
    inside: float
    outside: float


def mismatched_run(pairs: Pairing) -> MismatchedRun | None:
    """Return the run in which own images are found as if by chance, where there is one.

    The run is the best one of ``m − place``, m half-way from chance to the mean place; it has to stand out from random
    orders of the rows, and its mean place has to be within 3.5 standard errors of chance, which a run of merely
    difficult pairs is not.
    """
    places = pairs.places
    if len(places) < 3 * LEAST:
        return None
    best = None
    for middle in (0.5 + (places.mean() - 0.5) / 2, 0.5 + (np.median(places) - 0.5) / 2):
        gain, start, stop = best_run(middle - places)
        length, rest = stop - start, len(places) - (stop - start)
        if length < LEAST or rest < LEAST:
            continue
        inside = float(places[start:stop].mean())
        outside = float(np.delete(places, slice(start, stop)).mean())
        by_chance = abs(inside - 0.5) < 3.5 / math.sqrt(12 * length)
        if by_chance and outside > OUTSIDE and stands_out(middle - places, gain):
            best = MismatchedRun(start, stop, inside, outside)
    return best


def odd_side(pairs: Pairing, run: MismatchedRun) -> SurveyedRows | None:
    """Return the side whose rows in the run lie along other directions than its other rows do; None where neither does.

    The directions of half of the other rows, as many as hold 90 % of their squared norm, are compared in how much they
    hold of the other half and of the run.
    """
    inside = np.zeros(len(pairs.asked), dtype=bool)
    inside[run.start : run.stop] = True
    found: list[tuple[float, SurveyedRows]] = []
    for side, rows in ((pairs.images, pairs.own), (pairs.texts, pairs.asked)):
        others = evenly(np.unique(rows[~inside]), 2000)
        kept, held_out = side.unit(others[::2]), side.unit(others[1::2])
        _, sizes, directions = np.linalg.svd(kept, full_matrices=False)
        shares = np.cumsum(sizes**2) / np.square(sizes).sum()
        most = max(1, min(int(np.searchsorted(shares, 0.9)) + 1, side.width // 2, len(kept) // 4))
        captured = [
            np.square(some @ directions[:most].T).sum(axis=1) for some in (held_out, side.unit(np.unique(rows[inside])))
        ]
        error = math.sqrt(captured[0].var() / len(captured[0]) + captured[1].var() / len(captured[1]))
        found.append((float(captured[0].mean() - captured[1].mean()) / max(error, 1e-9), side))
    excess, side = max(found, key=lambda one: one[0])
    return side if excess > ODD else None
