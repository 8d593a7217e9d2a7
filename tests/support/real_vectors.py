"""The public CLIP vectors that the golden values were computed on (Liang et al. 2022); skips where they are absent."""

from __future__ import annotations

import hashlib
from functools import cache

import numpy as np
import pytest

from mmgap.core.paths import MissingDataError, dataset_dir

SHA256 = {
    "features_clip.npy": "7227280ace0f145d2c45afa8ab507a1cb280e9460aa271fe9052d08e35342adb",
    "features_clip_random.npy": "c6a5f9ca3fba36d635fd47d20b3cdd5b9ac78dc462070240fdc2ee2786110403",
}


def real_pairs(name: str = "features_clip.npy") -> tuple[np.ndarray, np.ndarray]:
    """500 image and 500 text vectors, (500, 512) float64, normalised in float64; read-only."""
    try:
        path = dataset_dir("vectors") / name
    except MissingDataError as missing:
        pytest.skip(str(missing))
    if not path.is_file():
        pytest.skip(f"{path} is absent")
    images, texts = _read(path)
    return images, texts


@cache
def _read(path) -> np.ndarray:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert digest == SHA256[path.name], f"{path} is not the file the golden values belong to"
    pairs = np.load(path, allow_pickle=False).astype(np.float64)
    pairs /= np.linalg.norm(pairs, axis=2, keepdims=True)
    pairs.flags.writeable = False
    return pairs
