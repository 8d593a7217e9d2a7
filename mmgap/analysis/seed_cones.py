"""The vectors of random networks, seed by seed: where they lie, and how narrow the cone of one seed is."""

from __future__ import annotations

import numpy as np


def points(vectors: np.ndarray) -> np.ndarray:
    """Return (seeds, N, 2) of (seeds, N, d) unit vectors: all of them on their first two principal components."""
    from sklearn.decomposition import PCA

    seeds, n, d = vectors.shape
    return PCA(2, svd_solver="full").fit_transform(vectors.reshape(-1, d)).reshape(seeds, n, 2)


def shares(vectors: np.ndarray) -> np.ndarray:
    """Return (2,) the share of the variance of all of them along each axis of `points`."""
    rows = vectors.reshape(-1, vectors.shape[-1]).astype(np.float64)
    return points(vectors).reshape(-1, 2).astype(np.float64).var(axis=0) / rows.var(axis=0).sum()


def cosines_of_seeds(vectors: np.ndarray) -> tuple[float, float]:
    """Return the mean cosine of two items under one seed, and of any two items under two seeds."""
    seeds, n, _ = vectors.shape
    centres = vectors.mean(axis=1, dtype=np.float64)
    products = centres @ centres.T
    within = (np.trace(products) / seeds * n - 1) / (n - 1)
    return float(within), float((products.sum() - np.trace(products)) / (seeds * (seeds - 1)))


def density_of_cosines(vectors: np.ndarray, bins: int = 100) -> tuple[np.ndarray, np.ndarray, float]:
    """Return edges (bins + 1,), density (bins,) and mean of all cosines between two items under one seed."""
    pairs = np.triu_indices(vectors.shape[1], 1)
    cosines = np.concatenate([(v @ v.T)[pairs] for v in vectors])
    edges = np.linspace(max(-1.0, np.floor(float(np.quantile(cosines, 0.001)) * 10) / 10), 1, bins + 1)
    return edges, np.histogram(cosines, edges)[0] / (len(cosines) * np.diff(edges)), float(cosines.mean())
