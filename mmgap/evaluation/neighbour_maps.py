"""Maps of neighbourhoods: t-SNE and UMAP of vectors, with fixed seeds."""

from __future__ import annotations

import importlib.util
import re
import warnings
from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np

Kind: TypeAlias = Literal["tsne", "umap"]

#: Fewer points than this have no neighbourhoods to draw.
LEAST = 5

#: Below this many points a thousand short steps are faster on one thread than on several that wait for each other.
FEW = 1000

#: Decimals to which two points must agree to be one spot.
DIGITS = 6

#: Part of every key of a map; raised when what is drawn changes.
FORMAT = 1

_EPOCH = re.compile(r"(\d+)/(\d+) ")


def umap_is_there() -> bool:
    """Return whether umap-learn is installed."""
    return importlib.util.find_spec("umap") is not None


def spots_of(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct points, and the number of each vector's among them.

    Points on one spot have no neighbourhood to lay out (t-SNE's tree crashes on a set of them): each spot is laid out
    once, and all of its points are put there.
    """
    spots, spot = np.unique(vectors.round(DIGITS), axis=0, return_inverse=True)
    return spots, spot.ravel()


def neighbour_map(
    kind: Kind, spots: np.ndarray, *, seed: int = 0, tell: Callable[[int, int], None] | None = None
) -> np.ndarray:
    """Return the places (n, 2) float32 of distinct points: neighbourhoods, not distances; a gap in them proves nothing.

    Args:
        kind: ``"tsne"`` or ``"umap"``, which needs umap-learn.
        spots: (n, d) of `spots_of`, n ≥ `LEAST`.
        seed: of the layout.
        tell: is called with the epochs that are done, and all of them, where the library says so (UMAP).
    """
    return _tsne(spots, seed) if kind == "tsne" else _umap(spots, seed, tell)


def _tsne(vectors: np.ndarray, seed: int) -> np.ndarray:
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    perplexity = min(30.0, (len(vectors) - 1) / 3)
    start = "pca" if min(vectors.shape) >= 2 else "random"
    with threadpool_limits(1 if len(vectors) < FEW else None):
        return TSNE(perplexity=perplexity, init=start, random_state=seed).fit_transform(vectors).astype(np.float32)


def _umap(vectors: np.ndarray, seed: int, tell: Callable[[int, int], None] | None) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of numba's threading layer, of one thread with a fixed seed
        import umap

        # spectral starting points need more points than neighbours and dimensions; a small set starts at random
        start = "spectral" if len(vectors) > 20 else "random"
        reducer = umap.UMAP(
            n_neighbors=min(15, len(vectors) - 1),
            metric="cosine",
            init=start,
            random_state=seed,
            n_jobs=1,
            tqdm_kwds=None if tell is None else {"disable": False, "file": _Epochs(tell), "mininterval": 0.2},
        )
        return np.asarray(reducer.fit_transform(vectors), dtype=np.float32)


class _Epochs:
    """What a progress bar writes on, read back into numbers."""

    def __init__(self, tell: Callable[[int, int], None]) -> None:
        self._tell = tell

    def write(self, words: str) -> int:
        if found := _EPOCH.search(words):
            self._tell(int(found[1]), int(found[2]))
        return len(words)

    def flush(self) -> None:
        """Do nothing: numbers are told at once."""
