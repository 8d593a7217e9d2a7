"""Which texts are right for which images: pairs, sorted both ways, and the image that owns each text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Relevance:
    """A relation between N images and M texts in which every one of both has a partner.

    Attributes:
        n_images, n_texts: N and M.
        pairs: (P, 2) int64 (image, text), unique, sorted by image, then by text.
        image_start: (N + 1,) pairs ``image_start[i]:image_start[i + 1]`` are those of image ``i``.
        by_text: (P,) the order of ``pairs`` sorted by text, then by image.
        text_start: (M + 1,) places in ``by_text``, as ``image_start``.
        owner: (M,) the image each text came with, which pools draw together with it; None where it cannot be told.
    """

    n_images: int
    n_texts: int
    pairs: np.ndarray
    image_start: np.ndarray
    by_text: np.ndarray
    text_start: np.ndarray
    owner: np.ndarray | None

    @property
    def one_text_each(self) -> bool:
        """No image owns two texts, so that a pool of images is a pool of as many texts."""
        return self.owner is not None and len(np.unique(self.owner)) == self.n_texts

    def within(self, images: np.ndarray, texts: np.ndarray) -> Relevance:
        """The relation of the chosen ``images`` and ``texts``, renumbered in their order."""
        image_place = np.full(self.n_images, -1)
        image_place[images] = np.arange(len(images))
        text_place = np.full(self.n_texts, -1)
        text_place[texts] = np.arange(len(texts))
        pairs = np.stack([image_place[self.pairs[:, 0]], text_place[self.pairs[:, 1]]], axis=1)
        owner = None if self.owner is None else image_place[self.owner[texts]]
        return relevance_of(pairs[(pairs >= 0).all(axis=1)], len(images), len(texts), owner)


def relevance_of(relevance: Any, n_images: int, n_texts: int, owner: Any = None) -> Relevance:
    """Read what a caller gave as ``relevance``.

    Args:
        relevance: None (text i belongs to image i), a (P, 2) integer array of pairs (image, text) in any order,
            doubles allowed, or a tuple ``(image_groups, text_groups)`` of labels: equal labels match.
        owner: (M,) image index of each text. Without it, text j belongs to its only relevant image; else to image j
            where N = M and all pairs (j, j) match; else to image j // c where M = c·N and all those pairs match;
            else nobody can tell.

    Raises:
        ValueError: counts that do not fit, an index out of range, an image or a text without any partner (the first
            is named), an owner that is not relevant to its text.
    """
    if isinstance(relevance, Relevance):
        return relevance
    pairs = np.unique(_pairs(relevance, n_images, n_texts), axis=0)
    image_start = _starts(pairs[:, 0], n_images, "image")
    by_text = np.lexsort((pairs[:, 0], pairs[:, 1]))
    text_start = _starts(pairs[by_text, 1], n_texts, "text")
    if owner is None:
        owner = _guess_owner(pairs, by_text, n_images, n_texts)
    else:
        owner = np.asarray(owner, dtype=np.int64)
        if owner.shape != (n_texts,) or owner.min() < 0 or owner.max() >= n_images:
            raise ValueError(f"owner must be {n_texts} image indices below {n_images}, one for each text")
        strangers = np.flatnonzero(~_related(pairs, owner, n_texts))
        if len(strangers):
            raise ValueError(f"text {strangers[0]} is not relevant to image {owner[strangers[0]]}, which owns it")
    return Relevance(n_images, n_texts, pairs, image_start, by_text, text_start, owner)


def _pairs(relevance: Any, n_images: int, n_texts: int) -> np.ndarray:
    if relevance is None:
        if n_images != n_texts:
            raise ValueError(f"{n_images} images but {n_texts} texts: pairs need equal counts, or give `relevance`")
        return np.repeat(np.arange(n_images, dtype=np.int64)[:, None], 2, axis=1)
    if isinstance(relevance, tuple):
        return _pairs_of_groups(relevance, n_images, n_texts)
    pairs = np.asarray(relevance)
    if pairs.ndim != 2 or pairs.shape[1] != 2 or not np.issubdtype(pairs.dtype, np.integer):
        raise ValueError(
            "relevance must be a (P, 2) integer array of (image, text) index pairs or a tuple (image_groups,"
            f" text_groups) of labels, got shape {pairs.shape} and dtype {pairs.dtype}"
        )
    outside = np.flatnonzero((pairs < 0).any(axis=1) | (pairs[:, 0] >= n_images) | (pairs[:, 1] >= n_texts))
    if len(outside):
        raise ValueError(
            f"relevance row {outside[0]} is {tuple(pairs[outside[0]].tolist())}, outside {n_images} images and"
            f" {n_texts} texts"
        )
    return pairs.astype(np.int64)


def _pairs_of_groups(groups: tuple[Any, ...], n_images: int, n_texts: int) -> np.ndarray:
    labels = [np.asarray(g) for g in groups]
    if [g.shape for g in labels] != [(n_images,), (n_texts,)]:
        raise ValueError(
            f"relevance groups must be one label for each of {n_images} images and {n_texts} texts,"
            f" got shapes {[g.shape for g in labels]}"
        )
    _, label = np.unique(np.concatenate(labels), return_inverse=True)
    image, text = label[:n_images], label[n_images:]
    order = np.argsort(text, kind="stable")
    first = np.searchsorted(text[order], image, side="left")
    count = np.searchsorted(text[order], image, side="right") - first
    place = np.arange(count.sum()) + np.repeat(first - (np.cumsum(count) - count), count)
    return np.stack([np.repeat(np.arange(n_images), count), order[place]], axis=1)


def _starts(sorted_index: np.ndarray, n: int, what: str) -> np.ndarray:
    counts = np.bincount(sorted_index, minlength=n)
    alone = np.flatnonzero(counts == 0)
    if len(alone):
        raise ValueError(f"{what} {alone[0]} has no relevant partner ({len(alone)} of {n}); leave it out or pair it")
    return np.concatenate([[0], np.cumsum(counts)])


def _related(pairs: np.ndarray, owner: np.ndarray, n_texts: int) -> np.ndarray:
    keys = pairs[:, 0] * n_texts + pairs[:, 1]
    wanted = owner * n_texts + np.arange(n_texts)
    return keys[np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)] == wanted


def _guess_owner(pairs: np.ndarray, by_text: np.ndarray, n_images: int, n_texts: int) -> np.ndarray | None:
    if len(pairs) == n_texts:
        return pairs[by_text, 0]
    if n_texts % n_images == 0:
        owner = np.arange(n_texts) // (n_texts // n_images)
        if _related(pairs, owner, n_texts).all():
            return owner
    return None
