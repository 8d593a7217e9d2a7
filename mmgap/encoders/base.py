"""What every encoder is: two functions from items to raw vectors, and a fingerprint that costs no model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image


class EncoderError(ValueError):
    """An encoder that cannot be built or used as asked; the message names it and the cure."""


@runtime_checkable
class Encoder(Protocol):
    """Images and texts to raw (un-normalised) float32 vectors of one width.

    An encoder is cheap to make: its model is loaded at the first call of ``encode_*``, so that a cell whose row
    or vectors lie in the cache imports no model library.
    """

    #: The spec it was made from, ``"two-towers:mobilenet-v2,minilm,random"``.
    name: str

    def fingerprint(self, modality: str | None = None) -> dict[str, Any]:
        """Everything that changes a vector (weights revision or hash, processor, dtype, pooling, image size and
        resize mode, device kind, library majors …) as JSON-ready values. Imports no model library.

        ``modality``: ``"image"`` or ``"text"`` may leave out what only the other one goes through.

        Raises:
            MissingDataError: the weights are not on this machine.
        """
        ...

    def logit_scale(self) -> float | None:
        """The trained logit scale e^τ, or None where the model has none."""
        ...

    def encode_images(self, images: Sequence[Image]) -> np.ndarray:
        """(N, d) float32; images are RGB PIL images, read one batch at a time, with a progress bar when long."""
        ...

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """(M, d) float32."""
        ...
