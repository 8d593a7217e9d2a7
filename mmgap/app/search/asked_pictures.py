"""Pictures that users bring to ask by: kept in memory under the digest of their bytes, the latest ones alone."""

from __future__ import annotations

import base64
import hashlib
import io
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from mmgap.app.search.query_input import picture_of
from mmgap.app.shell.source import THUMBNAIL

if TYPE_CHECKING:
    from PIL.Image import Image

#: Pictures that are kept, and the bytes of the largest one.
PICTURES, LARGEST = 16, 20_000_000


class AskedPictures:
    """Pictures by their digest, which only those know who have their bytes.

    >>> AskedPictures().get("0" * 32) is None
    True
    """

    def __init__(self) -> None:
        self._lock, self._kept = threading.Lock(), OrderedDict[str, bytes]()

    def keep(self, content: bytes) -> str:
        """Return the digest by which a picture can be asked by.

        Raises:
            ImageFileError: not a picture.
            ValueError: larger than `LARGEST` bytes.
        """
        if len(content) > LARGEST:
            raise ValueError(f"a picture may have {LARGEST // 1_000_000} MB, and this one has more")
        picture_of(content)
        digest = hashlib.sha256(content).hexdigest()[:32]
        with self._lock:
            self._kept[digest] = content
            self._kept.move_to_end(digest)
            while len(self._kept) > PICTURES:
                self._kept.popitem(last=False)
        return digest

    def get(self, digest: str) -> Image | None:
        """Return a picture, RGB; None for one that is not kept."""
        with self._lock:
            content = self._kept.get(digest)
        return None if content is None else picture_of(content)

    def __contains__(self, digest: str) -> bool:
        with self._lock:
            return digest in self._kept


def as_address(picture: Image) -> str:
    """Return a small copy of a picture as a ``data:`` address, which is asked for nowhere."""
    small = picture.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    buffer = io.BytesIO()
    small.save(buffer, format="PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
