"""The footnote of a space that is fitted to means, or to means and spreads, without a strength."""

from __future__ import annotations

from mmgap.core.messages import Message
from mmgap.spaces.pairs import Pairs


def fitted_note(name: str, train: Pairs) -> str:
    """Return the footnote that says what means were taken of."""
    n, m = len(train.images), len(train.texts)
    return Message(
        "Space {name}: means of {n} images and {m} captions of {data} train.", name=name, n=n, m=m, data=train.name
    )
