"""The gap beyond what a sample shows without any: corrected for noise, tested against none, with its interval."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from numpy.typing import ArrayLike

from mmgap.metrics.caption_owners import owner_rows
from mmgap.metrics.unit_rows import UnitRows, Vectors, same_width, unit_rows
from mmgap.stats.clusters import Clusters
from mmgap.stats.gap_moments import GapMoments
from mmgap.stats.interval import Interval, check_level
from mmgap.stats.sign_flips import FLIPS, Parts, flip_p_value_of, parts_of
from mmgap.stats.spread import several_clusters


@dataclass(frozen=True)
class GapEstimate:
    """The modality gap of a sample, and what it says of the population.

    Attributes:
        gap: ``‖mean x − mean y‖``, the plug-in, which any two finite sets show.
        noiseless: what is left of it without the noise of the means, 0 at and below ``floor``.
        floor: the gap at which ``noiseless`` becomes 0.
        p_value: of sign flips, under the hypothesis that there is no gap; at least ``1/(1 + flips)``.
        flips: patterns of signs drawn.
        level: nominal coverage of ``corrected``.
        parts, total, clusters: what it was made of, see `gap_estimate_of`.
    """

    gap: float
    noiseless: float
    floor: float
    p_value: float
    flips: int
    level: float
    parts: Parts = field(repr=False)
    total: np.ndarray = field(repr=False)
    clusters: Clusters = field(repr=False)

    @cached_property
    def corrected(self) -> Interval:
        """``noiseless`` with its interval, which is found when it is first asked for: it reads the sums once more."""
        low, high = GapMoments.of_parts(self.parts, self.total, self.clusters).ends(self.level)
        return Interval(self.noiseless, low, high, self.level, self.clusters.count, "inversion over clusters")


def gap_estimate(
    x: Vectors,
    y: Vectors,
    *,
    owner: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
    flips: int = FLIPS,
    seed: int = 0,
) -> GapEstimate:
    """Return the modality gap, corrected for the noise of its two means, with an interval and a test against no gap.

    With ``w_i = x_i − (N/M)·Σ_{texts j of i} y_j`` (so that ``mean w = mean x − mean y``) and ``S_g`` its sum over a
    cluster, ``U = (‖Σ S_g‖² − Σ‖S_g‖²)/(N² − Σ m_g²)`` is an unbiased estimate of the population's squared gap, and
    ``noiseless = √max(0, U)``. It is 0 exactly where the gap is at its floor ``√(Σ‖S_g‖²)/N``, which is
    ``√(misalignment/N)`` with one caption an image and none shared. The interval is found by inversion
    (`GapMoments.ends`); the p-value flips the sign of whole clusters.

    Args:
        x: (N, d) image vectors, N ≥ 2, unit rows.
        y: (M, d) text vectors, unit rows; row i belongs to image i, or to image ``owner[i]``.
        owner: (M,) row of ``x`` that each text belongs to; an image without a text counts with its own vector.
        clusters: (N,) label of each image's cluster (images that share a caption); by default each is its own.
        level: nominal coverage.
        flips: patterns of signs, drawn by ``seed``.

    Raises:
        TypeError, ValueError: as `mmgap.metrics.unit_rows.unit_rows`; shapes, owners or clusters that do not fit; all
            images in one cluster; a level outside (0, 1).

    >>> import numpy as np
    >>> from mmgap.stats import gap_estimate
    >>> x = np.eye(3)[[0, 0, 0, 0]]
    >>> found = gap_estimate(x, np.eye(3)[[1, 1, 1, 2]])
    >>> round(found.gap, 3), round(found.corrected.value, 3), found.corrected.n
    (1.275, 1.225, 4)
    """
    parts, groups = _gap_parts(x, y, owner, clusters)
    return gap_estimate_of(parts, groups, level=level, flips=flips, seed=seed)


def gap_estimate_of(
    parts: Parts, clusters: Clusters, *, level: float = 0.95, flips: int = FLIPS, seed: int = 0
) -> GapEstimate:
    """Return `gap_estimate` of cluster sums that are there some at a time.

    Args:
        parts: consecutive rows of what `gap_sums` returns, called again for each pass over them, and for the interval.
        clusters: the images of each.
        level, flips, seed: as `gap_estimate`.
    """
    check_level(level)
    several_clusters(clusters)
    total, own = np.zeros(()), 0.0
    for part in parts():
        total, own = total + part.sum(axis=0), own + float(np.vdot(part, part))
    squared = float(np.square(total).sum())
    return GapEstimate(
        gap=math.sqrt(squared) / clusters.n,
        noiseless=math.sqrt(max(0.0, (squared - own) / (clusters.n**2 - clusters.squares))),
        floor=math.sqrt(own) / clusters.n,
        p_value=flip_p_value_of(parts, total, clusters.count, flips=flips, seed=seed),
        flips=flips,
        level=level,
        parts=parts,
        total=total,
        clusters=clusters,
    )


def gap_sums(
    x: Vectors, y: Vectors, *, owner: ArrayLike | None = None, clusters: ArrayLike | None = None
) -> tuple[np.ndarray, Clusters]:
    """Return (G, d) sums ``S_g`` of ``w_i = x_i − (N/M)·Σ_{texts j of i} y_j`` over each cluster, and the clusters."""
    parts, groups = _gap_parts(x, y, owner, clusters)
    return np.concatenate(list(parts())), groups


def _gap_parts(x: Vectors, y: Vectors, owner: ArrayLike | None, clusters: ArrayLike | None) -> tuple[Parts, Clusters]:
    """What yields `gap_sums` some at a time, and the clusters; made anew each time where that is a difference of
    rows, which takes no longer than reading it from memory."""
    images, texts = unit_rows(x, "x", at_least=2), unit_rows(y, "y")
    same_width(images, texts)
    groups = Clusters.of(clusters, len(images))
    of_text = Clusters(groups.of_item[owner_rows(owner, len(images), len(texts), every=False)], groups.sizes)
    a, b, share = _array(images), _array(texts), len(images) / len(texts)
    if not (groups.in_order and of_text.in_order):
        return parts_of(groups.sums(a) - share * of_text.sums(b)), groups

    def parts() -> Iterator[np.ndarray]:
        for images, texts in zip(parts_of(a)(), parts_of(b)(), strict=True):
            rows = np.multiply(texts, -share, dtype=np.float64)
            rows += images
            yield rows

    return parts, groups


def _array(rows: UnitRows) -> np.ndarray:
    """The rows as NumPy has them; half precision as float32."""
    tensor = rows.tensor if rows.tensor.dtype in (torch.float32, torch.float64) else rows.tensor.float()
    return np.asarray(tensor.cpu().numpy())
