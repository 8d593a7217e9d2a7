"""Rows drawn at random: the same ones wherever the vectors are, and without a list of all rows where there are many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mmgap.core.scratch_array import spans

if TYPE_CHECKING:
    import numpy as np

#: Rows of which a permutation is made; of more each so many by themselves.
TOGETHER = 1 << 20


def some_of(n: int, count: int, generator: np.random.Generator) -> np.ndarray:
    """Return ``count`` different numbers below n, at random and in any order; all of them where they are fewer.

    Of at most `TOGETHER` they are the first of a permutation; of more none is made.

    >>> import numpy as np
    >>> some_of(10, 3, np.random.default_rng(0)).tolist()
    [4, 6, 2]
    """
    if n <= TOGETHER:
        return generator.permutation(n)[:count]
    return generator.choice(n, min(count, n), replace=False)


def held_fifth(n: int) -> Iterator[np.ndarray]:
    """Yield of n rows, some at a time, which are in the fifth that is held out, bool.

    It is drawn once and for all: of each `TOGETHER` rows a fifth by a seed of its own, 0 for the first.

    >>> [held.tolist() for held in held_fifth(5)]
    [[False, False, True, False, False]]
    """
    import numpy as np

    for some in spans(n, TOGETHER):
        count = some.stop - some.start
        held = np.zeros(count, dtype=bool)
        held[np.random.default_rng(some.start).permutation(count)[: max(1, count // 5)]] = True
        yield held
