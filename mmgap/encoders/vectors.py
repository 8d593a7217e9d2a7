"""Vectors that were computed elsewhere: those of a ``vectors:…`` dataset, or saved ones for another dataset."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from mmgap.encoders.base import EncoderError
from mmgap.vector_files import pair_digest, read_pair

if TYPE_CHECKING:
    from PIL.Image import Image

    from mmgap.datasets import Dataset


class SavedVectors:
    """Row ``i`` of the file is item ``i`` of the dataset, whatever the item holds: order and counts must be its own.

    Args:
        argument: ``"IMAGES,TEXTS"`` or one file, as `mmgap.vector_files.read_pair` takes it; None for the vectors
            that a dataset brings along.
    """

    def __init__(self, argument: str | None) -> None:
        self.argument = argument
        self.name = "vectors" if argument is None else f"vectors:{argument}"

    def fingerprint(self, modality: str | None = None) -> dict[str, Any]:
        """The content of the files; nothing where the dataset, which has its own revision, brings them."""
        return {
            "encoder_family": "vectors",
            "vector_files": None if self.argument is None else pair_digest(self.argument),
        }

    def logit_scale(self) -> None:
        """None: vectors alone do not say at which scale they were trained."""
        return

    def of(self, dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
        """Images (N, d) and texts (M, d), float32, of a dataset.

        Raises:
            EncoderError: the dataset brings no vectors, or the counts differ.
        """
        if self.argument is not None:
            return self.encode_images(dataset.images), self.encode_texts(dataset.captions)
        if dataset.vectors is None:
            raise EncoderError(
                f"{dataset.name} is no dataset of saved vectors: choose an encoder for it, or give its vectors as"
                " encoder vectors:IMAGES,TEXTS"
            )
        images, texts = dataset.vectors
        return images.astype(np.float32, copy=False), texts.astype(np.float32, copy=False)

    def encode_images(self, images: Sequence[Image]) -> np.ndarray:
        """The saved image vectors, (N, d) float32; the images themselves are not read."""
        return self._rows(0, len(images), "images")

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """The saved text vectors, (M, d) float32."""
        return self._rows(1, len(texts), "texts")

    @cached_property
    def _pair(self) -> tuple[np.ndarray, np.ndarray]:
        if self.argument is None:
            raise EncoderError("vectors encodes nothing itself: give vectors:IMAGES,TEXTS, or a dataset vectors:…")
        return read_pair(self.argument)

    def _rows(self, side: int, count: int, what: str) -> np.ndarray:
        rows = self._pair[side]
        if len(rows) != count:
            raise EncoderError(f"{self.name} holds {len(rows)} {what}, the dataset {count}: rows must match one to one")
        return rows.astype(np.float32, copy=False)


def load(argument: str | None, *, device: str, dtype: str, batch_size: int | None, seed: int) -> SavedVectors:
    """``vectors`` or ``vectors:IMAGES,TEXTS``; the options are of no use here."""
    return SavedVectors(argument)
