"""A retrieval problem with a known answer: what a foreign function is fed, in one form for all shapes of functions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Problem:
    """Rows (images, samples) and columns (texts, classes), and which of them belong together.

    Attributes:
        name: what is hostile in it, a key of `mmgap.testing.audit.made_problems.HOSTILE`; "benign" for none.
        images: (N, d) float64.
        texts: (M, d) float64.
        relevance: (N, M) bool: what is right.
        captions: texts of each image where all have as many, and they follow each other; 0 otherwise.
        dtype: of the arrays that the function gets; empty for the one that it is fed otherwise.
        given: (N, M) scores that stand for those of the vectors.
    """

    name: str
    images: np.ndarray
    texts: np.ndarray
    relevance: np.ndarray
    captions: int = 1
    dtype: str = ""
    given: np.ndarray | None = None

    @cached_property
    def scores(self) -> np.ndarray:
        """(N, M) cosines."""
        return self.scored("cosine")

    def scored(self, by: str) -> np.ndarray:
        """Return (N, M) scores, the higher the nearer: by "cosine", "dot" or "distance"."""
        if self.given is not None:
            return self.given
        if by == "cosine":
            return np.asarray(units(self.images) @ units(self.texts).T)
        products: np.ndarray = self.images @ self.texts.T
        if by == "dot":
            return products
        return np.asarray(2 * products - np.square(self.images).sum(1)[:, None] - np.square(self.texts).sum(1))

    @property
    def own(self) -> np.ndarray:
        """(M,) the first image that each text belongs to."""
        return np.asarray(self.relevance.argmax(axis=0))

    @property
    def targets(self) -> np.ndarray:
        """(N,) the first text, or the class, of each image."""
        return np.asarray(self.relevance.argmax(axis=1))

    @cached_property
    def kind(self) -> str:
        """ "pairs", "captions" (as many of each, in a row), "owned" (a text has one image), "classes" or "judged"."""
        rows, columns = self.relevance.sum(axis=1), self.relevance.sum(axis=0)
        if self.relevance.shape[0] == self.relevance.shape[1] and bool(self.relevance.diagonal().all()):
            return "pairs" if (rows == 1).all() and (columns == 1).all() else "judged"
        if (columns == 1).all() and (rows > 0).all():
            return "captions" if self.captions > 1 else "owned"
        return "classes" if (rows == 1).all() else "judged"

    def kept(self, rows: np.ndarray) -> Problem:
        """Return it with those rows alone, in that order, and the columns that belong to them."""
        columns = np.concatenate([np.flatnonzero(self.relevance[row]) for row in rows])
        if self.kind in ("classes", "judged"):
            columns = np.arange(len(self.texts)) if self.kind == "classes" else np.unique(columns)
        if self.kind == "judged" and self.relevance.shape[0] == self.relevance.shape[1]:
            columns = rows
        return self.part(rows, columns)

    def part(self, rows: np.ndarray, columns: np.ndarray) -> Problem:
        """Return it with those rows and columns, in those orders."""
        both = np.ix_(rows, columns)
        return replace(
            self,
            images=self.images[rows],
            texts=self.texts[columns],
            relevance=self.relevance[both],
            given=None if self.given is None else self.given[both],
        )

    def plain(self) -> dict[str, Any]:
        """Return it as JSON has it, from which the input can be made again."""
        return {
            "problem": self.name,
            "images": self.images.tolist(),
            "texts": self.texts.tolist(),
            "cosines": self.scores.tolist(),
            "right": [[int(row), int(column)] for row, column in np.argwhere(self.relevance)],
        }


def units(rows: np.ndarray) -> np.ndarray:
    """Return rows of norm 1; rows of zeros stay."""
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(norms == 0, 1, norms)
