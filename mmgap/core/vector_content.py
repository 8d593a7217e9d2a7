"""What a reader of vectors gives back for one array, and how it says that a file is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np


class VectorFileError(ValueError):
    """A vector file that cannot be read as asked; the message names the file and what it holds."""


@dataclass(frozen=True)
class Unread:
    """An array that is there but never read.

    Attributes:
        why: what a message says behind its name, "is of type …".
        shape: as the file says; empty where it does not.
    """

    why: str
    shape: tuple[int, ...] = ()


Content: TypeAlias = "np.ndarray | Unread"


def widened(halves: np.ndarray) -> np.ndarray:
    """Return bfloat16 numbers, given as the uint16 of their bits, as float32, which holds each of them exactly.

    >>> import numpy as np
    >>> widened(np.array([0x3F80, 0xC000], np.uint16)).tolist()
    [1.0, -2.0]
    """
    import numpy as np

    return (halves.astype(np.uint32) << 16).view(np.float32)
