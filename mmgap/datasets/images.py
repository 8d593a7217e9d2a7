"""Image files as RGB pictures, opened one at a time: any mode and size, upright, on white, first frame only."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, overload

from mmgap.core.messages import N_
from mmgap.datasets.base import DatasetError

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

#: Formats that are read; the others of Pillow are rare, or start another program (EPS).
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "MPO", "JPEG2000", "AVIF")

#: File endings, lower case, that mark a file as a picture; HEIC is known so that it is named, not overlooked.
SUFFIXES = frozenset(
    f".{ending}"
    for ending in (
        *("jpg", "jpeg", "jpe", "jfif", "mpo", "jp2", "png", "webp", "gif", "bmp", "dib", "tif", "tiff"),
        *("ppm", "pgm", "pbm", "avif", "heic", "heif"),
    )
)


#: Pixels of a picture that are converted at once.
STRIP = 1 << 24

#: Errors of the machine, which say nothing of a file.
PASSING = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO))


class ImageFileError(DatasetError):
    """A picture that cannot be opened; the message names the file, ``reason`` is the message without it."""

    def __init__(self, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason


def shown(path: str | Path) -> str:
    """Return a path as text that can be printed, logged and written: bytes that are not UTF-8 in a name become
    ``\\xf6``."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def open_rgb(path: str | Path) -> Image:
    """Return the picture at ``path`` in mode RGB.

    EXIF rotation is applied, transparency is composited on white, 16-bit values are scaled (not clipped) to 8 bits,
    and of an animation the first frame is taken. Pillow's limit against decompression bombs holds
    (2 × ``PIL.Image.MAX_IMAGE_PIXELS``, about 179 million pixels).

    Raises:
        ImageFileError: missing, empty, truncated, too large, or not a picture.
        OSError: the machine's trouble, not the file's: too many open files, a failing disk.
    """
    from PIL import ImageOps

    try:
        with _open(path) as image:
            image.load()
            ImageOps.exif_transpose(image, in_place=True)
            return to_rgb(image)
    except Exception as error:  # decoders of broken files raise nearly every type there is
        if isinstance(error, OSError) and error.errno in PASSING:
            raise
        raise _unreadable(path, error) from error


def check_header(path: str | Path) -> tuple[int, int]:
    """Return (width, height) of a file that starts like a picture, else `ImageFileError`; decodes no pixel."""
    try:
        with _open(path) as image:
            return image.size
    except Exception as error:
        raise _unreadable(path, error) from error


def to_rgb(image: Image) -> Image:
    """Return ``image`` of any mode in RGB: transparent parts on white, values beyond 8 bits scaled down.

    A huge picture is converted strip by strip, so that its copies in wider types are never there as a whole.
    """
    from PIL import Image as pillow

    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    convert = _conversion(image)
    if image.width * image.height <= STRIP:
        return convert(image)
    made = pillow.new("RGB", image.size)
    for strip in _strips(image):
        made.paste(convert(image.crop(strip)), strip[:2])
    return made


def _strips(image: Image) -> Iterator[tuple[int, int, int, int]]:
    """Boxes of whole rows, about `STRIP` pixels each."""
    rows = max(1, STRIP // image.width)
    for top in range(0, image.height, rows):
        yield 0, top, image.width, min(top + rows, image.height)


def _conversion(image: Image) -> Callable[[Image], Image]:
    """What turns ``image``, or a part of it, into RGB."""
    if image.mode.startswith("I") or image.mode == "F":
        white = _white(image)
        return lambda part: _eight_bits(part, white).convert("RGB")
    return _on_white if image.has_transparency_data else lambda part: part.convert("RGB")


def _on_white(image: Image) -> Image:
    from PIL import Image as pillow

    image = image.convert("LA").convert("RGBA") if image.mode == "La" else image.convert("RGBA")
    return pillow.alpha_composite(pillow.new("RGBA", image.size, "white"), image).convert("RGB")


@dataclass(frozen=True)
class ImageFiles(Sequence["Image"]):
    """Pictures that are opened when they are read: ``ImageFiles(paths)[3]`` decodes one file.

    Attributes:
        paths: of the pictures.
        collection: all pictures that lie together, of every split and language: what is prepared at once. Empty:
            the paths alone.
    """

    paths: tuple[str, ...]
    collection: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.paths)

    @overload
    def __getitem__(self, index: int) -> Image: ...
    @overload
    def __getitem__(self, index: slice) -> ImageFiles: ...
    def __getitem__(self, index: int | slice) -> Image | ImageFiles:
        if isinstance(index, slice):
            return ImageFiles(self.paths[index], self.collection)
        return open_rgb(self.paths[index])

    def pick(self, positions: Sequence[int]) -> ImageFiles:
        """Return those at these positions, of the same collection."""
        return ImageFiles(tuple(self.paths[i] for i in positions), self.collection)


def _open(path: str | Path) -> Image:
    from PIL import Image as pillow

    if not stat.S_ISREG(os.stat(path).st_mode):  # a pipe would be waited for
        raise OSError("it is no regular file")
    pillow.init()
    return pillow.open(path, formats=[name for name in FORMATS if name in pillow.OPEN])


def _white(image: Image) -> float:
    """The value of white: integers span 16 bits; floats span [0, 1], or [0, 255] where one exceeds 1."""
    if image.mode != "F":
        return 65535
    return 1 if max(float(_values(image.crop(strip)).max()) for strip in _strips(image)) <= 1 else 255


def _values(image: Image) -> np.ndarray:
    import numpy as np

    return np.nan_to_num(np.asarray(image, dtype=np.float64))


def _eight_bits(image: Image, white: float) -> Image:
    import numpy as np
    from PIL import Image as pillow

    return pillow.fromarray((_values(image) * (255 / white)).clip(0, 255).round().astype(np.uint8))


def _unreadable(path: str | Path, error: Exception) -> ImageFileError:
    reason = str(error).replace(str(path), "").replace(repr(str(path)), "").strip(" :'\"") or type(error).__name__
    if isinstance(error, FileNotFoundError):
        reason = N_("no such file")
    elif Path(path).suffix.lower() in (".heic", ".heif"):
        reason = "HEIC is not read; export it as JPEG or PNG"
    elif type(error).__name__ == "UnidentifiedImageError":
        empty = Path(path).stat().st_size == 0
        reason = "the file is empty" if empty else "not a picture in a format that is read (JPEG, PNG, WebP, TIFF …)"
    return ImageFileError(f"cannot read the picture {shown(path)}: {reason}", reason)
