"""Two models that never met: an image backbone, a sentence encoder, and a projection between their spaces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mmgap.encoders.base import EncoderError
from mmgap.encoders.options import Options
from mmgap.encoders.projection import Projection
from mmgap.encoders.towers import ImageTower, TextTower

if TYPE_CHECKING:
    from PIL.Image import Image


class TwoTowers:
    """``two-towers:IMAGE,TEXT,PROJECTION``: projected image vectors beside text vectors, in text space.

    With a random projection, retrieval is at chance; with a fitted one it shows how far two separately trained
    spaces go (the practices before CLIP). With ``none`` both towers are given as they are, of unequal width:
    what CCA, Procrustes and ridge start from.

    Attributes:
        texts_cut: how many texts of the last call of `encode_texts` were longer than the model reads.
    """

    def __init__(
        self, image: str, text: str, projection: str, *, device: str, dtype: str, batch_size: int | None
    ) -> None:
        self.name = f"two-towers:{image},{text},{projection}"
        self.images = ImageTower(image, Options.choose(device, dtype, batch_size, cpu=4))
        self.texts = TextTower(text, Options.choose(device, dtype, batch_size, cpu=32))
        self.projection = Projection(projection)

    @property
    def texts_cut(self) -> int:
        return self.texts.cut

    def fingerprint(self) -> dict[str, Any]:
        """The content of both models, the projection, and the options."""
        return {
            "encoder_family": "two-towers",
            "image_tower": self.images.fingerprint(),
            "text_tower": self.texts.fingerprint(),
            "projection": self.projection.fingerprint(),
            **self.images.options.fingerprint(),
        }

    def logit_scale(self) -> None:
        """None: nothing was trained across the towers."""
        return

    def encode_images(self, images: Sequence[Image]) -> np.ndarray:
        """(N, d_text) float32, or (N, d_image) with projection ``none``."""
        vectors = self.images.encode(images)
        return vectors if self.projection.source == "none" else self.projection(vectors, self.texts.width)

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """(M, d_text) float32."""
        return self.texts.encode(texts)


def load(argument: str | None, *, device: str, dtype: str, batch_size: int | None, seed: int) -> TwoTowers:
    """``two-towers:IMAGE,TEXT,PROJECTION``; a random projection has its own seed, ``random:SEED``.

    Raises:
        EncoderError: not three parts, an unknown projection, or a wrong option.
    """
    parts = (argument or "").split(",")
    if len(parts) != 3 or not all(parts):
        raise EncoderError(
            f"two-towers needs IMAGE,TEXT,PROJECTION, as in two-towers:mobilenet-v2,minilm,random; got {argument!r}"
        )
    image, text, projection = parts
    return TwoTowers(image, text, projection, device=device, dtype=dtype, batch_size=batch_size)
