"""What the speed of maps is judged by: a copy of the file, the bare product, and reading the vectors once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np

from mmgap import spaces
from mmgap.evaluation.streamed_apply import apply_to_file
from mmgap.spaces import Pairs

from .vectors import cones


def pairs(n: int, d: int) -> Pairs:
    """Return n made-up pairs of a train split, float32."""
    x, y = cones(n, d)
    return Pairs("made-up", "train", x.numpy(), y.numpy(), np.arange(n))


def applying(spec: str, train: Pairs, folder: Path) -> tuple[Callable[[], object], Callable[[], object]]:
    """Return a map of all images, and what it is judged by: the product where it has a matrix, else a copy."""
    found = _fitted(spec, train).map
    assert isinstance(found, spaces.PairMap)
    return lambda: found.images(train.images), _judge(found, train, folder)


def applying_to_a_file(spec: str, train: Pairs, folder: Path) -> tuple[Callable[[], object], Callable[[], object]]:
    """Return a map of a file into another, and what it is judged by, as `applying`."""
    found = _fitted(spec, train)
    assert isinstance(found.map, spaces.PairMap)
    judge = _judge(found.map, train, folder)
    np.save(folder / "images.npy", train.images)
    return lambda: apply_to_file(found, str(folder / "images.npy"), "image", folder / "mapped.npy"), judge


def _fitted(spec: str, train: Pairs) -> spaces.Fitted:
    return spaces.parse(spec).fit(train.part(np.arange(5000), "train"))


def _judge(found: spaces.PairMap, train: Pairs, folder: Path) -> Callable[[], object]:
    weight = found.image.weight.astype(np.float32)
    if weight.ndim == 2:
        return lambda: train.images @ weight.T
    np.save(folder / "judge.npy", train.images)
    return lambda: shutil.copyfile(folder / "judge.npy", folder / "copy.npy")


def fitting(spec: str, train: Pairs) -> tuple[Callable[[], object], Callable[[], object]]:
    """Return the fit with its choosing, and one product of the images."""
    weight = np.eye(train.images.shape[1], dtype=np.float32)

    def fit() -> object:
        fresh = Pairs(train.name, train.split, train.images, train.texts, train.owner)
        return spaces.parse(spec).fit(fresh)

    return fit, lambda: train.images @ weight
