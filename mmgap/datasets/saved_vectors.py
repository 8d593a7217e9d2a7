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
    name = f"vectors:{pair.name}"
    order = np.argsort(pair.owner, kind="stable")
    ordered = bool((np.diff(order) == 1).all())
    return Dataset(
        name=name,
        split=split,
        revision=pair_digest(argument or ""),
        image_ids=tuple(map(str, range(len(pair.images)))),
        images=_NoImages(name, len(pair.images)),
        captions=tuple(f"text {k}" for k in order),
        owner=pair.owner[order],
        notes=(N_("Saved vectors: the images and captions behind them are not known here."),),
        vectors=(pair.images, pair.texts if ordered else pair.texts[order]),
    )


class _NoImages(Sequence["Image"]):
    """As many images as there are vectors, none of which can be read."""

    def __init__(self, name: str, count: int) -> None:
        self._name, self._count = name, count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int | slice) -> NoReturn:
        raise DatasetError(f"{self._name} has vectors only, no images to read: use it with the encoder 'vectors'")
