"""What transformers' processors on PIL do to a picture, to the bit, without their copies: four fifths of their time.

A processor turns a picture into an array and back before it resizes it, and computes in float64 what each of 256 levels
becomes for every pixel anew. Here Pillow resizes and crops the picture itself, and a table has the levels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

#: Methods that say what is done to a picture: a processor with one of its own does something else.
_STEPS = (
    *("__call__", "preprocess", "_preprocess_image_like_inputs", "_prepare_image_like_inputs"),
    *("_prepare_images_structure", "process_image", "_preprocess", "resize", "center_crop", "rescale", "normalize"),
)

#: Processors of transformers whose own methods come to the same steps: MobileNetV2's read segmentation maps as well,
#: ConvNeXt's (ResNet's, too) say by a share how much of a picture stays, and squash it from `_WHOLE` pixels on.
_ALIKE = {
    "MobileNetV2ImageProcessorPil": {"preprocess", "_preprocess_image_like_inputs", "_preprocess"},
    "ConvNextImageProcessorPil": {"_preprocess", "resize"},
}
_WHOLE = 384


@dataclass(frozen=True, eq=False)
class PictureSteps:
    """Resize, crop at the centre, and what each level of a colour becomes.

    Attributes:
        size: pixels of the shorter side, or of both where a picture is squashed.
        squashed: whether it becomes a square, whatever its shape.
        side: pixels a side of what is cut out of that.
        resample: the filter, a number of Pillow's.
        levels: (3, 256) what each level becomes, of each colour.
    """

    size: int
    squashed: bool
    side: int
    resample: int
    levels: np.ndarray

    @classmethod
    def of(cls, processor: Any, side: int | None) -> PictureSteps | None:
        """Return the steps of a processor; None where they are, or may be, others than these.

        Args:
            processor: of transformers.
            side: `mmgap.encoders.feeding.input_side` of it.
        """
        kind: Any = type(processor)
        base = next((one for one in kind.__mro__ if one.__name__ == "PilBackend"), None)
        if side is None or base is None or not all(_known(kind, base, step) for step in _STEPS):
            return None
        if not processor.do_resize or processor.resample not in set(Image.Resampling):
            return None
        sizes, cropped = dict(processor.size), bool(processor.do_center_crop)
        squashed, size = set(sizes) == {"height", "width"}, max(sizes.values(), default=0)
        if (not squashed and set(sizes) != {"shortest_edge"}) or set(sizes.values()) != {size}:
            return None
        if kind.resize is not base.resize:  # ConvNeXt's, which cuts by itself
            if squashed or cropped:
                return None
            squashed, cropped = size >= _WHOLE, True
            size = size if squashed else int(size / processor.crop_pct)
        if size < side or (size > side and not cropped):
            return None
        levels = np.tile(np.arange(256, dtype=np.uint8)[:, None], (3, 1, 1))
        if processor.do_rescale:
            levels = processor.rescale(levels, processor.rescale_factor)
        if processor.do_normalize:
            levels = processor.normalize(levels, processor.image_mean, processor.image_std)
        return cls(size, squashed, side, int(processor.resample), np.ascontiguousarray(levels[:, :, 0]))

    def __call__(self, images: Sequence[Image.Image]) -> np.ndarray:
        """Return (B, 3, side, side) of RGB pictures."""
        out = np.empty((len(images), 3, self.side, self.side), dtype=self.levels.dtype)
        for row, image in enumerate(images):
            pixels = np.asarray(self._resized(image))
            for colour in range(3):
                np.take(self.levels[colour], pixels[..., colour], out=out[row, colour], mode="clip")
        return out

    def _resized(self, image: Image.Image) -> Image.Image:
        width, height = image.size
        longest = int(self.size * max(width, height) / min(width, height))
        if self.squashed:
            width = height = self.size
        else:
            width, height = (self.size, longest) if width <= height else (longest, self.size)
        left, top = (width - self.side) // 2, (height - self.side) // 2
        resized = image.resize((width, height), self.resample)
        return resized.crop((left, top, left + self.side, top + self.side))


def _known(kind: type, base: type, step: str) -> bool:
    """Whether a method is the base's own, or one of `_ALIKE`."""
    if getattr(kind, step) is getattr(base, step):
        return True
    owner = next(one for one in kind.__mro__ if step in vars(one))
    return owner.__module__.startswith("transformers.models.") and step in _ALIKE.get(owner.__name__, ())
