"""Vectors that were computed elsewhere: those of a ``vectors:…`` dataset, or saved ones for another dataset."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from mmgap.core.vector_files import VectorFileError, VectorPair, pair_digest, read_vectors
from mmgap.encoders.base import EncoderError, Vectors

if TYPE_CHECKING:
    from PIL.Image import Image

    from mmgap.datasets import Dataset
    from mmgap.encoders.base import Encoder

T = TypeVar("T")

#: The least that the largest number of a row may be for float32 to hold what matters of the others.
SHORTEST = 1e-30


class SavedVectors:
    """Row ``i`` of the file is item ``i`` of the dataset, whatever the item holds: order and counts must be its own.

    Args:
        argument: ``"IMAGES,TEXTS"`` or one file, as `mmgap.core.vector_files.read_pair` takes it; None for the vectors
            that a dataset brings along.
    """

    def __init__(self, argument: str | None) -> None:
        self.argument = argument
        self.name = "vectors" if argument is None else f"vectors:{argument}"

    def fingerprint(self, modality: str | None = None) -> dict[str, Any]:
        """Return the content of the files; nothing where the dataset, which has its own revision, brings them."""
        return {
            "encoder_family": "vectors",
            "vector_files": None if self.argument is None else _told(pair_digest, self.argument),
        }

    def logit_scale(self) -> None:
        """None: vectors alone do not say at which scale they were trained."""
        return

    def vectors_of(self, dataset: Dataset, embed: Callable[[Encoder], Vectors]) -> Vectors:
        """Return the images (N, d) and texts (M, d) of a dataset: float32, or float64 where float32 has not their
        range.

        Raises:
            EncoderError: the dataset brings no vectors, or the counts or owners differ.
        """
        if self.argument is None and dataset.vectors is not None:
            images, texts = dataset.vectors
            return Vectors(_as_float32(images), _as_float32(texts))
        if self.argument is None:
            raise EncoderError(
                f"{dataset.name} is no dataset of saved vectors: choose an encoder for it, or give its vectors as"
                " encoder vectors:IMAGES,TEXTS"
            )
        found = Vectors(self.encode_images(dataset.images), self.encode_texts(dataset.captions))
        owner = self._pair.owner
        if owner is not None and not np.array_equal(owner, dataset.owner):
            raise EncoderError(
                f"{self._pair.place} says another image for some text than {dataset.name} does: rows must match one to"
                " one, in the dataset's order"
            )
        return found

    def encode_images(self, images: Sequence[Image]) -> np.ndarray:
        """Return the saved image vectors, (N, d), as `vectors_of` gives them; the images themselves are not read."""
        return self._rows(self._pair.images, len(images), "images")

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Return the saved text vectors, (M, d), as `vectors_of` gives them."""
        return self._rows(self._pair.texts, len(texts), "texts")

    @cached_property
    def _pair(self) -> VectorPair:
        if self.argument is None:
            raise EncoderError("vectors encodes nothing itself: give vectors:IMAGES,TEXTS, or a dataset vectors:…")
        return _told(read_vectors, self.argument)

    def _rows(self, rows: np.ndarray, count: int, what: str) -> np.ndarray:
        if len(rows) != count:
            cure = " (--captions all measures all captions of an image)" if what == "texts" else ""
            raise EncoderError(
                f"{self.name} holds {len(rows)} {what}, the dataset {count}: rows must match one to one{cure}"
            )
        return _as_float32(rows)


def _told(read: Callable[[str], T], argument: str) -> T:
    """What ``read`` makes of the files; their errors become the encoder's."""
    try:
        return read(argument)
    except VectorFileError as error:
        raise EncoderError(str(error)) from error


def _as_float32(rows: np.ndarray) -> np.ndarray:
    """Float32; rows that are too long or too short for its range stay the float64 that they were saved as."""
    if rows.dtype == np.float64:
        largest = np.abs(rows).max(axis=1)
        if largest.min() < SHORTEST or largest.max() > np.finfo(np.float32).max:
            return rows
    return rows.astype(np.float32, copy=False)


def load(argument: str | None, *, device: str, dtype: str, batch_size: int | None, seed: int) -> SavedVectors:
    """Return ``vectors`` or ``vectors:IMAGES,TEXTS``; the options are of no use here."""
    return SavedVectors(argument)
