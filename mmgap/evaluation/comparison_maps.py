"""Vectors on a page: principal components, t-SNE and UMAP, with fixed seeds."""

from __future__ import annotations

import importlib.util
import warnings

import numpy as np

from mmgap.core.messages import N_, Message

#: Fewer points than this have no neighbourhoods to draw.
LEAST = 5

#: Below this many points a thousand short steps are faster on one thread than on several that wait for each other.
FEW = 1000

#: Decimals to which two points must agree to be one spot.
DIGITS = 6


def maps(vectors: np.ndarray, *, seed: int = 0) -> tuple[dict[str, np.ndarray], list[str]]:
    """(``map_pca``, ``map_tsne`` and ``map_umap``, each (n, 2) float32; why one is missing).

    PCA is linear and comes first: what t-SNE and UMAP show besides are neighbourhoods, not distances, and a gap in
    them proves nothing.

    Args:
        vectors: (n, d) unit rows, images before texts.
        seed: of t-SNE and UMAP.
    """
    from mmgap.evaluation.picture_arrays import plane

    found = {"map_pca": plane(vectors)}
    # points on one spot have no neighbourhood to lay out (t-SNE's tree crashes on a set of them): each spot is laid
    # out once, and all of its points are put there
    spots, spot = np.unique(vectors.round(DIGITS), axis=0, return_inverse=True)
    if len(spots) < LEAST:
        return found, [
            Message("No t-SNE and no UMAP map: {n} distinct points are fewer than {least}.", n=len(spots), least=LEAST)
        ]
    found["map_tsne"] = _tsne(spots, seed)[spot]
    if importlib.util.find_spec("umap") is None:
        return found, [N_("No UMAP map: umap-learn is not installed (pip install 'mmgap[maps]', then --refresh all).")]
    found["map_umap"] = _umap(spots, seed)[spot]
    return found, []


def _tsne(vectors: np.ndarray, seed: int) -> np.ndarray:
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    perplexity = min(30.0, (len(vectors) - 1) / 3)
    start = "pca" if min(vectors.shape) >= 2 else "random"
    with threadpool_limits(1 if len(vectors) < FEW else None):
        return TSNE(perplexity=perplexity, init=start, random_state=seed).fit_transform(vectors).astype(np.float32)


def _umap(vectors: np.ndarray, seed: int) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of numba's threading layer, of one thread with a fixed seed
        import umap

        # spectral starting points need more points than neighbours and dimensions; a small set starts at random
        start = "spectral" if len(vectors) > 20 else "random"
        reducer = umap.UMAP(
            n_neighbors=min(15, len(vectors) - 1), metric="cosine", init=start, random_state=seed, n_jobs=1
        )
        return np.asarray(reducer.fit_transform(vectors), dtype=np.float32)
