"""One pass over all rows of one modality: what each row is by itself, without any other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from mmgap.core.disk_buckets import first_equal
from mmgap.core.messages import Message
from mmgap.core.progress import progress_bar
from mmgap.core.rows_on_disk import RowsOnDisk
from mmgap.core.scratch_array import ScratchArray, spans
from mmgap.diagnosis.chosen_rows import ChosenRows

#: One for each row, in memory or on disk.
Numbers: TypeAlias = np.ndarray | ScratchArray

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

    What is of each row is on disk where the vectors stay there: rules read it some rows at a time.
    """

    name: Message
    vectors: np.ndarray
    finite: Numbers
    norms: Numbers
    equal: Numbers
    unit_mean: np.ndarray

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def width(self) -> int:
        """d, the number of dimensions."""
        return int(self.vectors.shape[1])

    def usable(self, rows: slice | np.ndarray) -> np.ndarray:
        """(len(rows),) whether a row has a direction."""
        return np.asarray(self.finite[rows] & (self.norms[rows] > 0))

    def copied(self, rows: slice) -> np.ndarray:
        """(len(rows),) whether a usable row equals an earlier one."""
        return self.usable(rows) & (self.equal[rows] != np.arange(rows.start, rows.stop))

    @cached_property
    def usable_rows(self) -> ChosenRows:
        """The usable rows."""
        return ChosenRows(len(self), self.usable)

    @cached_property
    def copies(self) -> ChosenRows:
        """The usable rows that equal an earlier one."""
        return ChosenRows(len(self), self.copied)

    @cached_property
    def distinct_rows(self) -> ChosenRows:
        """The usable rows that equal no earlier one."""
        return self.usable_rows.without(self.copies)

    @property
    def distinct(self) -> int:
        """How many different usable rows there are."""
        return len(self.usable_rows) - len(self.copies)

    def lengths(self, rows: ChosenRows) -> Iterator[np.ndarray]:
        """Yield the norms of some rows, some at a time."""
        return (self.norms[some][rows.holds(some)] for some in spans(len(self)))

    def doubles(self, rows: np.ndarray) -> np.ndarray:
        """(len(rows), d) float64 rows over their norms; all of them usable."""
        return np.asarray(self.vectors[rows], dtype=np.float64) / self.norms[rows][:, None]

    def unit(self, rows: np.ndarray) -> np.ndarray:
        """The same in float32."""
        return self.doubles(rows).astype(np.float32)

    def centred(self, rows: np.ndarray) -> np.ndarray:
        """(len(rows), d) float32 unit rows of what is left without the mean row; zero where nothing is."""
        found = self.doubles(rows) - self.unit_mean
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        return np.divide(found, lengths, out=np.zeros_like(found), where=lengths > 1e-12).astype(np.float32)


def survey(vectors: np.ndarray, name: Message) -> SurveyedRows:
    """Return what a pass over the rows finds; (n, d) floating."""
    (n, d), array = vectors.shape, ScratchArray if isinstance(vectors, RowsOnDisk) else np.empty
    finite, norms, marks = array(n, bool), array(n, np.float64), array(n, np.int64)
    total, count = np.zeros(d), 0
    weights = np.random.default_rng(0).integers(-(2**62), 2**62, d) | 1
    step = max(1, _BLOCK // d)
    for start in progress_bar(range(0, n, step), desc=str(name), unit="block"):
        some = slice(start, min(start + step, n))
        as_saved = np.asarray(vectors[some])
        rows = as_saved.astype(np.float64)
        good = np.isfinite(rows).all(axis=1)
        finite[some], rows[~good] = good, 0
        largest = np.abs(rows).max(axis=1, keepdims=True)
        scaled = np.divide(rows, largest, out=np.zeros_like(rows), where=largest > 0)
        lengths = np.sqrt(np.einsum("ij,ij->i", scaled, scaled))[:, None]
        norms[some] = np.where(good, (largest * lengths)[:, 0], np.nan)
        mark = ((rows + 0.0).view(np.int64) * weights).sum(axis=1)
        marks[some] = np.where(good, mark, np.arange(some.start, some.stop))
        total += np.divide(scaled, lengths, out=scaled, where=lengths > 0).sum(axis=0)
        count += int((lengths > 0).sum())
    return SurveyedRows(name, vectors, finite, norms, first_rows(marks), total / max(count, 1))


def first_rows(keys: Numbers) -> Numbers:
    """Return (n,) the first row that has the same of n whole numbers.

    >>> first_rows(np.array([5, 7, 5])).tolist()
    [0, 1, 0]
    """
    if isinstance(keys, ScratchArray):
        return first_equal((keys[some] for some in spans(len(keys))), len(keys))
    _, first, place = np.unique(keys, return_index=True, return_inverse=True)
    return np.asarray(first[place])


def evenly(rows: np.ndarray, most: int) -> np.ndarray:
    """Return at most ``most`` of the rows, evenly spaced and in order.

    >>> evenly(np.arange(10), 4).tolist()
    [0, 3, 6, 9]
    """
    if len(rows) <= most:
        return rows
    return rows[np.linspace(0, len(rows) - 1, most).round().astype(np.int64)]
