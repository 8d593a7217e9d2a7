"""Saved vectors as a data set: ``vectors:IMAGES,TEXTS`` or one file that holds both; nothing is encoded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from mmgap.core.messages import N_, quoted
from mmgap.core.vector_files import VectorFileError, pair_digest, read_vectors
from mmgap.datasets.base import Dataset, DatasetError, NoSplitError

if TYPE_CHECKING:
    from PIL.Image import Image


def load(argument: str | None, *, split: str) -> Dataset:
    """Return the pairs of ``vectors:IMAGES,TEXTS``, ``vectors:IMAGES,TEXTS,OWNER`` or ``vectors:FILE``.

    See `mmgap.core.vector_files.read_vectors` for what files may hold. Row ``i`` of the texts belongs to row ``i`` of
    the images, or to the row that the owner says; texts are put in the order of their images. Ids are ``"0"``, ``"1"``
    …, captions the made-up ``"text 0"``, ``"text 1"`` … by their row in the file, all distinct, so that relevance is
    the pair alone. The revision is the SHA-256 of the files.

    Raises:
        DatasetError: a file that cannot be read, numbers of rows that do not fit, or a split other than ``"test"`` and
            ``"all"``.
        MissingDataError: a file that is not there.
    """
    if split not in ("test", "all"):
        raise NoSplitError(
            f"vectors:{quoted(argument)} has no {split!r} split: saved vectors are one set, 'test' or 'all'"
        )
    try:
        pair = read_vectors(argument or "").paired()
    except VectorFileError as error:
        raise DatasetError(str(error)) from error
    assert pair.owner is not None
    name, digest = f"vectors:{pair.name}", pair_digest(argument or "")
    return of_vectors(name, pair.images, pair.texts, pair.owner, split=split, revision=digest)


def of_vectors(
    name: str, images: np.ndarray, texts: np.ndarray, owner: np.ndarray, *, split: str = "test", revision: str = ""
) -> Dataset:
    """Return vectors at hand as a data set, as `load` makes one of files.

    Args:
        name: of the data set.
        images: (N, d).
        texts: (M, d').
        owner: (M,) row of the image of each text.
        split, revision: as a data set has them.

    >>> of_vectors("made", np.eye(2), np.eye(2)[::-1], np.array([1, 0])).captions
    ('text 1', 'text 0')
    """
    order = np.argsort(owner, kind="stable")
    ordered = bool((np.diff(order) == 1).all())
    return Dataset(
        name=name,
        split=split,
        revision=revision,
        image_ids=tuple(map(str, range(len(images)))),
        images=_NoImages(name, len(images)),
        captions=tuple(f"text {k}" for k in order),
        owner=owner[order],
        notes=(N_("Saved vectors: the images and captions behind them are not known here."),),
        vectors=(images, texts if ordered else texts[order]),
    )


class _NoImages(Sequence["Image"]):
    """As many images as there are vectors, none of which can be read."""

    def __init__(self, name: str, count: int) -> None:
        self._name, self._count = name, count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int | slice) -> NoReturn:
        raise DatasetError(f"{self._name} has vectors only, no images to read: use it with the encoder 'vectors'")
