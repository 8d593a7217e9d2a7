"""Whether images and texts lie in one space, in whatever order their rows are."""

from __future__ import annotations

import numpy as np

from mmgap.diagnosis.surveyed_rows import SurveyedRows, evenly

#: Rows of each side that are looked at, and random orders of the columns.
_ROWS, _ORDERS = 1000, 40

#: What the right order of the columns gives stands so many standard deviations above what random orders give.
FOUND = 6.0


def hidden_pairs(images: SurveyedRows, texts: SurveyedRows, of_images: np.ndarray, of_texts: np.ndarray) -> float:
    """Return how much the columns of images and of texts agree, in standard deviations of what random orders give.

    Two towers that know nothing of each other agree in no column more than in another, so the texts' columns could as
    well stand in another order: a permutation test, whatever the vectors are like. Two statistics, the larger of which
    counts: how much the covariances of both sides share, ``tr(C_x·C_y)``, and how close texts come to their nearest
    image. Neither knows which row belongs to which.

    Args:
        images, texts: both sides, of one width.
        of_images, of_texts: usable rows to look at, in any order.

    Returns:
        Standard deviations; 0 where there are fewer than 16 rows or 6 columns.
    """
    a, b = (
        side.centred(evenly(np.unique(side.equal[some]), _ROWS))
        for side, some in ((images, of_images), (texts, of_texts))
    )
    if min(len(a), len(b)) < 16 or images.width < 6:
        return 0.0
    of_a, of_b = a.T @ a, b.T @ b
    generator = np.random.default_rng(0)
    orders = [np.arange(images.width), *(generator.permutation(images.width) for _ in range(_ORDERS))]
    shared = [float(np.vdot(of_a, of_b[np.ix_(order, order)])) for order in orders]
    nearest = [float((b[:, order] @ a.T).max(axis=1).mean()) for order in orders]
    return max(_above(shared), _above(nearest))


def _above(values: list[float]) -> float:
    """How far the first stands above the others; nowhere unless above all of them."""
    first, others = values[0], np.array(values[1:])
    spread = max(float(others.std(ddof=1)), 1e-9 * abs(float(others.mean())), 1e-300)
    return (first - float(others.mean())) / spread if first > others.max() else 0.0
