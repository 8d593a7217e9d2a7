"""The vectors of a card: rows that can be measured, the image of each text, and what was left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmgap.card.kept_rows import kept_rows
from mmgap.core.counted_things import n_images, n_texts
from mmgap.core.messages import Message
from mmgap.metrics.relevance import Relevance, relevance_of

#: More relevant pairs a row than this are no captions that images share, but a fault.
_MOST = 20


@dataclass(frozen=True, eq=False)
class CardVectors:
    """Vectors as they were given, and those of them that can be measured.

    Attributes:
        name: what a card calls them.
        given: images (N, d), texts (M, d'), owner (M,) or None, as they were found: what the doctor looks at.
        images, texts: rows that are finite and not zero; texts in the order of their images where they have any.
        owner: (M,) row in ``images`` of each text; None where nothing says it.
        relation: what counts as right; None likewise.
        notes: what was left out and assumed.
        files: names that may say what is in the files.
    """

    name: str
    given: tuple[np.ndarray, np.ndarray, np.ndarray | None]
    images: np.ndarray
    texts: np.ndarray
    owner: np.ndarray | None
    relation: Relevance | None
    notes: tuple[Message, ...]
    files: tuple[str, ...] = ()


def card_vectors(
    name: str,
    images: np.ndarray,
    texts: np.ndarray,
    owner: np.ndarray | None = None,
    *,
    relevance: Any = None,
    files: Sequence[str] = (),
) -> CardVectors:
    """Return what can be measured.

    Rows that are zero or not finite are left out with all that belongs to them. Without an owner, row i belongs to row
    i where there are as many of both, and M/N texts follow each other for each image where that is a whole number.

    Args:
        name: what a card calls them.
        images: (N, d) floating, any numbers.
        texts: (M, d') likewise.
        owner: (M,) the image of each text.
        relevance: as `mmgap.metrics.relevance.relevance_of` takes it, of rows that are all usable; by default images
            with equal vectors, and texts with equal vectors, stand for one another.
        files: names of the files.

    Raises:
        ValueError: fewer than two usable images or texts.

    >>> x = np.eye(3, 4)
    >>> x[1] = np.nan
    >>> found = card_vectors("made", x, np.eye(3, 4))
    >>> len(found.images), found.owner.tolist(), found.notes
    (2, [0, 1], ('Left out: 1 image and 1 text, as rows are zero or not finite.',))
    """
    given = images, texts, owner
    kept = kept_rows(name, images, texts, owner)
    notes = list(kept.notes)
    if kept.owner is None:
        chosen = images[kept.images], texts[kept.texts]
        return CardVectors(name, given, *chosen, None, None, kept.notes, tuple(files))
    order = np.argsort(kept.owner[:], kind="stable")
    x, y, own = images[kept.images], texts[np.flatnonzero(kept.texts)[order]], kept.owner[order]
    if relevance is not None:
        relation = relevance_of(relevance, len(x), len(y), own)
    else:
        relation, more = _by_equal_vectors(x, y, own)
        notes += more
    return CardVectors(name, given, x, y, own, relation, tuple(notes), tuple(files))


def _by_equal_vectors(images: np.ndarray, texts: np.ndarray, owner: np.ndarray) -> tuple[Relevance, list[Message]]:
    """Own pairs, and those of images and texts whose vectors equal theirs."""
    image, text = _labels(images), _labels(texts)
    n, m = len(images), len(texts)
    if len(np.unique(image)) == n and len(np.unique(text)) == m:
        return relevance_of(None, n, m, owner), []
    kinds = np.unique(np.stack([image[owner], text], axis=1), axis=0)
    sizes = np.bincount(image)[kinds[:, 0]] * np.bincount(text)[kinds[:, 1]]
    if sizes.sum() > _MOST * max(n, m):
        return relevance_of(None, n, m, owner), [
            Message(
                "So many rows have equal vectors that these are no captions that images share: own pairs alone are"
                " relevant."
            )
        ]
    of_image, of_text = _members(image), _members(text)
    pairs = np.concatenate(
        [np.stack(np.meshgrid(of_image[a], of_text[b]), axis=-1).reshape(-1, 2) for a, b in kinds.tolist()]
    )
    alike = m - len(np.unique(text)), n - len(np.unique(image))
    note = Message(
        "Equal to an earlier one: {texts}, {images}. Equal ones count as the same, so that each is right wherever the"
        " other is.",
        texts=n_texts(alike[0]),
        images=n_images(alike[1]),
    )
    return relevance_of(pairs, n, m, owner), [note]


def _labels(rows: np.ndarray) -> np.ndarray:
    """(n,) equal where rows are equal to the bit."""
    whole = np.ascontiguousarray(rows)
    keys = whole.view(np.dtype((np.void, whole.dtype.itemsize * whole.shape[1]))).ravel()
    return np.unique(keys, return_inverse=True)[1].ravel()


def _members(labels: np.ndarray) -> list[np.ndarray]:
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.cumsum(np.bincount(labels))[:-1])
