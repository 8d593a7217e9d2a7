"""Bootstrap over images, with the captions of an image drawn along with it."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import ArrayLike

from mmgap.metrics.gaussian import gaussian_row_sums
from mmgap.metrics.inputs import Array, same_width, unit_rows
from mmgap.metrics.owner import owner_rows
from mmgap.stats.interval import BLOCK_ELEMENTS, Interval, Resampling, checked


def bootstrap_mean(
    values: ArrayLike,
    *,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Interval:
    """Percentile interval of a mean over items: R@k from per-query hits, a mean cosine from per-pair cosines.

    Args:
        values: (n,) one number per item, n ≥ 2.
        clusters: (n,) label of the group an item belongs to (the image of a caption). Whole groups are drawn, and
            the mean stays the mean over items. Ignoring groups whose members resemble each other makes the interval
            too narrow.
        level: nominal coverage.
        resamples: number of resamples, drawn by ``seed``.

    Returns:
        An `Interval` whose ``n`` is the number of clusters; of zero width where every value is the same.

    Raises:
        ValueError: fewer than 2 items or clusters, a NaN or infinity (named), lengths that differ, a level outside
            (0, 1).

    >>> from mmgap.stats import bootstrap_mean
    >>> hits = [1.0, 0.0] * 50
    >>> found = bootstrap_mean(hits)
    >>> found.value, 0.38 < found.low < 0.42, found.n
    (0.5, True, 100)
    """
    items = checked(values, "values")
    how = Resampling(level, resamples, seed)
    if clusters is None:
        return how.interval((items,), np.mean, _PERCENTILE)
    sums, counts = cluster_sums(items, clusters)
    if np.ptp(items) == 0:
        return how.no_spread(float(items[0]), len(sums), _PERCENTILE)
    return how.interval((sums, counts), _ratio, _PERCENTILE)


def bootstrap_gap(
    x: Array,
    y: Array,
    *,
    owner: ArrayLike | None = None,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
    raw: bool = False,
) -> Interval:
    """Interval of the modality gap ‖mean x − mean y‖ over resampled images.

    The basic (reflected) bootstrap of gap²: noise in the two means adds to the squared gap of a sample, and once more
    to that of a resample, so the percentiles of the resampled gap lie too high, most of all where the gap is nearly
    closed. Here the spread of the resampled gap² is laid, reflected, around gap² less its bias, and both that centre
    and the lower end stop at 0. With few images and a small gap the interval may therefore lie below ``value``, which
    is the plain gap of the sample: such a gap is no more than the noise of its two means. In simulations with 60
    images of two captions, nominal 95 % covers 93 to 94 % of clear gaps and more than 99 % of nearly closed ones.

    Args:
        x: (N, d) image vectors, N ≥ 2, unit rows.
        y: (M, d) text vectors, unit rows; row i belongs to image i, or to image ``owner[i]``.
        owner: (M,) row of ``x`` that each text belongs to; every image needs a text.
        level: nominal coverage.
        resamples: number of resamples, drawn by ``seed``; each is a weight per image, and blocks of weights meet the
            vectors in one matrix product, so memory is O(N·d) and independent of ``resamples``.
        raw: take vectors of any norm.

    Raises:
        TypeError, ValueError: as `mmgap.metrics.inputs.unit_rows`; shapes or owners that do not fit; a level outside
            (0, 1).
    """
    Resampling(level, resamples, seed)
    x, y = unit_rows(x, "x", at_least=2, raw=raw).double(), unit_rows(y, "y", raw=raw).double()
    same_width(x, y)
    n, rows = len(x), torch.from_numpy(owner_rows(owner, len(x), len(y)))
    texts = torch.zeros_like(x).index_add_(0, rows.to(x.device), y.to(x.device))
    counts = torch.bincount(rows, minlength=n).to(x)
    generator = np.random.default_rng(seed)

    def gap_squared(weights: torch.Tensor) -> torch.Tensor:
        return (weights @ x / n - weights @ texts / (weights @ counts)[:, None]).square().sum(1)

    squared = []
    for start in range(0, resamples, step := max(1, BLOCK_ELEMENTS // n)):
        squared.append(gap_squared(_image_weights(generator, min(step, resamples - start), n).to(x)).cpu().numpy())
    value = float(gap_squared(torch.ones(1, n).to(x)))
    found = np.concatenate(squared)
    mean, (q_low, q_high) = found.mean(), np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    centre = max(value - (mean - value), 0.0)
    low, high = max(centre - (q_high - mean), 0.0) ** 0.5, max(centre - (q_low - mean), 0.0) ** 0.5
    return Interval(value**0.5, float(low), float(high), level, n, resamples, "basic bootstrap of gap² over images")


def bootstrap_uniformity(
    x: Array,
    y: Array | None = None,
    *,
    owner: ArrayLike | None = None,
    t: float = 2.0,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Interval:
    """Interval of the uniformity of one modality, or of the mean of both, over resampled images.

    ``log mean_{i<j} k_ij`` is the logarithm of a U-statistic. Resampling it outright would count an image against its
    own copy; instead it is linearised (Hájek projection and delta method): with ``h_i`` the mean of ``k_ij`` over the
    other rows and θ their mean, ``U ≈ mean(log θ + 2·(h_i/θ − 1))``, a mean over rows, which is resampled. One pass
    over the kernel in all, O(N²·d) time, no N×N memory. Where rows are nearly uniform on the sphere the interval is
    somewhat too wide.

    Args:
        x: (N, d) vectors, N ≥ 2, unit rows.
        y: (M, d) texts of the same images, M ≥ 2; given, the value is the mean of the two uniformities.
        owner: (M,) row of ``x`` that each text belongs to; by default row i belongs to image i.
        t: the kernel is ``exp(−t‖a − b‖²)``.
        level, resamples, seed: as `bootstrap_mean`.

    Raises:
        TypeError, ValueError: as `bootstrap_gap`.
    """
    if not t > 0:
        raise ValueError(f"t must be positive, got {t}")
    images = unit_rows(x, "x", at_least=2)
    terms = _uniformity_terms(images, t)
    how, method = Resampling(level, resamples, seed), f"{_PERCENTILE}, linearised"
    if y is None:
        return how.interval((terms,), np.mean, method)
    texts = unit_rows(y, "y", at_least=2)
    same_width(images, texts)
    rows = owner_rows(owner, len(images), len(texts))
    sums = np.bincount(rows, weights=_uniformity_terms(texts, t), minlength=len(images))
    counts = np.bincount(rows, minlength=len(images)).astype(float)

    def mean_of_both(a: np.ndarray, b: np.ndarray, c: np.ndarray, axis: int) -> np.ndarray:
        return (a.mean(axis) + _ratio(b, c, axis)) / 2

    return how.interval((terms, sums, counts), mean_of_both, method)


_PERCENTILE = "percentile bootstrap over images"


def cluster_sums(values: np.ndarray, clusters: ArrayLike | None) -> tuple[np.ndarray, np.ndarray]:
    """Sum and number of the values of each cluster; without clusters each value is its own."""
    if clusters is None:
        return values, np.ones(len(values))
    labels = np.asarray(clusters)
    if labels.shape != values.shape:
        raise ValueError(f"clusters: expected one label for each of {len(values)} values, got shape {labels.shape}")
    _, group = np.unique(labels, return_inverse=True)
    counts = np.bincount(group).astype(float)
    if len(counts) < 2:
        raise ValueError("clusters: all values belong to one cluster; an interval needs at least 2")
    return np.bincount(group, weights=values), counts


def _ratio(sums: np.ndarray, counts: np.ndarray, axis: int) -> np.ndarray:
    return sums.sum(axis) / counts.sum(axis)


def _image_weights(generator: np.random.Generator, resamples: int, n: int) -> torch.Tensor:
    """How often each image was drawn, (resamples, n)."""
    drawn = generator.integers(n, size=(resamples, n)) + n * np.arange(resamples)[:, None]
    return torch.from_numpy(np.bincount(drawn.ravel(), minlength=resamples * n).reshape(resamples, n))


def _uniformity_terms(v: torch.Tensor, t: float) -> np.ndarray:
    """Terms whose mean is log mean_{i<j} exp(−t‖v_i − v_j‖²), one per row."""
    h = gaussian_row_sums(v, None, t) / (len(v) - 1)
    theta = h.mean()
    return (theta.log() + 2 * (h / theta - 1)).cpu().numpy()
