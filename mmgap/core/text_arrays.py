"""Texts as the arrays of a row hold them: UTF-8 bytes, one text a line."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


def as_array(names: Iterable[str]) -> np.ndarray:
    """Return names as the arrays of a row can hold them: UTF-8 bytes (B,), uint8, one name a line.

    A line break within a name becomes a space, so there are as many lines as names;
    `texts_of` reads them back.

    >>> as_array(["a", "ü"]).tobytes().decode()
    'a\\nü'
    """
    return np.frombuffer("\n".join(name.replace("\n", " ") for name in names).encode(), dtype=np.uint8).copy()


def texts_of(array: np.ndarray) -> list[str]:
    """Return the texts behind an array of UTF-8 bytes, one a line."""
    return bytes(np.asarray(array, dtype=np.uint8)).decode("utf-8").split("\n")
