"""Halves of one set of pairs: a space is fitted on one half and measured on the other, each way round, repeatedly."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

#: How often the images are divided anew.
REPEATS = 20


def halves(clusters: np.ndarray, repeats: int = REPEATS, seed: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield (fit, test) indices of images, rising; whole clusters fall on one side.

    For each repeat ``p = rng.permutation(G)``: the first half of the clusters tests and the second fits, then the
    other way round.

    >>> [(len(fit), len(test)) for fit, test in halves(np.arange(5), repeats=1)]
    [(3, 2), (2, 3)]
    """
    labels = np.unique(clusters, return_inverse=True)[1]
    count = int(labels.max()) + 1
    generator = np.random.default_rng(seed)
    for _ in range(repeats):
        first = np.zeros(count, dtype=bool)
        first[generator.permutation(count)[: count // 2]] = True
        sides = np.flatnonzero(~first[labels]), np.flatnonzero(first[labels])
        yield sides
        yield sides[::-1]
