"""Which image a text belongs to, where an image may have several."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def owner_rows(owner: ArrayLike | None, images: int, texts: int, *, every: bool = True) -> np.ndarray:
    """Image row of each text, (texts,) int64; without ``owner`` row i belongs to image i.

    Args:
        owner: (texts,) image row of each text.
        images, texts: how many there are.
        every: whether every image needs a text.

    Raises:
        ValueError: counts that differ where there is no owner; an owner of another shape or type, or out of range;
            an image without a text where each needs one (the first one is named).
    """
    if owner is None:
        if images != texts:
            raise ValueError(f"{images} images but {texts} texts: give `owner`, the image row of each text")
        return np.arange(images)
    rows = np.asarray(owner)
    if rows.shape != (texts,) or not np.issubdtype(rows.dtype, np.integer):
        raise ValueError(f"owner: expected {texts} integers, one image row a text; got {rows.dtype} {rows.shape}")
    if rows.min() < 0 or rows.max() >= images:
        raise ValueError(f"owner: rows must lie in [0, {images}), found {rows.min()} to {rows.max()}")
    without = np.flatnonzero(np.bincount(rows, minlength=images) == 0)
    if every and len(without):
        raise ValueError(f"owner: image {without[0]} has no text ({len(without)} of {images} have none)")
    return rows.astype(np.int64)
