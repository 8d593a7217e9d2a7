"""Faults in what rows hold, whatever belongs to what: one function for each kind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mmgap.core.messages import Message
from mmgap.diagnosis.logit_scale import plausible_scales
from mmgap.diagnosis.pairing import pairing
from mmgap.diagnosis.surveyed_rows import survey

from .clean_vectors import VectorSet
from .planting import Planted, one_side, some_rows, strength, unit


def nonfinite(rng: np.random.Generator, clean: VectorSet) -> Planted:
    value = rng.choice([np.nan, np.inf, -np.inf])

    def change(rows: np.ndarray) -> np.ndarray:
        which = some_rows(rng, len(rows), 0, 0.1)
        rows[which, rng.integers(0, rows.shape[1], len(which))] = value
        return rows

    return Planted(one_side(rng, clean, change), "nonfinite", f"{value}")


def zero_rows(rng: np.random.Generator, clean: VectorSet) -> Planted:
    def change(rows: np.ndarray) -> np.ndarray:
        rows[some_rows(rng, len(rows), 0, 0.1)] = 0
        return rows

    return Planted(one_side(rng, clean, change), "zero_rows", "zero rows")


def norms(rng: np.random.Generator, clean: VectorSet) -> Planted:
    clean = replace(clean, images=unit(clean.images), texts=unit(clean.texts))
    factor = float(rng.choice([0.1, 0.5, 2, 10, 100]))
    if rng.random() < 0.5:
        return Planted(one_side(rng, clean, lambda rows: rows * rows.dtype.type(factor)), "norms", f"all × {factor}")

    def change(rows: np.ndarray) -> np.ndarray:
        which = some_rows(rng, len(rows), 0.02, 0.5, 3)
        rows[which] *= rows.dtype.type(factor)
        return rows

    return Planted(one_side(rng, clean, change), "norms", f"some × {factor}")


def collapse(rng: np.random.Generator, clean: VectorSet) -> Planted:
    side = clean.images
    possible = min(side.shape[1], len(np.unique(side, axis=0)) - 1, len(np.unique(clean.texts, axis=0)) - 1)
    if rng.random() < 0.5:

        def change(rows: np.ndarray) -> np.ndarray:
            point = rng.normal(size=rows.shape[1])
            point /= np.linalg.norm(point)
            return unit((point + 10 ** -rng.uniform(2.5, 6) * unit(rows.astype(np.float64))).astype(rows.dtype))

        return Planted(one_side(rng, clean, change), "collapse", "one point")
    rank = int(rng.integers(1, 3))

    def flatten(rows: np.ndarray) -> np.ndarray:
        basis, _ = np.linalg.qr(rng.normal(size=(rows.shape[1], rank)))
        flat = rng.normal(size=rows.shape[1]) * 0.05 + (rows.astype(np.float64) - rows.mean(axis=0)) @ basis @ basis.T
        return flat.astype(rows.dtype)

    return Planted(one_side(rng, clean, flatten), "collapse", f"rank {rank}", detectable=possible >= 16)


def shared_component(rng: np.random.Generator, clean: VectorSet) -> Planted:
    if rng.random() < 0.5:
        share = rng.uniform(0.93, 0.995)

        def change(rows: np.ndarray) -> np.ndarray:
            wide = unit(rows.astype(np.float64))
            wide -= wide.mean(axis=0)
            point = rng.normal(size=rows.shape[1])
            point *= np.sqrt(share / (1 - share) * np.square(wide).sum(axis=1).mean()) / np.linalg.norm(point)
            return unit((wide + point).astype(rows.dtype))

        return Planted(one_side(rng, clean, change), "shared_component", "a constant vector")

    def spike(rows: np.ndarray) -> np.ndarray:
        wide = unit(rows.astype(np.float64))
        column = int(rng.integers(rows.shape[1]))
        wide[:, column] = rng.normal(size=len(rows)) * np.sqrt(rng.uniform(25, 100) * wide.var(axis=0).sum())
        return wide.astype(rows.dtype)

    possible = min(clean.images.shape[1], *(len(np.unique(v, axis=0)) - 1 for v in (clean.images, clean.texts)))
    return Planted(one_side(rng, clean, spike), "shared_component", "one huge number", detectable=possible >= 16)


def logit_scale(rng: np.random.Generator, clean: VectorSet) -> Planted:
    what = strength(clean)
    sides = survey(clean.images, Message("images")), survey(clean.texts, Message("texts"))
    least, most = plausible_scales(pairing(*sides, clean.owners))
    factor = float(rng.choice([1 / 1000, 1 / 100, 1 / 20, 20, 100]))
    right = least if factor < 1 else most
    detectable = what.telling and 0.01 < right * factor < 1000
    return Planted(clean, "logit_scale", f"× {factor:g}", detectable=detectable, scale=right * factor)
