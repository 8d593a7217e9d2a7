"""Which rows of vectors can be measured, in memory or on disk: what is known of each row lies where the vectors do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from mmgap.core.counted_things import n_dimensions, n_images, n_texts
from mmgap.core.disk_buckets import counts_of
from mmgap.core.messages import Message
from mmgap.core.rows_on_disk import RowsOnDisk
from mmgap.core.scratch_array import ScratchArray, gathered, spans
from mmgap.core.stored_owner import are_images, image_of_each
from mmgap.spaces.row_blocks import blocks

#: One for each row, in memory or on disk.
Numbers: TypeAlias = np.ndarray | ScratchArray


@dataclass(frozen=True, eq=False)
class KeptRows:
    """Which rows can be measured.

    Attributes:
        images, texts: (N,) and (M,) masks.
        owner: of each text that is kept, in their order: its place among the images that are; None where nothing says
            it, or the widths differ.
        notes: what is left out and assumed.
    """

    images: Any
    texts: Any
    owner: Any
    notes: tuple[Message, ...]


def kept_rows(name: str, images: np.ndarray, texts: np.ndarray, owner: Any) -> KeptRows:
    """Return which rows of vectors can be measured, read in blocks.

    Args:
        name: what messages call them.
        images, texts: (N, d) and (M, d'), any numbers.
        owner: (M,) the image of each text; None where nobody says it.

    Raises:
        ValueError: fewer than two usable images or texts.
    """
    n, m, on_disk = len(images), len(texts), isinstance(texts, RowsOnDisk)
    notes: list[Message] = []
    good_image, good_text = _usable(images), _usable(texts)
    of_text = _owner(n, m, owner, notes, on_disk=on_disk)
    if of_text is None or images.shape[1] != texts.shape[1]:
        why = Message("nothing says which text belongs to which image ({n}, {m})", n=n_images(n), m=n_texts(m))
        if images.shape[1] != texts.shape[1]:
            why = Message("images have {n} and texts {m}", n=n_dimensions(images.shape[1]), m=texts.shape[1])
        notes.append(Message("Recall, thresholds and whatever needs pairs are left out: {why}.", why=why))
        _enough(name, good_image, good_text, notes)
        return KeptRows(good_image, good_text, None, tuple(notes))
    parts = (good_text[some] & good_image[of_text[some]] for some in spans(m))
    kept_text = gathered(parts, m, bool, on_disk=on_disk)
    parts = (good_image[some] & (texts > 0) for some, texts in _texts_each(of_text, kept_text, n))
    kept_image = gathered(parts, n, bool, on_disk=on_disk)
    _, left = _enough(name, kept_image, kept_text, notes)
    place = gathered(_places(kept_image), n, np.int64, on_disk=on_disk)
    parts = (place[of_text[some][kept_text[some]]] for some in spans(m))
    return KeptRows(kept_image, kept_text, gathered(parts, left, np.int64, on_disk=on_disk), tuple(notes))


def _usable(rows: np.ndarray) -> Numbers:
    def finite() -> Iterator[np.ndarray]:
        for some in blocks(*rows.shape):
            block = rows[some]
            with np.errstate(over="ignore"):
                yield np.isfinite(block).all(axis=1) & block.any(axis=1)

    return gathered(finite(), len(rows), bool, on_disk=isinstance(rows, RowsOnDisk))


def _owner(n: int, m: int, owner: Any, notes: list[Message], *, on_disk: bool) -> Numbers | None:
    """(M,) int64 the image of each text; None where it is not known."""
    if owner is None:
        if m < n or m % n:
            return None
        if m > n:
            notes.append(Message("{times} texts follow each other for each image, as nobody says more.", times=m // n))
    elif owner.shape != (m,) or owner.dtype.kind not in "iu" or not are_images(owner, n):
        return None
    return image_of_each(owner, n, m, on_disk=on_disk)


def _texts_each(of_text: Numbers, kept: Numbers, n: int) -> Iterator[tuple[slice, np.ndarray]]:
    """How many texts that are kept each image has, of some images at a time."""
    parts = (of_text[some][kept[some]] for some in spans(len(kept)))
    if isinstance(of_text, ScratchArray):
        return counts_of(parts, len(kept), n)
    return iter([(slice(0, n), np.bincount(np.concatenate(list(parts)), minlength=n))])


def _places(kept: Numbers) -> Iterator[np.ndarray]:
    """The place of each row that is kept among all that are."""
    before = 0
    for some in spans(len(kept)):
        yield before - 1 + np.cumsum(kept[some])
        before += int(kept[some].sum())


def _enough(name: str, images: Numbers, texts: Numbers, notes: list[Message]) -> tuple[int, int]:
    """How many images and texts are kept; what is left out is noted."""
    n, m = (sum(int(kept[some].sum()) for some in spans(len(kept))) for kept in (images, texts))
    notes += _left_out(len(images) - n, len(texts) - m)
    if min(n, m) < 2:
        raise ValueError(f"{name}: {n_images(n)} and {n_texts(m)} can be measured; at least 2 of each are needed")
    return n, m


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
