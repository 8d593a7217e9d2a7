"""Vectors that these pages make up, and what is asked of them."""

from __future__ import annotations

import numpy as np

from mmgap import spaces

Pair = tuple[np.ndarray, np.ndarray]


def unit(rows: np.ndarray) -> np.ndarray:
    """Return the rows, each one long."""
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def made(n: int = 600, d: int = 64, noise: float = 1.0, apart: float = 11.0, seed: int = 0) -> Pair:
    """Return images and texts that see the same things with some noise, in two cones that stand apart."""
    rng = np.random.default_rng(seed)
    images, texts = rng.normal(size=(n, d)) + noise * rng.normal(size=(2, n, d))
    if apart:
        images[:, :2] = [apart, 0]
        texts[:, :2] = [0, apart]
    return images, texts


def fitted(space: str, images: np.ndarray, texts: np.ndarray) -> Pair:
    """Return the second half of the pairs in a space that was fitted on the first."""
    n = len(images) // 2
    train = spaces.Pairs("made", "train", images[:n], texts[:n], np.arange(n))
    return spaces.parse(space).fit(train).transform(images[n:], texts[n:])


def recall(images: np.ndarray, texts: np.ndarray) -> float:
    """Return R@1 from text to image, in per cent."""
    return 100 * float(np.mean((unit(texts) @ unit(images).T).argmax(axis=1) == np.arange(len(texts))))
