"""The cosines of images with their own captions under two encoders: by category, and what each image gained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmgap.core.text_arrays import texts_of
from mmgap.evaluation.item_arrays import Items


@dataclass(frozen=True)
class CategoryCosines:
    """Cosines of pairs by category.

    Attributes:
        categories: K of them, "" for images without one.
        means: (E, K), under each encoder.
        deviations: (E, K) standard deviations over pairs, which divide by n.
        found: how many categories there are in all.
    """

    categories: list[str]
    means: np.ndarray
    deviations: np.ndarray
    found: int


def cosines_by_category(encoders: Sequence[Items], most: int) -> CategoryCosines:
    """Return the figures of the largest categories, in the order they are met.

    Args:
        encoders: of each ``diagonal`` (M,); of the first ``owner`` (M,) and ``categories``.
        most: so many categories at most.
    """
    of_pair = np.array(texts_of(encoders[0]["categories"]), dtype=object)[encoders[0]["owner"]]
    found, sizes = np.unique(of_pair, return_counts=True)
    largest = set(found[np.argsort(-sizes, kind="stable")[:most]])
    chosen = [name for name in dict.fromkeys(of_pair) if name in largest]
    own = [[items["diagonal"][of_pair == name].astype(np.float64) for name in chosen] for items in encoders]
    means, deviations = (np.array([[how(v) for v in values] for values in own]) for how in (np.mean, np.std))
    return CategoryCosines(chosen, means, deviations, len(found))


def gains(before: Items, after: Items) -> tuple[np.ndarray, np.ndarray]:
    """Return what each image with captions gained, largest first, and the images' numbers in that order, (n,) each.

    Args:
        before, after: ``diagonal`` (M,) of both; ``owner`` (M,) of the first.
    """
    images, place = np.unique(before["owner"], return_inverse=True)
    change = np.asarray(after["diagonal"], dtype=np.float64) - np.asarray(before["diagonal"], dtype=np.float64)
    gained = np.bincount(place, weights=change) / np.bincount(place)
    sorting = np.argsort(-gained, kind="stable")
    return gained[sorting], images[sorting]
