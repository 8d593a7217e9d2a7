"""Faults in which rows stand where: copied, moved, swapped, of another source. One function for each kind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .clean_vectors import VectorSet, rounded
from .planting import Planted, one_side, some_block, some_rows, strength, unit


def duplicates(rng: np.random.Generator, clean: VectorSet) -> Planted:
    what = strength(clean)
    if clean.owner is not None or rng.random() < 0.5:
        which = some_rows(rng, len(clean.texts), 0.01, 0.2)
        source = rng.integers(0, len(clean.texts), len(which))
        moved = source == which
        source[moved] = (source[moved] + 1) % len(clean.texts)
        images, texts = clean.images.copy(), clean.texts.copy()
        images[clean.owners[which]], texts[which] = clean.images[clean.owners[source]], clean.texts[source]
        return Planted(replace(clean, images=images, texts=texts), "duplicates", "pairs twice")

    def change(rows: np.ndarray) -> np.ndarray:
        which = some_rows(rng, len(rows), 0.02, 0.2, 4)
        rest = np.setdiff1d(np.arange(len(rows)), which)
        rows[which] = rows[rng.choice(rest, len(which), replace=len(which) > len(rest))]
        return rows

    detectable = what.place > 0.9 and what.telling and len(clean.texts) >= 60 and clean.texts.shape[1] >= 16
    return Planted(one_side(rng, clean, change), "duplicates", "copied rows", detectable=detectable)


def shifted_rows(rng: np.random.Generator, clean: VectorSet) -> Planted:
    n = len(clean.images)
    detectable = strength(clean).telling
    if rng.random() < 0.5 or clean.owner is not None:
        shift = int(rng.choice([1, -1, 2, int(rng.integers(1, n))]))
        moved = replace(clean, images=np.roll(clean.images, shift, axis=0))
        return Planted(moved, "shifted_rows", f"by {shift}", detectable=detectable)
    missing = int(rng.integers(0, n // 2))
    moved = replace(clean, images=np.delete(clean.images, missing, axis=0), texts=clean.texts[:-1])
    return Planted(moved, "shifted_rows", f"row {missing} missing", detectable=detectable and n >= 40)


def shuffled_rows(rng: np.random.Generator, clean: VectorSet) -> Planted:
    n, what = len(clean.images), strength(clean)
    way = rng.choice(["random", "backwards", "as text", "gathered", "block"])
    rows, detectable = np.arange(n), what.telling and n >= 60
    if way == "random":
        order = rng.permutation(n)
        detectable = what.telling and n >= 100
    elif way == "backwards":
        order = rows[::-1]
    elif way == "as text":
        order = np.array(sorted(range(n), key=str))
    elif way == "gathered":
        processes = int(rng.choice([2, 4, 8]))
        order = np.concatenate([rows[start::processes] for start in range(processes)])
    else:
        block = some_block(rng, n, 0.1, 0.4, 20 if n >= 60 else 4)
        order = rows.copy()
        order[block] = rng.permutation(order[block])
        detectable = what.telling and what.place > 0.9 and n >= 60 and block.stop - block.start >= 20
    return Planted(replace(clean, images=clean.images[order]), "shuffled_rows", str(way), detectable=detectable)


def swapped_modalities(rng: np.random.Generator, clean: VectorSet) -> Planted:
    turned = replace(clean, images=clean.texts, texts=clean.images)
    if len(clean.images) != len(clean.texts):
        even = len(clean.texts) % len(clean.images) == 0
        return Planted(
            replace(turned, owner=clean.owner if rng.random() < 0.5 else None), "swapped_modalities", "counts", even
        )
    if rng.random() < 0.5:
        return Planted(replace(turned, names=("text_features", "img_emb")), "swapped_modalities", "names")
    group = rng.integers(0, int(0.7 * len(clean.texts)), len(clean.texts))
    own = clean.images[group].astype(np.float64)
    texts = (own + 0.3 * own.std() * rng.normal(size=own.shape)).astype(clean.images.dtype)
    shared = replace(turned, images=clean.texts[group], texts=texts)
    equal = len(np.unique(clean.images, axis=0)) == len(clean.images)
    return Planted(shared, "swapped_modalities", "duplicates", detectable=equal)


def mixed_sources(rng: np.random.Generator, clean: VectorSet) -> Planted:
    what, n = strength(clean), len(clean.images)
    way = rng.choice(["encoder", "norm", "float16", "int8"])
    block = some_block(rng, min(n, len(clean.texts)), 0.1, 0.4, 20 if n >= 60 else 4)
    if way == "encoder":
        turn, _ = np.linalg.qr(rng.normal(size=(clean.images.shape[1],) * 2))

        def change(rows: np.ndarray) -> np.ndarray:
            rows[block] = (rows[block].astype(np.float64) @ turn).astype(rows.dtype)
            return rows

        detectable = what.telling and what.place > 0.9 and n >= 60
        return Planted(one_side(rng, clean, change), "mixed_sources", "encoder", detectable=detectable)
    clean = replace(clean, images=clean.images.astype(np.float32), texts=clean.texts.astype(np.float32))
    if way == "norm":

        def scale(rows: np.ndarray) -> np.ndarray:
            rows = unit(rows)
            rows[block] *= np.float32(rng.choice([0.3, 3, 10]))
            return rows

        return Planted(one_side(rng, clean, scale), "mixed_sources", "norm")
    clean = replace(clean, **{side: _fine(rng, getattr(clean, side)) for side in ("images", "texts")})

    def round_some(rows: np.ndarray) -> np.ndarray:
        some = rows[block]
        step = np.abs(some).max(axis=1, keepdims=True) / 127
        rows[block] = rounded(some, "float16") if way == "float16" else np.rint(some / step) * step
        return rows

    return Planted(one_side(rng, clean, round_some), "mixed_sources", str(way))


def _fine(rng: np.random.Generator, rows: np.ndarray) -> np.ndarray:
    """Rows that were never rounded to anything but float32, nor made of few values."""
    return unit((rows + 0.01 * rows.std() * rng.normal(size=rows.shape)).astype(np.float32))


def truncated_texts(rng: np.random.Generator, clean: VectorSet) -> Planted:
    what = strength(clean)
    texts = clean.texts.copy()
    which = some_rows(rng, len(texts), 0.05, 0.4, 5)
    point = texts[rng.integers(len(texts))].astype(np.float64)
    spread = rng.choice([0.0, 0.02]) * np.linalg.norm(point) / np.sqrt(len(point))
    texts[which] = (point + spread * rng.normal(size=(len(which), len(point)))).astype(texts.dtype)
    detectable = what.telling and what.place > 0.9 and len(texts) >= 60 and texts.shape[1] >= 16
    return Planted(replace(clean, texts=texts), "truncated_texts", f"{len(which)} texts", detectable=detectable)
