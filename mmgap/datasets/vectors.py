"""Saved vectors as a data set: ``vectors:IMAGES,TEXTS`` or one file that holds both; nothing is encoded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from mmgap.datasets.base import Dataset, DatasetError, NoSplitError
from mmgap.vector_files import VectorFileError, locate, pair_digest, read_pair

if TYPE_CHECKING:
    from PIL.Image import Image


def load(argument: str | None, *, split: str) -> Dataset:
    """The pairs of ``vectors:IMAGES,TEXTS`` or ``vectors:FILE``, as `mmgap.vector_files.read_pair` takes them.

    Row ``i`` of the texts belongs to row ``i`` of the images. Ids are ``"0"``, ``"1"`` …, captions the made-up
    ``"text 0"``, ``"text 1"`` …, all distinct, so that relevance is the pair alone. The revision is the SHA-256 of
    the files.

    Raises:
        DatasetError: a file that cannot be read, different numbers of rows, or a split other than ``"test"`` and
            ``"all"``.
        MissingDataError: a file that is not there.
    """
    if split not in ("test", "all"):
        raise NoSplitError(f"vectors:{argument} has no {split!r} split: saved vectors are one set, 'test' or 'all'")
    try:
        images, texts = read_pair(argument or "")
    except VectorFileError as error:
        raise DatasetError(str(error)) from error
    name = "vectors:" + ",".join(file.name for file in locate(argument or ""))
    if len(images) != len(texts):
        raise DatasetError(
            f"{name}: {len(images)} images but {len(texts)} texts, so nothing says which text belongs to which image:"
            " save one row of each per pair, or use the files as encoder vectors:… with the dataset they were made from"
        )
    if images.shape[1] != texts.shape[1]:
        raise DatasetError(f"{name}: images have {images.shape[1]} dimensions, texts {texts.shape[1]}")
    return Dataset(
        name=name,
        split=split,
        revision=pair_digest(argument or ""),
        image_ids=tuple(map(str, range(len(images)))),
        images=_NoImages(name, len(images)),
        captions=tuple(f"text {k}" for k in range(len(texts))),
        owner=np.arange(len(texts)),
        notes=("Saved vectors: the images and captions behind them are not known here.",),
        vectors=(images, texts),
    )


class _NoImages(Sequence["Image"]):
    """As many images as there are vectors, none of which can be read."""

    def __init__(self, name: str, count: int) -> None:
        self._name, self._count = name, count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int | slice) -> NoReturn:
        raise DatasetError(f"{self._name} has vectors only, no images to read: use it with the encoder 'vectors'")
