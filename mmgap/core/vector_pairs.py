"""A pair of sets of saved vectors, each row looked at before anything is measured, and the owner of each text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mmgap.core.counted_things import n_dimensions, n_images, n_texts
from mmgap.core.vector_content import Content, Unread, VectorFileError

if TYPE_CHECKING:
    import numpy as np

#: Rows that are looked at together.
_ROWS = 4096


@dataclass(frozen=True, eq=False)
class VectorPair:
    """Vectors as saved.

    Attributes:
        images: (N, d) floating, every row finite and not zero, unless faulty rows were asked for.
        texts: (M, d) likewise.
        owner: (M,) image row of each text, as it was found; None where nothing says so.
        name: names of the files.
        place: where the owner was found.
    """

    images: np.ndarray
    texts: np.ndarray
    owner: np.ndarray | None = None
    name: str = ""
    place: str = ""

    def paired(self, *, one_width: bool = True) -> VectorPair:
        """Return the same with an owner for every text, int64; row i of the texts belongs to row i where nobody says
        more.

        Args:
            one_width: images and texts must have as many dimensions; a space that joins them needs it not.

        Raises:
            VectorFileError: widths that differ; counts that differ where there is no owner; an owner of another shape
                or type, or out of range; an image without a text (the first one is named).
        """
        (n, width), (m, other) = self.images.shape, self.texts.shape
        if one_width and width != other:
            raise VectorFileError(
                f"{self.name}: images have {n_dimensions(width)}, texts {other}: both must live in one space"
            )
        return replace(self, owner=checked_owner(self.owner, n, m, self.name, self.place))


def checked_owner(owner: np.ndarray | None, n: int, m: int, name: str, place: str) -> np.ndarray:
    """Return the image of each of m texts, int64; row i of the texts belongs to row i where nobody says more.

    Raises:
        VectorFileError: as `VectorPair.paired`; the message begins with ``name``, or with the ``place`` of the owner.
    """
    import numpy as np

    if owner is None:
        check_counts(n, m, name)
        return np.arange(n)
    check_whole_numbers(owner, m, place)
    check_images(owner, 0, n, place)
    without = np.flatnonzero(np.bincount(owner.astype(np.int64), minlength=n) == 0)
    if len(without):
        raise VectorFileError(without_text(int(without[0]), len(without), n, place))
    return owner.astype(np.int64)


def check_counts(n: int, m: int, name: str) -> None:
    """Raise `VectorFileError` where there are not as many texts as images, and nobody says whose they are."""
    if n != m:
        raise VectorFileError(_uncounted(name, n, m))


def check_whole_numbers(owner: Any, m: int, place: str) -> None:
    """Raise `VectorFileError` where an owner is not one whole number for each of m texts."""
    if owner.shape != (m,) or owner.dtype.kind not in "iu":
        raise VectorFileError(
            f"{place}: the owner is one whole number a text, the row of its image: expected {m} integers, got"
            f" {owner.dtype} {owner.shape}"
        )


def check_images(owner: np.ndarray, start: int, n: int, place: str) -> None:
    """Raise `VectorFileError` where the owners of some texts, from ``start`` on, are not all of n images."""
    import numpy as np

    outside = np.flatnonzero((owner < 0) | (owner >= n))
    if len(outside):
        raise VectorFileError(
            f"{place}: text {start + int(outside[0])} belongs to image {owner[outside[0]]}, but there are images 0 to"
            f" {n - 1}: rows are counted from 0"
        )


def without_text(image: int, count: int, n: int, place: str) -> str:
    """Say that an image, the first of so many of n, has no text."""
    return f"{place}: image {image} has no text ({count} of {n} have none): leave such images out"


def floating_matrix(array: Content, place: str) -> np.ndarray:
    """Return ``array`` itself: floating rows of shape (N, d), whatever they hold.

    Raises:
        VectorFileError: it is not; the message begins with ``place``.
    """
    if isinstance(array, Unread):
        raise VectorFileError(f"{place} {array.why}")
    if array.ndim != 2 or not array.size or array.dtype.kind != "f":
        cures = {
            "i": "; save them as floats, array.astype('float32')",
            "c": "; save real numbers",
            "V": "; save one matrix of numbers, not a table of named columns",
        }
        cure = cures.get(array.dtype.kind.replace("u", "i").replace("b", "i"), "") if array.size else "; it is empty"
        raise VectorFileError(f"{place}: expected floating rows of shape (N, d), got {array.dtype} {array.shape}{cure}")
    return array


def checked_matrix(array: Content, place: str) -> np.ndarray:
    """Return ``array`` itself: floating rows of shape (N, d), each of them finite and not zero.

    Raises:
        VectorFileError: it is not; the message begins with ``place`` and names the first row at fault.
    """
    import numpy as np

    array = floating_matrix(array, place)
    unfit: list[int] = []
    zero: list[int] = []
    for start in range(0, len(array), _ROWS):
        rows = array[start : start + _ROWS]
        unfit += (start + np.flatnonzero(~np.isfinite(rows).all(axis=1))).tolist()
        zero += (start + np.flatnonzero(~rows.any(axis=1))).tolist()
    if unfit:
        column = int(np.flatnonzero(~np.isfinite(array[unfit[0]]))[0])
        raise VectorFileError(
            f"{place}: row {unfit[0]} holds NaN or infinity, {array[unfit[0], column]} in column {column} first"
            f" ({len(unfit)} of {len(array)} rows do): leave these pairs out, or encode them again"
        )
    if zero:
        raise VectorFileError(
            f"{place}: row {zero[0]} is zero ({len(zero)} of {len(array)} rows are), and a zero vector has no"
            " direction: leave these pairs out, or encode them again"
        )
    return array


def _uncounted(name: str, n: int, m: int) -> str:
    """What to do where counts differ."""
    several = (
        f"; with {n_texts(m // n)} an image in order, numpy.repeat(numpy.arange({n}), {m // n})" if m % n == 0 else ""
    )
    return (
        f"{name}: {n_images(n)} but {n_texts(m)}, so nothing says which text belongs to which image: save one row of"
        f" each per pair, or say the owner of each text, {m} whole numbers, by an array 'owner' in the file, by a third"
        f" file (vectors:IMAGES,TEXTS,OWNER; mmgap measure … --owner FILE){several}"
    )
