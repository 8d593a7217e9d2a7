"""Whether the rows of one modality form two cones that have nothing in common."""

from __future__ import annotations

import numpy as np

from mmgap.diagnosis.surveyed_rows import SurveyedRows

#: Rows behind the two means.
_ROWS = 5000

#: Least mean cosine within both cones, and most between them, as a share of the lesser one within.
WITHIN, ACROSS = 0.15, 0.25

#: The narrower spread of the two (effective number of directions) is at least this share of the wider one: a tight
#: class is no encoder.
SPREAD = 0.3


def two_cones(side: SurveyedRows) -> tuple[np.ndarray, np.ndarray, float, float] | None:
    """Return the rows that were looked at, which are in the smaller cone, and the mean cosines within the looser cone
    and between both.

    Two means on the sphere, begun along the first direction around the mean row. None where there is one cone, or where
    one of the two has fewer than 5 rows or 0.5 %.
    """
    rows = side.usable_rows.evenly(_ROWS)
    if len(rows) < 20:
        return None
    unit = side.unit(rows)
    centred = unit - unit.mean(axis=0)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    marks = centred @ vectors[:, -1] > 0
    for _ in range(20):
        if marks.all() or not marks.any():
            return None
        means = np.stack([unit[~marks].mean(axis=0), unit[marks].mean(axis=0)])
        means /= np.linalg.norm(means, axis=1, keepdims=True).clip(min=1e-12)
        moved = unit @ (means[1] - means[0]) > 0
        if (moved == marks).all():
            break
        marks = moved
    groups = [unit[~marks], unit[marks]]
    if min(map(len, groups)) < max(5, 0.005 * len(rows)):
        return None
    centres = [group.mean(axis=0) for group in groups]
    within = min(float(centre @ centre) for centre in centres)
    across = float(centres[0] @ centres[1])
    spreads = sorted(_directions(group) for group in groups)
    if within < WITHIN or across > ACROSS * within or spreads[0] < SPREAD * spreads[1]:
        return None
    smaller = marks if marks.sum() <= len(rows) / 2 else ~marks
    return rows, smaller, within, across


def _directions(rows: np.ndarray) -> float:
    """The participation ratio of the covariance's eigenvalues, corrected for few rows as ``1/(1/pr − 1/n)``."""
    centred = (rows - rows.mean(axis=0)).astype(np.float64)
    n = len(rows)
    gram = centred @ centred.T if n < rows.shape[1] else centred.T @ centred
    if not gram.any():  # rows that are all equal lie along no direction
        return 0.0
    ratio = np.square(gram).sum() / max(np.trace(gram) ** 2, 1e-300)
    return float(1 / max(ratio - 1 / n, 1e-3 * ratio))
