"""What is recorded of a space beyond `mmgap.measure`, from the same passes over its similarities."""

from __future__ import annotations

import numpy as np

from mmgap.core.messages import Message, joined
from mmgap.evaluation.measurement import Measurement
from mmgap.metrics._problem import LARGEST_T
from mmgap.metrics.frechet import mmd_of_sums, mmd_squared
from mmgap.metrics.gap_dimensions import gap_by_dimension
from mmgap.metrics.gaussian import median_squared_distance
from mmgap.metrics.resampled_recalls import recalls_of_pools
from mmgap.metrics.retrieval import Direction
from mmgap.metrics.separability import modality_separability
from mmgap.metrics.similarity import linear_cka
from mmgap.metrics.uniformities import mean_below, uniformity
from mmgap.metrics.unit_rows import UnitRows

#: The t of the uniformity between the modalities.
T = 2.0


def further_kernels(x: UnitRows, y: UnitRows) -> tuple[float, float] | None:
    """Return γ of the squared discrepancy and t of the uniformity between modalities, which the passes sum.

    None for a set so narrow that γ is out of their range.
    """
    gamma = 1 / (2 * (median_squared_distance(x.tensor, y.tensor) or 1.0))
    return (gamma, T) if gamma <= LARGEST_T else None


def further_metrics(measured: Measurement) -> dict[str, float]:
    """Return what `mmgap.measure` leaves out and its passes have told: floor, variants, cones, where the gap lies.

    Args:
        measured: a space whose owners are known, with the kernels of `further_kernels`.
    """
    x, y, n = measured.images, measured.texts, len(measured.images)
    cut, softmax = gap_by_dimension(x, y), measured.cross.softmax
    assert softmax is not None  # asked for by a logit scale
    further: dict[str, float] = {
        "misalignment_centroid": measured.metrics["gap"] ** 2,
        "misalignment_residual": measured.metrics["misalignment"] - measured.metrics["gap"] ** 2,
        "frechet2_covariance": measured.metrics["frechet2"] - measured.metrics["gap"] ** 2,
        "mmd2_rbf": _discrepancy(measured),
        "uniformity_with_diagonal": (measured.image.uniformity_with_diagonal + measured.text.uniformity_with_diagonal)
        / 2,
        "cosine_image_std": measured.image.moments.std,
        "cosine_image_min": measured.image.moments.minimum,
        "cosine_text_std": measured.text.moments.std,
        "cosine_text_min": measured.text.moments.minimum,
        "gap_share_top1": cut.top_share(1),
        "gap_share_top5": cut.top_share(min(5, len(cut.shares))),
        "logit_entropy_i2t": float(softmax.i2t_entropy.mean()),
        "logit_entropy_t2i": float(softmax.t2i_entropy.mean()),
    }
    if measured.gap is not None:
        further["gap_floor"] = measured.gap.floor
    if len(y) == n:
        further["uniformity_cross"] = _cross_uniformity(measured)
    return further


def separability_metrics(x: UnitRows, y: UnitRows, owner: np.ndarray, seed: int) -> dict[str, float]:
    """Return how well a linear classifier tells 10 images or more from their texts, in folds drawn by ``seed``."""
    if len(x) < 10:
        return {}
    return {"modality_separability": modality_separability(x, y, owner=owner, seed=seed).accuracy}


def alignment_metrics(x: UnitRows, y: UnitRows) -> tuple[dict[str, float], list[str]]:
    """Return how alike images and texts are arranged, where each image has one text, and why that is left out."""
    if not len(y) == len(x) >= 4:
        return {}, []
    try:
        return {"linear_cka": linear_cka(x, y)}, []
    except ValueError as error:  # a collapsed modality has no similarity structure to compare
        reason = joined(", ", [Message("linear CKA"), error.args[0]])
        return {}, [Message("Left out: {reason}.", reason=reason)]


def resampled_recalls(measured: Measurement, pool: int, seed: int) -> dict[str, tuple[float, float]]:
    """Return mean and standard deviation of R@1 over random pools, ``{"t2i": …, "i2t": …}``."""
    directions: tuple[Direction, ...] = ("t2i", "i2t")
    found = recalls_of_pools(
        measured.images, measured.texts, measured.relevance, directions, pool=pool, seed=seed, tie=measured.cross.tie
    )
    return dict(zip(directions, found, strict=True))


def _discrepancy(measured: Measurement) -> float:
    """The squared discrepancy from the sums of the passes; of a narrow set, which needs float64, by itself."""
    image, text, sums = measured.image.gaussian_sum, measured.text.gaussian_sum, measured.cross.gaussian_sums
    if image is None or text is None or sums is None:
        return mmd_squared(measured.images, measured.texts)
    return mmd_of_sums(image, text, sums[0], len(measured.images), len(measured.texts))


def _cross_uniformity(measured: Measurement) -> float:
    if measured.cross.gaussian_sums is None:
        return uniformity(measured.images, measured.texts, variant="cross")
    return mean_below(measured.cross, len(measured.images))
