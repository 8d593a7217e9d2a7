"""One pass over all rows of one modality: what each row is by itself, without any other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mmgap.core.messages import Message
from mmgap.core.progress import progress_bar

#: Numbers that are converted to float64 together.
_BLOCK = 1 << 21


@dataclass(frozen=True, eq=False)
class SurveyedRows:
    """The vectors of one modality, and what every row is by itself.

    Attributes:
        name: "images" or "texts", which can be translated.
        vectors: (n, d) floating, as saved; maybe a memory map.
        finite: (n,) whether all numbers of a row are.
        norms: (n,) float64; 0 of a zero row, not a number where a row is not finite.
        equal: (n,) int64, the first row that has the same numbers.
        unit_mean: (d,) float64 mean of the usable rows, each over its norm.
    """

    name: Message
    vectors: np.ndarray
    finite: np.ndarray
    norms: np.ndarray
    equal: np.ndarray
    unit_mean: np.ndarray

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def width(self) -> int:
        """d, the number of dimensions."""
        return int(self.vectors.shape[1])

    @cached_property
    def usable(self) -> np.ndarray:
        """(n,) whether a row has a direction."""
        return self.finite & (self.norms > 0)

    @cached_property
    def usable_rows(self) -> np.ndarray:
        """The numbers of the usable rows."""
        return np.flatnonzero(self.usable)

    @cached_property
    def distinct(self) -> int:
        """How many different usable rows there are."""
        return len(np.unique(self.equal[self.usable]))

    def unit(self, rows: np.ndarray) -> np.ndarray:
        """(len(rows), d) float32 rows over their norms; all of them usable."""
        found = np.asarray(self.vectors[rows], dtype=np.float64) / self.norms[rows, None]
        return found.astype(np.float32)

    def centred(self, rows: np.ndarray) -> np.ndarray:
        """(len(rows), d) float32 unit rows of what is left without the mean row; zero where nothing is."""
        found = np.asarray(self.vectors[rows], dtype=np.float64) / self.norms[rows, None] - self.unit_mean
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        return np.divide(found, lengths, out=np.zeros_like(found), where=lengths > 1e-12).astype(np.float32)


def survey(vectors: np.ndarray, name: Message) -> SurveyedRows:
    """Return what a pass over the rows finds; (n, d) floating."""
    n, d = vectors.shape
    finite, norms, marks = np.empty(n, dtype=bool), np.empty(n), np.empty(n, dtype=np.int64)
    total, count = np.zeros(d), 0
    weights = np.random.default_rng(0).integers(-(2**62), 2**62, d) | 1
    step = max(1, _BLOCK // d)
    for start in progress_bar(range(0, n, step), desc=str(name), unit="block"):
        some = slice(start, min(start + step, n))
        as_saved = np.asarray(vectors[some])
        rows = as_saved.astype(np.float64)
        finite[some] = np.isfinite(rows).all(axis=1)
        rows[~finite[some]] = 0
        largest = np.abs(rows).max(axis=1, keepdims=True)
        scaled = np.divide(rows, largest, out=np.zeros_like(rows), where=largest > 0)
        lengths = np.sqrt(np.einsum("ij,ij->i", scaled, scaled))[:, None]
        norms[some] = (largest * lengths)[:, 0]
        marks[some] = ((rows + 0.0).view(np.int64) * weights).sum(axis=1)
        total += np.divide(scaled, lengths, out=scaled, where=lengths > 0).sum(axis=0)
        count += int((lengths > 0).sum())
    norms[~finite] = np.nan
    marks[~finite] = np.arange(n)[~finite]
    _, first, place = np.unique(marks, return_index=True, return_inverse=True)
    return SurveyedRows(name, vectors, finite, norms, first[place], total / max(count, 1))


def evenly(rows: np.ndarray, most: int) -> np.ndarray:
    """Return at most ``most`` of the rows, evenly spaced and in order.

    >>> evenly(np.arange(10), 4).tolist()
    [0, 3, 6, 9]
    """
    if len(rows) <= most:
        return rows
    return rows[np.linspace(0, len(rows) - 1, most).round().astype(np.int64)]
