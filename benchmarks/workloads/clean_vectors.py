"""Vectors of images and texts with which nothing is wrong: made up in many ways, and real."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

WIDTHS = (8, 16, 32, 64, 128, 256, 512, 768, 1024)


@dataclass(frozen=True, eq=False)
class VectorSet:
    """Two sets of vectors.

    Attributes:
        images, texts: (N, d) and (M, d).
        owner: (M,) image of each text; None where row i belongs to row i.
        about: how they were made, in words.
        names: of the files.
    """

    images: np.ndarray
    texts: np.ndarray
    owner: np.ndarray | None
    about: str
    names: tuple[str, ...] = ()

    @property
    def owners(self) -> np.ndarray:
        return np.arange(len(self.texts)) if self.owner is None else self.owner


def made_set(
    rng: np.random.Generator, most: int = 5000, least: int = 20, widths: tuple[int, ...] = WIDTHS
) -> VectorSet:
    """Draw a clean set: items in a latent space, seen by two towers with noise.

    What varies: how many pairs (log-uniform) of how many dimensions, how strong the pairs are, how fast the spectrum
    falls, how large the gap and how narrow the cones are, whether items are of classes and sorted by them, whether
    captions are shared or images have several, whether numbers are positive, sparse or whole, and how they were
    rounded.
    """
    n, d = int(np.exp(rng.uniform(np.log(least), np.log(most)))), int(rng.choice(widths))
    told = []
    items = rng.normal(size=(n, d)) * np.arange(1, d + 1) ** -rng.choice([0.0, 0.25, 0.5])
    if rng.random() < 0.4:
        classes = int(rng.integers(2, 40))
        of_item = rng.integers(0, classes, n)
        if rng.random() < 0.5:
            of_item.sort()
            told.append("sorted")
        items = items + rng.uniform(0.3, 1.2) * items.std() * rng.normal(size=(classes, d))[of_item]
        told.append(f"{classes} classes")
    said, owner = items, None
    captions = rng.choice(["one", "one", "shared", "several"])
    if captions == "shared":
        group = rng.integers(0, max(2, int(0.8 * n)), n)
        said = items[group % n]
        items = said + 0.3 * items.std() * rng.normal(size=(n, d))
        told.append("shared captions")
    elif captions == "several" and n * 2 <= most:
        owner = np.repeat(np.arange(n), int(rng.integers(2, 6)))[: 2 * most]
        owner = owner[owner <= owner[-1]]
        items, said = items[: owner[-1] + 1], items[owner]
        told.append("several captions")
    noise = rng.uniform(0.2, 0.8) * items.std()
    images = items + noise * rng.normal(size=items.shape)
    texts = said + noise * rng.normal(size=said.shape)
    if captions == "shared":
        texts = said + noise * rng.normal(size=said.shape)[group % n]
    scale = float(np.linalg.norm(items, axis=1).mean())
    cone, gap = rng.normal(size=(2, d))
    cone *= rng.uniform(0, 1.2) * scale / np.linalg.norm(cone)
    gap *= rng.uniform(0, 0.8) * scale / np.linalg.norm(gap)
    images, texts = images + cone + gap, texts + cone - gap
    style = rng.choice(["dense"] * 4 + ["positive", "sparse", "whole"]) if d >= 16 else "dense"
    if style == "positive":
        images, texts = np.maximum(images, 0), np.maximum(texts, 0)
    if style == "sparse":
        images, texts = (
            np.where(np.abs(v) >= np.quantile(np.abs(v), 0.6, axis=1, keepdims=True), v, 0) for v in (images, texts)
        )
    unit = style != "whole"
    if style == "whole":
        step = scale / np.sqrt(d) / rng.uniform(4, 30)
        images, texts = np.rint(images / step), np.rint(texts / step)
    images, texts = (_usable(v, rng) for v in (images, texts))
    if unit:
        images, texts = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (images, texts))
    dtype = rng.choice(["float32", "float32", "float64", "float16", "bfloat16"])
    images, texts = (rounded(v, dtype) for v in (images, texts))
    told += [f"{n} × {d}", style, str(dtype)]
    return VectorSet(images, texts, owner, ", ".join(told))


def rounded(vectors: np.ndarray, dtype: str) -> np.ndarray:
    """Return the vectors as this type holds them; bfloat16 as float32."""
    if dtype == "bfloat16":
        bits = vectors.astype(np.float32).view(np.uint32)
        return ((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000).view(np.float32)
    return vectors.astype(dtype)


def _usable(vectors: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Rows that came out zero get one number."""
    zero = ~vectors.any(axis=1)
    vectors = vectors.copy()
    vectors[np.flatnonzero(zero), rng.integers(0, vectors.shape[1], int(zero.sum()))] = 1
    return vectors


def part(rng: np.random.Generator, whole: VectorSet, least: int = 20) -> VectorSet:
    """Draw some pairs of a set, in another order."""
    n = int(np.exp(rng.uniform(np.log(least), np.log(len(whole.images)))))
    rows = rng.permutation(len(whole.images))[:n]
    if rng.random() < 0.5:
        rows.sort()
    return replace(whole, images=whole.images[rows], texts=whole.texts[rows], about=f"{whole.about}, {n} pairs")


@cache
def real_sets() -> tuple[VectorSet, ...]:
    """Return 500 pairs of COCO under CLIP ViT-B/16, where they are, and English glyphs under the tiny CLIP that mmgap
    brings, which knows no other language."""
    from mmgap.core.paths import data_dir

    found = []
    file: Path = data_dir() / "vectors" / "features_clip.npy"
    if file.is_file():
        images, texts = np.load(file, allow_pickle=False)
        found.append(VectorSet(images, texts, None, "COCO under CLIP ViT-B/16"))
    return (*found, *_glyphs())


def _glyphs() -> tuple[VectorSet, ...]:
    from mmgap import datasets, encoders
    from mmgap.encoders.embed import embed

    found = []
    for split in ("test", "validation"):
        data = datasets.load("glyphs-en", split=split, captions="first")
        vectors = embed(encoders.load("tiny"), data)
        sides = (side / np.linalg.norm(side, axis=1, keepdims=True) for side in (vectors.images, vectors.texts))
        found.append(VectorSet(*sides, None, f"glyphs-en under tiny, {split}"))
    return tuple(found)
