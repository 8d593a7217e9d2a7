"""Banks of train vectors, which scorers weigh a gallery by; never one of the queries that are asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from mmgap.core.drawn_rows import some_of
from mmgap.core.messages import Message
from mmgap.spaces.affine import SpaceError
from mmgap.spaces.pairs import Pairs
from mmgap.spaces.row_blocks import as_rows, blocks, unit

Modality: TypeAlias = Literal["image", "text"]

#: Vectors of unit length nearer than this are the same one: rounding to float16 moves a vector by about .0003.
SAME = 1e-3


@dataclass(frozen=True, eq=False)
class QueryBank:
    """Unit rows of train.

    Attributes:
        images: (B, d).
        texts: (B', d).
    """

    images: np.ndarray
    texts: np.ndarray

    @classmethod
    def drawn(cls, train: Pairs, size: int) -> QueryBank:
        """Return at most ``size`` images and as many texts, drawn once and for all."""
        rng = np.random.default_rng(0)
        images, texts = (
            side if len(side) <= size else side[np.sort(some_of(len(side), size, rng))]
            for side in (as_rows(train.images), as_rows(train.texts))
        )
        return cls(unit(images), unit(texts))

    def of(self, modality: Modality) -> np.ndarray:
        """Return the rows of one modality.

        Raises:
            ValueError: it is neither.
        """
        if modality not in ("image", "text"):
            raise ValueError(f"queries are 'image' or 'text', got {modality!r}")
        return self.images if modality == "image" else self.texts

    def part(self, images: np.ndarray, texts: np.ndarray) -> QueryBank:
        """Return the bank of some of its rows, each a mask."""
        return QueryBank(self.images[images], self.texts[texts])

    def refuse(self, queries: np.ndarray, modality: Modality) -> None:
        """Raise `SpaceError` where the bank holds some of the queries, or nothing at all."""
        bank = self.of(modality)
        shared = int(among(queries, bank).sum())
        if shared:
            raise SpaceError(
                Message(
                    "{shared} of {n} {modality} queries are in the bank that the space was fitted with, so that their"
                    " scores would be known beforehand: fit it on other pairs than those it is used on",
                    shared=shared,
                    n=len(queries),
                    modality=modality,
                )
            )
        if not len(bank):
            raise SpaceError(f"the bank holds no {modality} but those that are asked: fit it on other pairs")


def among(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return which unit rows are also among the others, (N,) bool, whatever the precision of either.

    >>> among(np.eye(3), np.eye(3)[[2]].astype(np.float16)).tolist()
    [False, False, True]
    """
    found = np.zeros(len(rows), dtype=bool)
    if not len(rows) or not len(others) or rows.shape[1] != others.shape[1]:
        return found
    direction = np.random.default_rng(0).normal(size=rows.shape[1])
    place, there = rows @ direction, others @ direction  # equal rows lie at equal places of a line
    order = np.argsort(there)
    first = np.searchsorted(
        there[order], place - 6 * SAME
    )  # six standard deviations of what a difference of SAME makes
    last = np.searchsorted(there[order], place + 6 * SAME, side="right")
    for i in np.flatnonzero(last > first):
        near = others[order[first[i] : last[i]]].astype(np.float64)
        found[i] = bool((np.linalg.norm(near - rows[i], axis=1) < SAME).any())
    return found


def of_gallery(gallery: np.ndarray, bank: np.ndarray, read: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Return what ``read`` makes of (rows, B) cosines with a bank, (N,), some rows of the gallery at a time."""
    return np.concatenate([read(gallery[rows] @ bank.T) for rows in blocks(len(gallery), len(bank), 1 << 22)])


def first_answers(queries: np.ndarray, gallery: np.ndarray) -> np.ndarray:
    """Return the nearest item of each query, (Q,) places in the gallery."""
    return of_gallery(queries, gallery, lambda scores: scores.argmax(axis=1))


def extended_by(rows: np.ndarray, column: np.ndarray | float) -> np.ndarray:
    """Return (N, d + 1) rows with one more coordinate."""
    added = np.broadcast_to(np.asarray(column, dtype=rows.dtype), len(rows))
    return np.concatenate([rows, added[:, None]], axis=1)


def log_sum_exp(values: np.ndarray) -> np.ndarray:
    """Return ``log Σ exp`` of each row, (N,); the values are written over."""
    largest = values.max(axis=1)
    values -= largest[:, None]
    return np.log(np.exp(values, out=values).sum(axis=1)) + largest
