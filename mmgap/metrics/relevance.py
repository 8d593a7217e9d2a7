"""Which texts are right for which images: pairs, sorted both ways, and the image that owns each text."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from mmgap.core.number_runs import number_runs


@dataclass(frozen=True)
class Relevance:
    """A relation between N images and M texts in which every one of both has a partner.

    In `own` alone an image may stand without one: it owns no text.

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

    @cached_property
    def own(self) -> Relevance:
        """The pairs of a text and the image that owns it, alone; this very relation where it holds no others.

        Raises:
            ValueError: nobody can tell the owners.
        """
        owner = self.known_owner
        if len(self.pairs) == self.n_texts:  # each text is relevant to its owner, so to nobody else
            return self
        return _relation(np.stack([owner, np.arange(self.n_texts)], axis=1), self.n_images, self.n_texts, owner)

    @cached_property
    def clusters(self) -> np.ndarray:
        """(N,) int64 label of each image, equal for images that are linked by relevant texts, if over others.

        Labels run from 0 to G − 1 in the order in which they first appear: images of two clusters share no text.

        >>> relevance_of((["a", "b", "a"], ["a", "b", "a"]), 3, 3).clusters.tolist()
        [0, 1, 0]
        """
        if len(self.pairs) == self.n_texts:  # no text links two images
            return np.arange(self.n_images)
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import connected_components

        image, text = self.pairs.T
        nodes = self.n_images + self.n_texts
        links = csr_array((np.ones(len(image), dtype=np.int8), (image, self.n_images + text)), shape=(nodes, nodes))
        _, label = connected_components(links, directed=False)
        _, first, of_image = np.unique(label[: self.n_images], return_index=True, return_inverse=True)
        return np.argsort(np.argsort(first))[of_image].astype(np.int64)

    @property
    def known_owner(self) -> np.ndarray:
        """``owner``, where somebody can tell it; else a `ValueError` that asks for it."""
        if self.owner is None:
            raise ValueError(
                "`relevance` does not tell which image owns which text: give `owner`, one image index for each text"
            )
        return self.owner

    @property
    def one_text_each(self) -> bool:
        """No image owns two texts, so that a pool of images is a pool of as many texts."""
        return self.owner is not None and int(np.bincount(self.owner).max()) == 1

    def reordered(self, texts: np.ndarray) -> Relevance:
        """The same relation with its texts in another order, (M,) their present places."""
        place = np.empty(self.n_texts, dtype=np.int64)
        place[texts] = np.arange(self.n_texts)
        pairs = np.stack([self.pairs[:, 0], place[self.pairs[:, 1]]], axis=1)
        return _relation(pairs, self.n_images, self.n_texts, None if self.owner is None else self.owner[texts])


def relevance_of(relevance: Any, n_images: int, n_texts: int, owner: Any = None) -> Relevance:
    """Read what a caller gave as ``relevance``.

    Args:
        relevance: None (text i belongs to image i, or to ``owner[i]`` where that is given), a (P, 2) integer array of
            pairs (image, text) in any order, doubles allowed, or a tuple ``(image_groups, text_groups)`` of labels:
            equal labels match.
        owner: (M,) image index of each text. Without it, text j belongs to its only relevant image; else to image j
            where N = M and all pairs (j, j) match; else to image j // c where M = c·N and all those pairs match;
            else nobody can tell.

    Raises:
        ValueError: counts that do not fit, an index out of range, an image or a text without any partner (the first
            is named), an owner that is not relevant to its text.
    """
    if isinstance(relevance, Relevance):
        return relevance
    if owner is not None:
        owner = _valid_owner(owner, n_images, n_texts)
        if relevance is None:
            relevance = np.stack([owner, np.arange(n_texts)], axis=1)
    pairs = _pairs(relevance, n_images, n_texts)
    for side, (what, n) in enumerate((("image", n_images), ("text", n_texts))):
        alone = np.flatnonzero(np.bincount(pairs[:, side], minlength=n) == 0)
        if len(alone):
            raise ValueError(
                f"{what} {alone[0]} has no relevant partner ({len(alone)} of {n}); leave it out or pair it"
            )
    if owner is None:
        owner = _guess_owner(pairs, n_images, n_texts)
    else:
        strangers = np.flatnonzero(~_related(pairs, owner, n_texts))
        if len(strangers):
            raise ValueError(f"text {strangers[0]} is not relevant to image {owner[strangers[0]]}, which owns it")
    return _relation(pairs, n_images, n_texts, owner)


def _relation(pairs: np.ndarray, n_images: int, n_texts: int, owner: np.ndarray | None) -> Relevance:
    """From unique pairs in any order."""
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    starts = [
        np.concatenate([[0], np.cumsum(np.bincount(pairs[:, side], minlength=n))])
        for side, n in enumerate((n_images, n_texts))
    ]
    by_text = np.lexsort((pairs[:, 0], pairs[:, 1]))
    return Relevance(n_images, n_texts, pairs, starts[0], by_text, starts[1], owner)


def _valid_owner(owner: Any, n_images: int, n_texts: int) -> np.ndarray:
    owner = np.asarray(owner)
    fits = owner.shape == (n_texts,) and np.issubdtype(owner.dtype, np.integer)
    if not fits or owner.min() < 0 or owner.max() >= n_images:
        raise ValueError(f"owner must be {n_texts} image indices below {n_images}, one for each text")
    return owner.astype(np.int64)


def _pairs(relevance: Any, n_images: int, n_texts: int) -> np.ndarray:
    """(P, 2) pairs (image, text), each once, in their order."""
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
    image, text = pairs.astype(np.int64).T
    keys = np.sort(image * n_texts + text)
    return np.stack(np.divmod(keys[np.diff(keys, prepend=-1) > 0], n_texts), axis=1)


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
    return np.stack([np.repeat(np.arange(n_images), count), order[number_runs(first, count)]], axis=1)


def _related(pairs: np.ndarray, owner: np.ndarray, n_texts: int) -> np.ndarray:
    keys = pairs[:, 0] * n_texts + pairs[:, 1]
    wanted = owner * n_texts + np.arange(n_texts)
    return keys[np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)] == wanted


def _guess_owner(pairs: np.ndarray, n_images: int, n_texts: int) -> np.ndarray | None:
    if len(pairs) == n_texts:
        return pairs[np.argsort(pairs[:, 1]), 0]
    if n_texts % n_images == 0:
        owner = np.arange(n_texts) // (n_texts // n_images)
        if _related(pairs, owner, n_texts).all():
            return owner
    return None
