"""What the distances of pairs along the gap vary with: the language of the name, the drawing, the concept."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student

from mmgap.metrics.language_entries import SOURCES
from mmgap.stats.interval import Interval, check_level, checked


def variance_components(images: np.ndarray, texts: np.ndarray) -> np.ndarray:
    """Return the components of the variance of ``images[c, s] − texts[c, l]`` over concepts, styles and languages.

    Both sides are two-way layouts without replication, so the mean squares give unbiased estimates (Searle, Casella and
    McCulloch 1992, *Variance Components*, 4.7), which may be below 0: with n concepts, s styles and l languages

        σ²(style) = (MS(style) − MS(style × concept)) / n,   σ²(language) likewise,
        σ²(concept) = Var(ū_c) − MS(style × concept)/s − MS(language × concept)/l

    where ū_c is a concept's mean over styles and languages.

    Args:
        images: (n, s) one number for each concept in each style, n ≥ 3; with s = 1, style and its interplay with
            concepts are 0 and part of the concept's.
        texts: (n, l) one number for each concept in each language; l = 1 likewise.

    Returns:
        (5,) of `SOURCES`: language, style, concept, language × concept, style × concept.
    """
    style, style_concept = _levels(images)
    language, language_concept = _levels(texts)
    both = images.mean(1) - texts.mean(1)
    concept = both.var(ddof=1) - style_concept / images.shape[1] - language_concept / texts.shape[1]
    return np.array([language, style, concept, language_concept, style_concept])


def _levels(values: np.ndarray) -> tuple[float, float]:
    """Variance between columns, and between columns within rows."""
    n, levels = values.shape
    if levels == 1:
        return 0.0, 0.0
    means = values.mean(0)
    rest = values - means - values.mean(1, keepdims=True) + values.mean()
    within = float((rest**2).sum() / (n - 1) / (levels - 1))
    return float(means.var(ddof=1)) - within / n, within


def variance_shares(images: ArrayLike, texts: ArrayLike, *, level: float = 0.95) -> dict[str, Interval]:
    """Return each component's share of their sum, with an interval over concepts, of these languages and styles.

    The interval is the delete-one jackknife's over concepts, t with n − 1 degrees of freedom, cut at 0 and 1. Languages
    and styles are held: they are those that were asked about, not a sample of others.

    Args:
        images: (n, s) position along the gap of each concept's picture in each style, n ≥ 3.
        texts: (n, l) that of its name in each language.
        level: nominal coverage.

    Raises:
        ValueError: fewer than 3 concepts, different numbers of them, a NaN or infinity, nothing that varies.

    >>> import numpy as np
    >>> from mmgap.stats import variance_shares
    >>> rng = np.random.default_rng(0)
    >>> texts = rng.normal(size=28) + rng.normal(size=(160, 28))
    >>> found = variance_shares(rng.normal(size=(160, 4)) / 10, texts)
    >>> max(found, key=lambda source: found[source].value), found["language"].n
    ('language_concept', 160)
    """
    check_level(level)
    x, y = np.asarray(images, dtype=np.float64), np.asarray(texts, dtype=np.float64)
    if x.ndim != 2 or y.ndim != 2 or len(x) != len(y) or len(x) < 3:
        raise ValueError(f"shares of variance need (n, styles) and (n, languages), n ≥ 3, got {x.shape} and {y.shape}")
    for values, name in ((x, "images"), (y, "texts")):
        checked(values.ravel(), name)
    whole = _shares(x, y)
    without = np.array([_shares(np.delete(x, c, 0), np.delete(y, c, 0)) for c in range(len(x))])
    n = len(x)
    deviation = np.sqrt((n - 1) / n * ((without - without.mean(0)) ** 2).sum(0))
    reach = float(student.ppf((1 + level) / 2, n - 1)) * deviation
    return {
        source: Interval(
            float(np.clip(share, 0, 1)),
            float(np.clip(share - width, 0, 1)),
            float(np.clip(share + width, 0, 1)),
            level,
            n,
            "jackknife over concepts",
        )
        for source, share, width in zip(SOURCES, whole, reach, strict=True)
    }


def _shares(images: np.ndarray, texts: np.ndarray) -> np.ndarray:
    found = variance_components(images, texts)
    total = float(found.sum())
    if not (math.isfinite(total) and total > 0):
        raise ValueError("shares of variance: nothing varies")
    shares: np.ndarray = found / total
    return shares
