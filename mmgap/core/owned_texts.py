"""The texts of some images, of so many that which belongs to which is read some texts at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmgap.core.scratch_array import ScratchArray, scratch_of, spans

if TYPE_CHECKING:
    import numpy as np


def texts_of(owner: np.ndarray | ScratchArray, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the texts of some images, rising, and the place of each one's image among those, in memory.

    Args:
        owner: (M,) the image of each text.
        chosen: images, rising.

    >>> import numpy as np
    >>> texts, places = texts_of(np.array([4, 0, 4, 2]), np.array([2, 4]))
    >>> texts.tolist(), places.tolist()
    ([0, 2, 3], [1, 1, 0])
    """
    import numpy as np

    found: list[tuple[np.ndarray, np.ndarray]] = [(np.zeros(0, dtype=np.int64),) * 2]
    for some in spans(len(owner)) if len(chosen) else ():
        images = owner[some]
        place = np.minimum(np.searchsorted(chosen, images), len(chosen) - 1)
        here = np.flatnonzero(chosen[place] == images)
        found.append((some.start + here, place[here]))
    texts, places = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return texts, places


def kept_places(kept: ScratchArray) -> tuple[ScratchArray, ScratchArray]:
    """Return the numbers of the rows that are kept, and (N,) the place of each row among them, −1 where it is not.

    Args:
        kept: (N,) bool.
    """
    import numpy as np

    numbers, places, count = ScratchArray(len(kept), np.int64), ScratchArray(len(kept), np.int64), 0
    for some in spans(len(kept)):
        mask = kept[some]
        here = some.start + np.flatnonzero(mask)
        numbers[count : count + len(here)] = here
        places[some] = np.where(mask, count - 1 + np.cumsum(mask), -1)
        count += len(here)
    return numbers.cut(count), places


def texts_where(owner: ScratchArray, places: ScratchArray) -> tuple[ScratchArray, ScratchArray]:
    """Return `texts_of` on disk, of images whose places are given: (N,), −1 of those that were not chosen."""
    import numpy as np

    texts, found, count = ScratchArray(len(owner), np.int64), ScratchArray(len(owner), np.int64), 0
    for some in spans(len(owner)):
        place = places[owner[some]]
        here = np.flatnonzero(place >= 0)
        stop = count + len(here)
        texts[count:stop], found[count:stop] = some.start + here, place[here]
        count = stop
    return texts.cut(count), found.cut(count)


def composed(order: np.ndarray | ScratchArray, places: np.ndarray | ScratchArray) -> np.ndarray | ScratchArray:
    """Return what stands in an order at some places."""
    if not isinstance(places, ScratchArray):
        return order[places]
    return scratch_of((order[places[some]] for some in spans(len(places))), len(places), order.dtype)
