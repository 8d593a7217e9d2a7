"""Rows of the experiment transfer with arrays, made up: two encoders as they are, and a training of the first."""

from __future__ import annotations

import numpy as np

from mmgap.core.cache import Cache
from mmgap.core.text_arrays import as_array
from mmgap.metrics import MinibatchCka
from mmgap.rows.row import Row
from tests.support.made_up_rows import metric, row, with_items

#: Items whose layers are compared.
ITEMS = 40


def layers(count: int, width: int, seed: int, changed: float = 0.0) -> dict[str, np.ndarray]:
    """Return layers that wander off the first one; the deeper, the more of it is ``changed``."""
    rng, drawn = np.random.default_rng(seed), np.random.default_rng(99)
    rows, found = rng.normal(size=(ITEMS, width)), {}
    for depth in range(count):
        rows = rows + 0.5 * rng.normal(size=rows.shape)
        moved = rows + changed * depth / count * drawn.normal(size=rows.shape)
        found["vectors" if depth == count - 1 else str(depth + 1)] = moved
    return found


def cka(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> np.ndarray:
    """Return layers × layers."""
    made = MinibatchCka(list(a), list(b))
    made.add(a, b)
    return made.matrix()


def arrays(changed: float = 0.0, count: int = 4, items: int = ITEMS) -> dict[str, np.ndarray]:
    """Return what a row keeps."""
    before = {side: layers(count, 12, seed) for side, seed in (("image", 1), ("text", 2))}
    after = {side: layers(count, 12, seed, changed) for side, seed in (("image", 1), ("text", 2))}
    series = np.array([[0.2, 0.15, 0.25], [0.12, 0.05, 0.2], [0.1, 0.02, 0.3]])
    kept = {"cka_cross": cka(after["image"], after["text"]), "layer_items": np.arange(items)}
    for side in ("image", "text"):
        kept |= {
            f"cka_{side}": cka(before[side], after[side]),
            f"layers_{side}": np.concatenate(list(after[side].values()), axis=1).astype(np.float32),
            f"layer_widths_{side}": np.full(count, 12),
            f"layer_names_{side}": as_array(after[side]),
        }
    return {
        **kept,
        "multiplicity": np.array([[1, 200], [2, 60], [4, 20]]),
        "multiplicity_gap": series + 0.5,
        "multiplicity_r1_own": series,
        "multiplicity_r1": series + np.array([[0.0], [0.1], [0.3]]),
    }


def transfer_rows(cache: Cache, bound: float = 2.0) -> list[Row]:
    """Return rows whose arrays are in the cache: ``tiny``, a deeper ``other``, and ``tiny`` trained with ``ce``."""
    numbers = {
        "information_bound": metric(bound, bound - 0.2, bound + 0.2),
        "information_ceiling": metric(5.6),
        "imbalance_i2t": metric(0.31, 0.25, 0.37),
        "imbalance_t2i": metric(0.28, 0.22, 0.34),
        "probe": metric(0.5, unit="share"),
        "shared1_r1_own": metric(0.2, 0.15, 0.25, "share"),
        "shared4_r1_own": metric(0.1, 0.02, 0.3, "share"),
        "shared4_r1": metric(0.4, 0.32, 0.6, "share"),
        "shared1_gap": metric(0.7, 0.65, 0.75),
        "shared4_gap": metric(0.6, 0.52, 0.8),
    }
    changes = {
        f"cka_{side}_{where}": metric(v) for side in ("image", "text") for where, v in (("first", 0.99), ("last", 0.61))
    }
    return [
        with_items(cache, row("transfer", encoder, loss=loss, metrics=metrics), kept)
        for encoder, loss, metrics, kept in (
            ("tiny", "ce", numbers | changes, arrays(changed=3.0)),
            ("tiny", "initial", numbers, arrays()),
            ("other", "initial", numbers, arrays(count=12)),
        )
    ]
