"""One picture in one square: resized and cropped, squashed or padded, as CLIP's processor does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mmgap.core.defaults import IMAGE_SIZES
from mmgap.datasets.base import DatasetError

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
        if self.resize == "crop":
            return self._cropped(image)
        if self.resize == "squash":
            return _resized(image, self.size, self.size)
        return self._padded(image)

    def _cropped(self, image: Image) -> np.ndarray:
        """Short side to ``size``, then the centre at whole pixels: what CLIP's processor does.

        Of a strip, more than `LONGEST` times as long as wide, only the middle is resized: all of it could be
        gigabytes.
        """
        short = min(image.size)
        if max(image.size) > LONGEST * short:
            image = image.crop(_centre(image.size, [min(side, LONGEST * short) for side in image.size]))
        width, height = (self.size * side // short for side in image.size)
        left, top, right, bottom = _centre((width, height), (self.size, self.size))
        return _resized(image, width, height)[top:bottom, left:right]

    def _padded(self, image: Image) -> np.ndarray:
        """Long side to ``size``, white around it: `PIL.ImageOps.pad`, but that a strip keeps at least one pixel."""
        long = max(image.size)
        width, height = (max(1, round(side / long * self.size)) for side in image.size)
        left, top = round((self.size - width) / 2), round((self.size - height) / 2)
        made = np.full((self.size, self.size, 3), 255, dtype=np.uint8)
        made[top : top + height, left : left + width] = _resized(image, width, height)
        return made


def _resized(image: Image, width: int, height: int) -> np.ndarray:
    """(height, width, 3) uint8: Pillow's antialiased bicubic to within a level, by torch, in half the time.

    The two clip differently where one pass overshoots black or white: a few pixels of such pictures differ by more.
    """
    import torch

    pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None]
    made = torch.nn.functional.interpolate(pixels, (height, width), mode="bicubic", antialias=True)
    return made[0].permute(1, 2, 0).numpy()


def _centre(outer: Sequence[int], inner: Sequence[int]) -> tuple[int, int, int, int]:
    """The box of ``inner`` (width, height) in the middle of ``outer``."""
    left, top = ((o - i) // 2 for o, i in zip(outer, inner, strict=True))
    return left, top, left + inner[0], top + inner[1]
