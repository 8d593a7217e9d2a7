"""Images drawn at random from vectors on disk, with all of their texts, in memory."""

from __future__ import annotations

import numpy as np

from mmgap.core.owned_texts import texts_of
from mmgap.core.row_files import StoredPair

#: Images that are drawn where nobody says how many: as many as the largest pools hold.
SAMPLE = 5000


def drawn_images(n: int, drawn: int, seed: int = 0) -> np.ndarray:
    """Return the numbers of the images that a sample is of, (drawn,), rising.

    >>> drawn_images(10, 3)
    array([5, 6, 9])
    """
    return np.sort(np.random.default_rng(seed).choice(n, drawn, replace=False))


def drawn_pairs(stored: StoredPair, drawn: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the vectors of drawn images, those of their texts, and of each text which of the drawn images owns it.

    Args:
        stored: as `mmgap.core.row_files.open_pair` finds it.
        drawn: images, at most as many as there are.
        seed: of the draw, `drawn_images`.
    """
    chosen = drawn_images(len(stored.images), drawn, seed)
    texts, places = texts_of(stored.owner, chosen)
    return stored.images.taken(chosen), stored.texts.taken(texts), places
