"""Vectors on a page: principal components, t-SNE and UMAP, with fixed seeds."""

from __future__ import annotations

import numpy as np

from mmgap.core.messages import N_, Message
from mmgap.evaluation.neighbour_maps import LEAST, neighbour_map, spots_of, umap_is_there


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
    spots, spot = spots_of(vectors)
    if len(spots) < LEAST:
        return found, [
            Message("No t-SNE and no UMAP map: {n} distinct points are fewer than {least}.", n=len(spots), least=LEAST)
        ]
    found["map_tsne"] = neighbour_map("tsne", spots, seed=seed)[spot]
    if not umap_is_there():
        return found, [N_("No UMAP map: umap-learn is not installed (pip install 'mmgap[maps]', then --refresh all).")]
    found["map_umap"] = neighbour_map("umap", spots, seed=seed)[spot]
    return found, []
