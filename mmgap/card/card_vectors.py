"""The vectors of a card: rows that can be measured, the image of each text, and what was left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmgap.core.counted_things import n_dimensions, n_images, n_texts
from mmgap.core.messages import Message
from mmgap.metrics.relevance import Relevance, relevance_of
from mmgap.spaces.row_blocks import blocks

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
    order = np.argsort(kept.owner, kind="stable")
    x, y, own = images[kept.images], texts[np.flatnonzero(kept.texts)[order]], kept.owner[order]
    if relevance is not None:
        relation = relevance_of(relevance, len(x), len(y), own)
    else:
        relation, more = _by_equal_vectors(x, y, own)
        notes += more
    return CardVectors(name, given, x, y, own, relation, tuple(notes), tuple(files))


@dataclass(frozen=True, eq=False)
class KeptRows:
    """Which rows can be measured.

    Attributes:
        images, texts: (N,) and (M,) masks.
        owner: of each text that is kept, in their order: its place among the images that are; None where nothing says
            it, or the widths differ.
        notes: what is left out and assumed.
    """

    images: np.ndarray
    texts: np.ndarray
    owner: np.ndarray | None
    notes: tuple[Message, ...]


def kept_rows(name: str, images: np.ndarray, texts: np.ndarray, owner: np.ndarray | None) -> KeptRows:
    """Return which rows of vectors can be measured, read in blocks; arguments and errors as `card_vectors`."""
    n, m = len(images), len(texts)
    notes: list[Message] = []
    good_image, good_text = _usable(images), _usable(texts)
    of_text = _owner(n, m, owner, notes)
    if of_text is None or images.shape[1] != texts.shape[1]:
        why = Message("nothing says which text belongs to which image ({n}, {m})", n=n_images(n), m=n_texts(m))
        if images.shape[1] != texts.shape[1]:
            why = Message("images have {n} and texts {m}", n=n_dimensions(images.shape[1]), m=texts.shape[1])
        notes.append(Message("Recall, thresholds and whatever needs pairs are left out: {why}.", why=why))
        notes += _left_out(int((~good_image).sum()), int((~good_text).sum()))
        _enough(name, good_image, good_text)
        return KeptRows(good_image, good_text, None, tuple(notes))
    kept_text = good_text & good_image[of_text]
    kept_image = good_image & (np.bincount(of_text[kept_text], minlength=n) > 0)
    notes += _left_out(int((~kept_image).sum()), int((~kept_text).sum()))
    _enough(name, kept_image, kept_text)
    return KeptRows(kept_image, kept_text, (np.cumsum(kept_image) - 1)[of_text[kept_text]], tuple(notes))


def _usable(rows: np.ndarray) -> np.ndarray:
    found = np.empty(len(rows), dtype=bool)
    for some in blocks(*rows.shape):
        block = rows[some]
        with np.errstate(over="ignore"):
            found[some] = np.isfinite(block).all(axis=1) & block.any(axis=1)
    return found


def _owner(n: int, m: int, owner: np.ndarray | None, notes: list[Message]) -> np.ndarray | None:
    if owner is not None:
        fits = owner.shape == (m,) and owner.dtype.kind in "iu" and m and owner.min() >= 0 and owner.max() < n
        return owner.astype(np.int64) if fits else None
    if m < n or m % n:
        return None
    if m > n:
        notes.append(Message("{times} texts follow each other for each image, as nobody says more.", times=m // n))
    return np.repeat(np.arange(n), m // n)


def _left_out(images: int, texts: int) -> list[Message]:
    parts = [
        n_images(images) if images else None,
        n_texts(texts) if texts else None,
    ]
    told = [part for part in parts if part is not None]
    if not told:
        return []
    what = told[0] if len(told) == 1 else Message("{a} and {b}", a=told[0], b=told[1])
    return [Message("Left out: {what}, as rows are zero or not finite.", what=what)]


def _enough(name: str, images: np.ndarray, texts: np.ndarray) -> None:
    n, m = int(images.sum()), int(texts.sum())
    if min(n, m) < 2:
        raise ValueError(f"{name}: {n_images(n)} and {n_texts(m)} can be measured; at least 2 of each are needed")


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
