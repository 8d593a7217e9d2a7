"""The mean of each modality's unit rows: all that the simplest spaces are fitted to."""

from __future__ import annotations

import numpy as np

from mmgap.core.messages import Message
from mmgap.spaces.pairs import Pairs
from mmgap.spaces.row_blocks import unit


def unit_means(train: Pairs) -> tuple[np.ndarray, np.ndarray]:
    """Return (d,) and (d',) float64 means of the images and of the texts, each row brought to length one first."""
    return unit(train.images).mean(axis=0, dtype=np.float64), unit(train.texts).mean(axis=0, dtype=np.float64)


def fitted_note(name: str, train: Pairs) -> str:
    """Return the footnote that says what means were taken of."""
    n, m = len(train.images), len(train.texts)
    return Message(
        "Space {name}: means of {n} images and {m} captions of {data} train.", name=name, n=n, m=m, data=train.name
    )
