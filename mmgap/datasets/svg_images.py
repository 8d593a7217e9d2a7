"""Drawings in SVG as RGB pictures, drawn when they are read, at the size that is asked for."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, overload

from mmgap.core.defaults import IMAGE_SIZE
from mmgap.core.packages import installed_version, package_folder
from mmgap.datasets.base import Dataset, DatasetError

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True)
class SvgImages(Sequence["Image"]):
    """Drawings on white, (size, size) RGB; one that is no square stands in the middle.

    Attributes:
        drawings: N texts of SVG files.
        size: pixels a side.
    """

    drawings: tuple[str, ...]
    size: int = IMAGE_SIZE

    def __len__(self) -> int:
        return len(self.drawings)

    @overload
    def __getitem__(self, index: int) -> Image: ...
    @overload
    def __getitem__(self, index: slice) -> SvgImages: ...
    def __getitem__(self, index: int | slice) -> Image | SvgImages:
        if isinstance(index, slice):
            return SvgImages(self.drawings[index], self.size)
        return draw(self.drawings[index], self.size)

    def pick(self, positions: Sequence[int]) -> SvgImages:
        """Return those at these positions, at the same size."""
        return SvgImages(tuple(self.drawings[i] for i in positions), self.size)


def draw(drawing: str, size: int) -> Image:
    """Return a drawing as a square RGB picture on white.

    Args:
        drawing: text of an SVG file.
        size: pixels a side.

    Raises:
        MissingDataError: resvg-py, which draws, is not installed.
        DatasetError: the text is no drawing.
    """
    from PIL import Image as pillow

    package_folder("resvg_py", "resvg-py")
    import resvg_py

    try:
        drawn = resvg_py.svg_to_bytes(svg_string=drawing, width=size, height=size, skip_system_fonts=True)
    except ValueError as error:
        raise DatasetError(f"a drawing in SVG cannot be drawn: {error}") from error
    with pillow.open(io.BytesIO(drawn), formats=["PNG"]) as image:
        picture = image.convert("RGBA")
    made = pillow.new("RGBA", (size, size), "white")
    made.alpha_composite(picture, ((size - picture.width) // 2, (size - picture.height) // 2))
    return made.convert("RGB")


def drawing_facts(content: str, size: int = IMAGE_SIZE) -> dict[str, Any]:
    """Return what stands as a data set's ``preparation``: all that changes a pixel of its drawings.

    Args:
        content: digest of the drawings.
        size: pixels a side.

    Raises:
        MissingDataError: resvg-py is not installed.
    """
    package_folder("resvg_py", "resvg-py")
    return {"size": size, "drawn_by": f"resvg-py {installed_version('resvg-py')}", "content": content}


def drawn_at(dataset: Dataset, size: int) -> Dataset:
    """Return a data set of drawings with its pictures at this size; itself where they have it."""
    assert isinstance(dataset.images, SvgImages)
    if dataset.images.size == size:
        return dataset
    images = replace(dataset.images, size=size)
    return replace(dataset, images=images, preparation={**dataset.preparation, "size": size})
