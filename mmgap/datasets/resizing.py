"""One picture in one square: resized and cropped, squashed or padded, by the same arithmetic as CLIP's processor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mmgap.datasets.base import DatasetError
from mmgap.grid import IMAGE_SIZES

if TYPE_CHECKING:
    from PIL.Image import Image

#: How a picture of another shape becomes a square.
RESIZES = ("crop", "squash", "pad")

#: A picture longer than this many times its width loses its ends before it is resized.
LONGEST = 8


@dataclass(frozen=True)
class Preparation:
    """Side and shape of prepared pictures.

    Attributes:
        size: pixels a side.
        resize: ``"crop"`` (short side to ``size``, centre kept: what CLIP does), ``"squash"`` (aspect ratio not kept)
            or ``"pad"`` (whole picture, white around it).

    Raises:
        DatasetError: another word, or a size that is no picture.
    """

    size: int = 224
    resize: str = "crop"

    def __post_init__(self) -> None:
        if self.resize not in RESIZES:
            raise DatasetError(f"resize must be {', '.join(RESIZES)}, got {self.resize!r}")
        low, high = IMAGE_SIZES
        if isinstance(self.size, bool) or not isinstance(self.size, int) or not low <= self.size <= high:
            raise DatasetError(f"the size of prepared pictures must be {low} to {high} pixels, got {self.size!r}")

    def to_dict(self) -> dict[str, Any]:
        """As it stands in keys and manifests."""
        return {**asdict(self), "filter": "bicubic"}

    def __call__(self, image: Image) -> np.ndarray:
        """(size, size, 3) uint8 of an RGB picture."""
        from PIL import Image as pillow

        side = (self.size, self.size)
        if self.resize == "crop":
            made = self._cropped(image)
        elif self.resize == "squash":
            made = image.resize(side, pillow.Resampling.BICUBIC)
        else:
            made = self._padded(image)
        return np.asarray(made)

    def _cropped(self, image: Image) -> Image:
        """Short side to ``size``, then the centre at whole pixels: what CLIP's processor does, pixel for pixel.

        Of a strip, more than `LONGEST` times as long as wide, only the middle is resized: all of it could be
        gigabytes.
        """
        from PIL import Image as pillow

        short = min(image.size)
        if max(image.size) > LONGEST * short:
            image = image.crop(_centre(image.size, [min(side, LONGEST * short) for side in image.size]))
        resized = [self.size * side // short for side in image.size]
        image = image.resize((resized[0], resized[1]), pillow.Resampling.BICUBIC)
        return image.crop(_centre(resized, (self.size, self.size)))

    def _padded(self, image: Image) -> Image:
        """Long side to ``size``, white around it: `PIL.ImageOps.pad`, but that a strip keeps at least one pixel."""
        from PIL import Image as pillow

        long = max(image.size)
        width, height = (max(1, round(side / long * self.size)) for side in image.size)
        made = pillow.new("RGB", (self.size, self.size), "white")
        made.paste(
            image.resize((width, height), pillow.Resampling.BICUBIC),
            (round((self.size - width) / 2), round((self.size - height) / 2)),
        )
        return made


def _centre(outer: Sequence[int], inner: Sequence[int]) -> tuple[int, int, int, int]:
    """The box of ``inner`` (width, height) in the middle of ``outer``."""
    left, top = ((o - i) // 2 for o, i in zip(outer, inner, strict=True))
    return left, top, left + inner[0], top + inner[1]
