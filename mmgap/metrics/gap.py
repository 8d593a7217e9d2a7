"""How far the modalities stand apart: between their centroids, and between the members of a pair."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from mmgap.metrics import exact_products
from mmgap.metrics.caption_owners import owner_rows
from mmgap.metrics.relevance import Relevance, relevance_of
from mmgap.metrics.unit_rows import UnitRows, Vectors, same_width, unit_rows

#: Squared distances below this are float32 rounding: the points coincide.
_COINCIDENT = 1e-12


def modality_gap(x: Vectors, y: Vectors) -> float:
    """``‖mean x − mean y‖₂``, the distance between the centroids, in [0, 2].

    0 for identical sets **and for shuffled pairs**: it knows nothing of pairs, see `misalignment` for that. Symmetric;
    invariant to a joint rotation and to row order; ``gap² ≤ misalignment``.

    Args:
        x: (N, d) image vectors, unit rows.
        y: (M, d) text vectors, unit rows; M may differ from N.

    Raises:
        TypeError, ValueError: as `mmgap.metrics.unit_rows.unit_rows`, or different widths.

    Source: Liang et al., "Mind the gap" (NeurIPS 2022).

    >>> import numpy as np
    >>> modality_gap(np.eye(2), -np.eye(2)) == 2**0.5
    True
    """
    x, y = unit_rows(x, "images"), unit_rows(y, "texts")
    same_width(x, y)
    return float((x.mean - y.mean).norm())


def gap_terms(x: Vectors, y: Vectors, *, owner: Any = None) -> np.ndarray:
    """(N,) float64: what each image, with its texts, contributes to the gap; their mean is `modality_gap`.

    ``u·x_i − (N/M)·Σ_{texts j of i} u·y_j`` with u the direction from one centroid to the other: the gap's
    linearisation (delta method), so the paired difference of two runs' terms has the interval of the difference of
    their gaps. Where a gap is near zero its direction is noise, and so are its terms.

    Args:
        x: (N, d) image vectors, unit rows.
        y: (M, d) text vectors, unit rows.
        owner: (M,) row of ``x`` that each text belongs to; by default row i belongs to image i.

    Raises:
        TypeError, ValueError: as `modality_gap`; owners that do not fit.

    >>> import numpy as np
    >>> gap_terms(np.eye(2), -np.eye(2)).round(6).tolist()
    [1.414214, 1.414214]
    """
    images, texts = unit_rows(x, "images"), unit_rows(y, "texts")
    same_width(images, texts)
    a, b = images.tensor.double(), texts.tensor.double()
    rows = torch.from_numpy(owner_rows(owner, len(images), len(texts))).to(a.device)
    difference = images.mean - texts.mean
    direction = difference / difference.norm().clamp(min=_COINCIDENT)
    of_image = torch.zeros(len(a), dtype=a.dtype, device=a.device).index_add_(0, rows, b @ direction)
    return (a @ direction - of_image * (len(a) / len(b))).cpu().numpy()


def centroid_cosine(x: Vectors, y: Vectors) -> float:
    """Cosine of the angle between the two centroids, in [−1, 1]; unlike `modality_gap` it does not see their lengths.

    Args:
        x, y: (N, d) image and (M, d) text vectors, unit rows.

    Raises:
        TypeError, ValueError: as `mmgap.metrics.unit_rows.unit_rows`, different widths, or a centroid at the origin,
            which has no direction.
    """
    x, y = unit_rows(x, "images"), unit_rows(y, "texts")
    same_width(x, y)
    a, b = x.mean, y.mean
    for name, centroid in (("images", a), ("texts", b)):
        if float(centroid.square().sum()) < _COINCIDENT:
            raise ValueError(f"{name}: the centroid is at the origin and has no direction")
    return float((a @ b / (a.norm() * b.norm())).clamp(-1, 1))


def misalignment(x: Vectors, y: Vectors, *, relevance: Any = None) -> float:
    """``mean ‖x_i − y_i‖² = 2 − 2·mean⟨x_i, y_i⟩`` over the relevant pairs, in [0, 4]; 0 iff pairs are equal.

    It is gap² plus the mean squared distance that is left after both centroids are taken off.

    Args:
        x: (N, d) image vectors, unit rows.
        y: (M, d) text vectors, unit rows.
        relevance: as `mmgap.metrics.recall_at_k`; None needs N = M.

    Raises:
        TypeError, ValueError: as `mmgap.metrics.unit_rows.unit_rows`, different widths, or counts without a relevance.
    """
    x, y, relation = _pairs_of(x, y, relevance)
    return float(exact_products.pair_products(x.tensor, y.tensor, relation.pairs)[1].mean())


def l2i(x: Vectors, y: Vectors, *, relevance: Any = None) -> float:
    """``mean ‖x_i − y_i‖`` over the relevant pairs, in [0, 2]; not squared, unlike `misalignment`.

    Arguments and errors as `misalignment`. Source: Schrodi et al., "Two effects, one trigger" (ICLR 2025).
    """
    x, y, relation = _pairs_of(x, y, relevance)
    return float((exact_products.pair_products(x.tensor, y.tensor, relation.pairs)[1] ** 0.5).mean())


def relative_modality_gap(x: Vectors, y: Vectors, *, relevance: Any = None) -> float:
    """``f(matched)/(f(matched) + ½(f(within images) + f(within texts)))``, ``f(c) = max(0, (1 − c)/2)``, in [0, 1].

    The distance of a pair relative to the spread of each modality: 0 iff pairs coincide (also where everything does,
    0/0), ½ where a pair is as far apart as two items of one modality. ``matched`` is the mean cosine of the relevant
    pairs, ``within`` the mean off-diagonal cosine. O(N·d): no pass over the similarity matrix.

    Args:
        x, y, relevance: as `misalignment`, with at least two rows each.

    Raises:
        TypeError, ValueError: as `misalignment`.

    Source: Schrodi et al., "Two effects, one trigger" (ICLR 2025).
    """
    x, y, relation = _pairs_of(x, y, relevance, at_least=2)
    within = x.mean_within, y.mean_within
    products, distances = exact_products.pair_products(x.tensor, y.tensor, relation.pairs)
    return _relative(float(products.mean()), float(distances.mean()), within)


def means_over_pairs(products: np.ndarray, distances: np.ndarray, within: tuple[float, float]) -> dict[str, float]:
    """Return every mean over pairs of an image and a text: `misalignment`, `relative_modality_gap`, `l2i`, cosines.

    Args:
        products, distances: (P,) ``⟨x_i, y_j⟩`` and ``‖x_i − y_j‖²`` of the pairs.
        within: mean off-diagonal cosine of the images, and of the texts.
    """
    lengths = float((distances**0.5).mean())
    return named_means(float(products.mean()), float(products.std()), float(distances.mean()), lengths, within)


def named_means(
    cosine: float, deviation: float, squared: float, distance: float, within: tuple[float, float]
) -> dict[str, float]:
    """Return `means_over_pairs` by their names, of the mean and the standard deviation of ``⟨x_i, y_j⟩`` and the means
    of ``‖x_i − y_j‖²`` and of ``‖x_i − y_j‖``."""
    return {
        "misalignment": squared,
        "rmg": _relative(cosine, squared, within),
        "l2i": distance,
        "cosine_matched_mean": cosine,
        "cosine_matched_std": deviation,
    }


def _relative(cosine: float, squared: float, within: tuple[float, float]) -> float:
    if squared <= _COINCIDENT:
        return 0.0
    apart, spread = _far(cosine), (_far(within[0]) + _far(within[1])) / 2
    return apart / (apart + spread) if apart + spread > 0 else 0.0


def _far(cosine: float) -> float:
    return max(0.0, (1 - cosine) / 2)


def _pairs_of(x: Vectors, y: Vectors, relevance: Any, at_least: int = 1) -> tuple[UnitRows, UnitRows, Relevance]:
    x, y = unit_rows(x, "images", at_least=at_least), unit_rows(y, "texts", at_least=at_least)
    same_width(x, y)
    return x, y, relevance_of(relevance, len(x), len(y))
