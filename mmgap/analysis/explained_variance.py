"""How much of the variance of all vectors a map of them shows, from the cosines that are kept of them."""

from __future__ import annotations

import numpy as np

from mmgap.evaluation.item_arrays import Items


def explained_by(items: Items, places: np.ndarray) -> np.ndarray:
    """Return (2,) the share of the variance of all images and captions that lies along each axis of a map, in [0, 1].

    Vectors are of unit norm, so that their variance is 1 less the mean of all cosines, each with itself among them.

    Args:
        items: ``image_image`` (N, N), ``image_text`` (N, M) and ``text_text`` (M, M).
        places: (N + M, 2) on two principal components, images before captions.

    >>> one = {"image_image": np.eye(2), "image_text": np.zeros((2, 0)), "text_text": np.zeros((0, 0))}
    >>> explained_by(one, np.array([[0.5**0.5, 0.0], [-(0.5**0.5), 0.0]])).round(6).tolist()
    [1.0, 0.0]
    """
    sums = [float(np.sum(items[name], dtype=np.float64)) for name in ("image_image", "image_text", "text_text")]
    variance = 1 - (sums[0] + 2 * sums[1] + sums[2]) / len(places) ** 2
    along = np.var(np.asarray(places, dtype=np.float64), axis=0)
    return np.clip(along / variance, 0.0, 1.0) if variance > 1e-9 else np.full(2, np.nan)
