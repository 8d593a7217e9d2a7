"""Vectors in files for tests of streamed measuring, and a slow loop for what is asked of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mmgap.core.row_files import StoredPair, open_pair


def made_pair(n: int, d: int = 16, texts: int = 1, *, seed: int = 0, kind: str = "f4") -> tuple[np.ndarray, ...]:
    """Images (n, d), texts and their owners: ``texts`` of an image on average and one at least, in no order; some rows
    equal others, so that scores tie."""
    rng = np.random.default_rng(seed)
    owner = np.concatenate([np.arange(n), rng.integers(0, n, (texts - 1) * n)])
    if texts > 1:
        owner = rng.permutation(owner)
    x = rng.normal(size=(n, d)) + 0.5
    x[n // 3 : n // 3 + 5] = x[0]
    y = rng.normal(size=(len(owner), d)) + x[owner]
    y[n // 2 : n // 2 + 40] = y[1]
    return x.astype(kind), y.astype(kind), owner


def stored(folder: Path, x: np.ndarray, y: np.ndarray, owner: np.ndarray | None = None) -> StoredPair:
    """The vectors as files in a folder."""
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", y)
    if owner is not None:
        np.save(folder / "owner.npy", owner)
    place = None if owner is None else str(folder / "owner.npy")
    return open_pair(f"{folder}/x.npy,{folder}/y.npy", place, folder)


def sharded(folder: Path, name: str, rows: np.ndarray, cuts: tuple[int, ...]) -> Path:
    """Rows as numbered shards of unequal sizes."""
    folder.mkdir(exist_ok=True)
    for number, part in enumerate(np.split(rows, cuts)):
        np.save(folder / f"{name}_{number}.npy", part)
    return folder


def slow_recall(x: np.ndarray, y: np.ndarray, owner: np.ndarray, k: int, queries: np.ndarray) -> float:
    """R@k T→I of some texts by the definition: sorted scores, ties as the expected value over their orders."""
    unit = [v.astype(float) / np.linalg.norm(v.astype(float), axis=1, keepdims=True) for v in (x, y)]
    found = []
    for text in queries:
        scores = unit[0] @ unit[1][text]
        apart = scores - scores[owner[text]]
        above, tied = int((apart > 4.8e-7).sum()), int((np.abs(apart) <= 4.8e-7).sum())
        found.append(min(max((k - above) / tied, 0.0), 1.0))
    return float(np.mean(found))
