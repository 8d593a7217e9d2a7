"""What a user asks by: words as encoders read them, and a picture of the user's own."""

from __future__ import annotations

from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

#: Letters of a query that are read.
LONGEST_QUERY = 1000


def usable(words: str) -> str:
    """Return words as encoders read them: no more than `LONGEST_QUERY` letters, no broken ones, no outer space.

    >>> usable(" a\\x00dog\\ud800 ")
    'a dog?'
    """
    told = words[: 2 * LONGEST_QUERY].encode("utf-8", "replace").decode()
    return " ".join("".join(letter if letter.isprintable() else " " for letter in told).split())[:LONGEST_QUERY]


def picture_at(path: str | Path) -> Image:
    """Return the picture that a user names by its path, RGB.

    Raises:
        ImageFileError: there is none, or it cannot be read as a picture.
    """
    from mmgap.core.paths import expanded
    from mmgap.datasets.images import open_rgb

    return open_rgb(expanded(path))


def picture_of(content: bytes) -> Image:
    """Return the picture that a file's bytes are, RGB, as `picture_at` reads it.

    Raises:
        ImageFileError: they cannot be read as a picture.
    """
    with NamedTemporaryFile(prefix="mmgap-picture-") as file:
        file.write(content)
        file.flush()
        return picture_at(file.name)
