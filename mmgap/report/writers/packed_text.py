"""Texts that a page holds packed, gzip in base64, until its script ``page/unpacked.js`` asks for them."""

from __future__ import annotations

import base64
import gzip


def packed(content: bytes) -> str:
    """Return bytes as letters of ASCII, the same for the same bytes; `gzip` and `base64` give them back.

    >>> gzip.decompress(base64.b64decode(packed(b"<svg/>")))
    b'<svg/>'
    """
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()
