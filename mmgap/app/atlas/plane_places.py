"""Where the images and texts of an embedding lie in the plane, by PCA, UMAP or t-SNE; slow ones are kept on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
from scipy.linalg import orthogonal_procrustes

from mmgap.core.cache import Cache
from mmgap.core.messages import Message
from mmgap.evaluation.neighbour_maps import FORMAT, LEAST, neighbour_map, spots_of, umap_is_there

#: The maps there are: name and what people call it.
KINDS = {"pca": "PCA", "umap": "UMAP", "tsne": "t-SNE"}

#: Of the layouts.
SEED = 0

Tell = Callable[[str], None]


class MapError(ValueError):
    """A map that cannot be drawn; the message says why."""


@dataclass(frozen=True, eq=False)
class Places:
    """A map's points.

    Attributes:
        points: (n, 2) float32.
        explained: (2,) share of the variance along the axes of a PCA; None of other maps.
    """

    points: np.ndarray
    explained: np.ndarray | None = None


def check_kind(kind: str, count: int | None = None) -> None:
    """Raise `MapError` for a map that is not known, or cannot be drawn here, or of so few points."""
    if kind not in KINDS:
        raise MapError(f"a map is one of {', '.join(KINDS)}, got {kind!r}")
    if kind == "umap" and not umap_is_there():
        raise MapError("umap-learn is not installed: pip install 'mmgap[maps]'")
    if kind != "pca" and count is not None and count < LEAST:
        raise MapError(f"{KINDS[kind]} needs at least {LEAST} distinct points, and there are {count}: take pca")


def plane_places(kind: str, x: np.ndarray, y: np.ndarray, tell: Tell) -> Places:
    """Return the places of (N, d) images and (M, d) texts in one map, images first.

    PCA has the first two principal components of all rows together. The others are laid out once for the same vectors
    and kept in the cache under their digest.

    Args:
        kind: of `KINDS`.
        x, y: unit rows.
        tell: takes a line of progress.

    Raises:
        MapError: as `check_kind`.
    """
    check_kind(kind)
    if kind == "pca":
        from mmgap.evaluation.principal_plane import principal_plane  # loads torch

        plane = principal_plane(x, y)
        return Places(np.concatenate([plane.of(x), plane.of(y)]), plane.explained)
    key = {"map": kind, "seed": SEED, "map_format": FORMAT, "vectors": _digest(x, y), "library": _library(kind)}
    return Places(Cache().arrays("atlas", key, lambda: {"points": _laid_out(kind, x, y, tell)})["points"])


def turned_like(points: np.ndarray, example: np.ndarray, *, flips_alone: bool) -> np.ndarray:
    """Return the points turned and mirrored so that they lie as near as they can to the same points of another map.

    Args:
        points, example: (n, 2) float32, row i of both the same item.
        flips_alone: axes are mirrored, not turned: those of a PCA keep their meaning.
    """
    centred, other = (each - each.mean(axis=0) for each in (points.astype(np.float64), example.astype(np.float64)))
    if flips_alone:
        turn = np.diag(np.where((centred * other).sum(axis=0) < 0, -1.0, 1.0))
    else:
        turn, _ = orthogonal_procrustes(centred, other)
    return (points @ turn).astype(np.float32)


def _laid_out(kind: str, x: np.ndarray, y: np.ndarray, tell: Tell) -> np.ndarray:
    name = KINDS[kind]
    tell(Message("{map}: looking for neighbours", map=name))
    spots, spot = spots_of(np.concatenate([x, y]))
    check_kind(kind, len(spots))

    def epochs(done: int, all_: int) -> None:
        tell(Message("{map}: step {done} of {all}", map=name, done=done, all=all_))

    return neighbour_map("tsne" if kind == "tsne" else "umap", spots, seed=SEED, tell=epochs)[spot]


def _digest(*sets: np.ndarray) -> str:
    total = hashlib.sha256()
    for rows in sets:
        total.update(f"{rows.shape} {rows.dtype}".encode())
        total.update(np.ascontiguousarray(rows).data)
    return total.hexdigest()


def _library(kind: str) -> str:
    name = "umap-learn" if kind == "umap" else "scikit-learn"
    return f"{name} {version(name)}"
