"""Rows and per-item arrays that look like an experiment's, made without measuring anything."""

from pathlib import Path

import numpy as np

from mmgap.core.cache import Cache
from mmgap.rows.row import row_key


def metric(value, low=None, high=None, unit=None, better=None, n=500):
    return {"value": value, "ci_low": low, "ci_high": high, "n": n, "unit": unit, "higher_is_better": better}


def space_metrics(gap=0.851, r1=0.506):
    """What a measured space records, in the order in which it does."""
    found = {
        "gap": metric(gap),
        "gap_corrected": metric(gap - 0.002, gap - 0.011, gap + 0.009),
        "gap_p": metric(0.0005, unit="p", n=1999),
        "misalignment": metric(1.380163, better=False),
        "uniformity": metric(-1.817723),
        "rmg": metric(0.59146),
        "cosine_image_mean": metric(0.531483),
    }
    for way in ("i2t", "t2i"):
        for k in (1, 5, 10):
            found[f"{way}_r{k}"] = metric(r1, r1 - 0.04, r1 + 0.04, "share", True)
            found[f"{way}_r{k}_pool90"] = metric(r1 + 0.2, unit="share", better=True)
            found[f"{way}_r{k}_own"] = metric(r1 - 0.1, unit="share", better=True)
            found[f"{way}_r{k}_pool90_own"] = metric(r1 + 0.1, unit="share", better=True)
    found["duplicate_captions"] = metric(3.0, unit="count")
    found["my_own_metric"] = metric(12.5)
    return found


def row(
    experiment="measure",
    encoder="tiny-random",
    dataset="glyphs-en",
    loss=None,
    seed=0,
    variant=None,
    metrics=None,
    status="ok",
    error=None,
    notes=(),
    items=None,
    started_at="2025-01-02T03:04:05Z",
):
    cell = {
        "experiment": experiment,
        "encoder": encoder,
        "dataset": dataset,
        "loss": loss,
        "seed": seed,
        "variant": {"captions": "first"} if variant is None else variant,
    }
    inputs = {"measure_version": 1, "n_images": 500, "n_texts": 500}
    return {
        "schema": 1,
        "key": row_key(cell, inputs),
        "cell": cell,
        "inputs": inputs,
        "status": status,
        "error": error,
        "metrics": space_metrics() if metrics is None else metrics,
        "notes": list(notes),
        "items": items,
        "time": {"load": 1.0, "total": 3.5},
        "memory": {"peak_mb": 500.0},
        "provenance": {
            "git": "abc123",
            "git_dirty": False,
            "libraries": {"mmgap": "0.1.0", "torch": "2.9"},
            "device": "cpu",
            "pid": 77,
        },
        "started_at": started_at,
    }


def failed(**keywords):
    error = {"type": "EncoderError", "message": "no weights\nhere", "tail": "Traceback …"}
    return row(status="failed", error=error, metrics={}, **keywords)


def items(n=12, bins=40, texts=True):
    """Arrays of the shapes that a measured space keeps."""
    rng = np.random.default_rng(0)
    image, text = rng.normal(size=(2, n, 2)) * 0.1 + np.array([[[0.4, 0]], [[-0.4, 0]]])
    names = np.frombuffer("\n".join(f"id-{i}" for i in range(n)).encode(), dtype=np.uint8).copy()
    found = {"map_image": image, "map_text": text if texts else text[:0], "map_ids": names}
    if texts:
        found |= {"edges": np.linspace(-1, 1, bins + 1), "similarity": rng.normal(size=(n, n)), "sample_ids": names}
        for number, name in enumerate(("image", "text", "matched", "unmatched")):
            counts = np.zeros(bins, dtype=np.int64)
            counts[20 + 3 * number : 24 + 3 * number] = 10
            found[f"histogram_{name}"] = counts
    return found


def with_items(cache: Cache, one, arrays=None):
    """The row, its arrays in the cache."""
    cache.write("items", {"row": one["key"]}, items() if arrays is None else arrays)
    return {**one, "items": one["key"]}


def stub_drawing(kind, arrays, title, language, paths, labels=()):
    """Stands in for the drawing where a test asks which pictures there are, not what they look like."""
    assert kind.can_be_drawn(arrays)
    for path in paths:
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(title)


def files(folder: Path, pattern="*"):
    return sorted(path.name for path in folder.glob(pattern))
