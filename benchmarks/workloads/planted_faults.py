"""Faults planted in clean vectors: one function for each kind, and whether the fault can be told at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from mmgap.core.messages import Message
from mmgap.diagnosis.pairing import pairing
from mmgap.diagnosis.surveyed_rows import survey

from .clean_vectors import VectorSet, rounded


@dataclass(frozen=True, eq=False)
class Planted:
    """A set with a fault.

    Attributes:
        vectors: as they are now.
        kind: what has to be found.
        fault: what was done, in words.
        detectable: whether anything in the vectors tells.
        scale: the logit scale that goes with them, where one does.
    """

    vectors: VectorSet
    kind: str
    fault: str
    detectable: bool = True
    scale: float | None = None


@dataclass(frozen=True)
class Strength:
    """How well the pairs of a clean set match: recall at 1 over chance, and the mean place of own images."""

    times_chance: float
    place: float
    recall: float

    @property
    def telling(self) -> bool:
        """Whether one can tell where rows went, as the doctor says it: recall at 1 is ten times chance."""
        return self.times_chance >= 10


def strength(vectors: VectorSet) -> Strength:
    """Return how well pairs match."""
    sides = survey(vectors.images, Message("images")), survey(vectors.texts, Message("texts"))
    found = pairing(*sides, vectors.owners)
    return Strength(found.recall / found.chance, float(found.places.mean()), found.recall)


def _unit(vectors: np.ndarray) -> np.ndarray:
    wide = vectors.astype(np.float64)
    return np.asarray((wide / np.linalg.norm(wide, axis=1, keepdims=True)).astype(vectors.dtype))


def _one_side(rng: np.random.Generator, vectors: VectorSet, change: Callable[[np.ndarray], np.ndarray]) -> VectorSet:
    side = rng.choice(["images", "texts"])
    changed = change(getattr(vectors, side).copy())
    return replace(vectors, **{str(side): changed}, about=f"{vectors.about}; {side}")


def _some(rng: np.random.Generator, n: int, low: float, high: float, least: int = 1) -> np.ndarray:
    return np.sort(rng.choice(n, max(least, int(rng.uniform(low, high) * n)), replace=False))


def _block(rng: np.random.Generator, n: int, low: float, high: float, least: int) -> slice:
    length = min(n - least, max(least, int(rng.uniform(low, high) * n)))
    start = int(rng.integers(0, n - length + 1))
    return slice(start, start + length)


def nonfinite(rng: np.random.Generator, clean: VectorSet) -> Planted:
    value = rng.choice([np.nan, np.inf, -np.inf])

    def change(rows: np.ndarray) -> np.ndarray:
        which = _some(rng, len(rows), 0, 0.1)
        rows[which, rng.integers(0, rows.shape[1], len(which))] = value
        return rows

    return Planted(_one_side(rng, clean, change), "nonfinite", f"{value}")


def zero_rows(rng: np.random.Generator, clean: VectorSet) -> Planted:
    def change(rows: np.ndarray) -> np.ndarray:
        rows[_some(rng, len(rows), 0, 0.1)] = 0
        return rows

    return Planted(_one_side(rng, clean, change), "zero_rows", "zero rows")


def norms(rng: np.random.Generator, clean: VectorSet) -> Planted:
    clean = replace(clean, images=_unit(clean.images), texts=_unit(clean.texts))
    factor = float(rng.choice([0.1, 0.5, 2, 10, 100]))
    if rng.random() < 0.5:
        return Planted(_one_side(rng, clean, lambda rows: rows * rows.dtype.type(factor)), "norms", f"all × {factor}")

    def change(rows: np.ndarray) -> np.ndarray:
        which = _some(rng, len(rows), 0.02, 0.5, 3)
        rows[which] *= rows.dtype.type(factor)
        return rows

    return Planted(_one_side(rng, clean, change), "norms", f"some × {factor}")


def collapse(rng: np.random.Generator, clean: VectorSet) -> Planted:
    side = clean.images
    possible = min(side.shape[1], len(np.unique(side, axis=0)) - 1, len(np.unique(clean.texts, axis=0)) - 1)
    if rng.random() < 0.5:

        def change(rows: np.ndarray) -> np.ndarray:
            point = rng.normal(size=rows.shape[1])
            point /= np.linalg.norm(point)
            return _unit((point + 10 ** -rng.uniform(2.5, 6) * _unit(rows.astype(np.float64))).astype(rows.dtype))

        return Planted(_one_side(rng, clean, change), "collapse", "one point")
    rank = int(rng.integers(1, 3))

    def flatten(rows: np.ndarray) -> np.ndarray:
        basis, _ = np.linalg.qr(rng.normal(size=(rows.shape[1], rank)))
        flat = rng.normal(size=rows.shape[1]) * 0.05 + (rows.astype(np.float64) - rows.mean(axis=0)) @ basis @ basis.T
        return flat.astype(rows.dtype)

    return Planted(_one_side(rng, clean, flatten), "collapse", f"rank {rank}", detectable=possible >= 16)


def duplicates(rng: np.random.Generator, clean: VectorSet) -> Planted:
    what = strength(clean)
    if clean.owner is not None or rng.random() < 0.5:
        which = _some(rng, len(clean.texts), 0.01, 0.2)
        source = rng.integers(0, len(clean.texts), len(which))
        moved = source == which
        source[moved] = (source[moved] + 1) % len(clean.texts)
        images, texts = clean.images.copy(), clean.texts.copy()
        images[clean.owners[which]], texts[which] = clean.images[clean.owners[source]], clean.texts[source]
        return Planted(replace(clean, images=images, texts=texts), "duplicates", "pairs twice")

    def change(rows: np.ndarray) -> np.ndarray:
        which = _some(rng, len(rows), 0.02, 0.2, 4)
        rest = np.setdiff1d(np.arange(len(rows)), which)
        rows[which] = rows[rng.choice(rest, len(which), replace=len(which) > len(rest))]
        return rows

    detectable = what.place > 0.9 and what.telling and len(clean.texts) >= 60 and clean.texts.shape[1] >= 16
    return Planted(_one_side(rng, clean, change), "duplicates", "copied rows", detectable=detectable)


def shared_component(rng: np.random.Generator, clean: VectorSet) -> Planted:
    if rng.random() < 0.5:
        share = rng.uniform(0.93, 0.995)

        def change(rows: np.ndarray) -> np.ndarray:
            wide = _unit(rows.astype(np.float64))
            wide -= wide.mean(axis=0)
            point = rng.normal(size=rows.shape[1])
            point *= np.sqrt(share / (1 - share) * np.square(wide).sum(axis=1).mean()) / np.linalg.norm(point)
            return _unit((wide + point).astype(rows.dtype))

        return Planted(_one_side(rng, clean, change), "shared_component", "a constant vector")

    def spike(rows: np.ndarray) -> np.ndarray:
        wide = _unit(rows.astype(np.float64))
        column = int(rng.integers(rows.shape[1]))
        wide[:, column] = rng.normal(size=len(rows)) * np.sqrt(rng.uniform(25, 100) * wide.var(axis=0).sum())
        return wide.astype(rows.dtype)

    possible = min(clean.images.shape[1], *(len(np.unique(v, axis=0)) - 1 for v in (clean.images, clean.texts)))
    return Planted(_one_side(rng, clean, spike), "shared_component", "one huge number", detectable=possible >= 16)


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
        block = _block(rng, n, 0.1, 0.4, 20 if n >= 60 else 4)
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
    block = _block(rng, min(n, len(clean.texts)), 0.1, 0.4, 20 if n >= 60 else 4)
    if way == "encoder":
        turn, _ = np.linalg.qr(rng.normal(size=(clean.images.shape[1],) * 2))

        def change(rows: np.ndarray) -> np.ndarray:
            rows[block] = (rows[block].astype(np.float64) @ turn).astype(rows.dtype)
            return rows

        detectable = what.telling and what.place > 0.9 and n >= 60
        return Planted(_one_side(rng, clean, change), "mixed_sources", "encoder", detectable=detectable)
    clean = replace(clean, images=clean.images.astype(np.float32), texts=clean.texts.astype(np.float32))
    if way == "norm":

        def scale(rows: np.ndarray) -> np.ndarray:
            rows = _unit(rows)
            rows[block] *= np.float32(rng.choice([0.3, 3, 10]))
            return rows

        return Planted(_one_side(rng, clean, scale), "mixed_sources", "norm")
    clean = replace(clean, **{side: _fine(rng, getattr(clean, side)) for side in ("images", "texts")})

    def round_some(rows: np.ndarray) -> np.ndarray:
        some = rows[block]
        step = np.abs(some).max(axis=1, keepdims=True) / 127
        rows[block] = rounded(some, "float16") if way == "float16" else np.rint(some / step) * step
        return rows

    return Planted(_one_side(rng, clean, round_some), "mixed_sources", str(way))


def _fine(rng: np.random.Generator, rows: np.ndarray) -> np.ndarray:
    """Rows that were never rounded to anything but float32, nor made of few values."""
    return _unit((rows + 0.01 * rows.std() * rng.normal(size=rows.shape)).astype(np.float32))


def truncated_texts(rng: np.random.Generator, clean: VectorSet) -> Planted:
    what = strength(clean)
    texts = clean.texts.copy()
    which = _some(rng, len(texts), 0.05, 0.4, 5)
    point = texts[rng.integers(len(texts))].astype(np.float64)
    spread = rng.choice([0.0, 0.02]) * np.linalg.norm(point) / np.sqrt(len(point))
    texts[which] = (point + spread * rng.normal(size=(len(which), len(point)))).astype(texts.dtype)
    detectable = what.telling and what.place > 0.9 and len(texts) >= 60 and texts.shape[1] >= 16
    return Planted(replace(clean, texts=texts), "truncated_texts", f"{len(which)} texts", detectable=detectable)


def logit_scale(rng: np.random.Generator, clean: VectorSet) -> Planted:
    from mmgap.diagnosis.logit_scale import plausible_scales

    what = strength(clean)
    sides = survey(clean.images, Message("images")), survey(clean.texts, Message("texts"))
    least, most = plausible_scales(pairing(*sides, clean.owners))
    factor = float(rng.choice([1 / 1000, 1 / 100, 1 / 20, 20, 100]))
    right = least if factor < 1 else most
    detectable = what.telling and 0.01 < right * factor < 1000
    return Planted(clean, "logit_scale", f"× {factor:g}", detectable=detectable, scale=right * factor)


PLANTERS: dict[str, Callable[[np.random.Generator, VectorSet], Planted]] = {
    planter.__name__: planter
    for planter in (
        nonfinite,
        zero_rows,
        norms,
        collapse,
        duplicates,
        shared_component,
        shifted_rows,
        shuffled_rows,
        swapped_modalities,
        mixed_sources,
        truncated_texts,
        logit_scale,
    )
}
