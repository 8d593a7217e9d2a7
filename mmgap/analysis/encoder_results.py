"""What one encoder gave on one dataset of the practices: a row and its arrays as a plain dictionary for JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmgap.analysis.encoder_roles import role
from mmgap.core.defaults import RECALLS_AT
from mmgap.core.text_arrays import texts_of
from mmgap.evaluation.item_arrays import Items
from mmgap.rows.row import Row

#: Cosines within and between categories: name in the JSON → start of the metric's name.
BLOCKS = {"image_image": "image", "text_text": "text", "image_text": "pair"}


def results(row: Row, items: Items) -> dict[str, Any]:
    """Return the figures of a row, with what its per-item arrays say of every category and every image.

    Figures of the whole set are the row's metrics. Those of a category are means over its own images and captions:
    standard deviations divide by n, and cosines within it leave out each item with itself (``image_within``,
    ``text_within``) and each image with its own captions (``pair_within``); a category too small for one has null.

    Args:
        row: of the experiment "practices".
        items: its per-item arrays; M = 0 captions leaves the image part alone.

    Returns:
        Plain numbers, texts, lists and dictionaries, none of them NaN or infinite.
    """
    texts = len(items["owner"]) > 0
    found: dict[str, Any] = {
        "row": row["key"],
        "started_at": row["started_at"],
        "encoder": row["cell"]["encoder"],
        "role": role(row),
        "dataset": row["cell"]["dataset"],
        "captions": row["cell"]["variant"].get("captions"),
        "seed": row["cell"]["seed"],
        "n_images": len(items["image_image"]),
        "n_texts": len(items["owner"]),
    }
    if texts:
        found |= {
            "top1": _top1(items),
            "recall": {way: _recall(row, way) for way in ("i2t", "t2i")},
            "diagonal": {name: metric(row, f"diagonal_{name}") for name in ("mean", "sd", "min", "max")},
            "off_diagonal": {name: metric(row, f"off_diagonal_{name}") for name in ("mean", "sd")},
            "gap": metric(row, "gap"),
        }
    found["cosines"] = _blocks(row)
    found["categories"] = {name: _category(items, name) for name in categories(items)}
    found["images"] = _images(items)
    return found


def metric(row: Row, name: str) -> float | None:
    """Return a metric's value, None where the row lacks it."""
    return row["metrics"][name]["value"] if name in row["metrics"] else None


def categories(items: Items) -> list[str]:
    """Return the categories in the order of their first image; images without one belong to none."""
    return [name for name in dict.fromkeys(texts_of(items["categories"])) if name]


def members(items: Items, category: str) -> np.ndarray:
    """Return which images belong to a category, (N,) bool."""
    return np.array([name == category for name in texts_of(items["categories"])])


def image_diagonal(items: Items) -> np.ndarray:
    """Return the mean cosine of each image with its own captions, (N,); NaN for an image without one."""
    n = len(items["image_image"])
    counts = np.bincount(items["owner"], minlength=n)
    sums = np.bincount(items["owner"], weights=items["diagonal"], minlength=n)
    return np.divide(sums, counts, out=np.full(n, np.nan), where=counts > 0)


def _top1(items: Items) -> dict[str, Any]:
    values = np.asarray(items["top1_image"], dtype=np.float64)
    return {"percent": 100 * float(values.mean()), "count": count(values), "of": len(values)}


def count(values: np.ndarray) -> int | float:
    """Return how many images matched: a whole number, but for ties, each of which counts as its share."""
    total = round(float(values.sum()), 6)
    return int(total) if total.is_integer() else total


def _recall(row: Row, way: str) -> dict[str, float]:
    """Recall in per cent by k, as far as it was measured."""
    found = {f"r{k}": metric(row, f"{way}_r{k}") for k in RECALLS_AT}
    return {k: 100 * value for k, value in found.items() if value is not None}


def _blocks(row: Row) -> dict[str, dict[str, float]]:
    """Mean cosines within and between categories, as far as they were measured."""
    found = {
        name: {
            side: value
            for side in ("within", "between")
            if (value := metric(row, f"{start}_{side}_category")) is not None
        }
        for name, start in BLOCKS.items()
    }
    return {name: sides for name, sides in found.items() if sides}


def _category(items: Items, name: str) -> dict[str, Any]:
    own = members(items, name)
    found: dict[str, Any] = {"n": int(own.sum()), "image_within": _off_diagonal(items["image_image"][np.ix_(own, own)])}
    captions = own[items["owner"]]
    if not len(captions):
        return found
    found["n_texts"] = int(captions.sum())
    if captions.any():
        diagonal = np.asarray(items["diagonal"], dtype=np.float64)[captions]
        found |= {"diagonal_mean": float(diagonal.mean()), "diagonal_sd": float(diagonal.std())}
    strangers = items["owner"][captions] != np.flatnonzero(own)[:, None]
    return found | {
        "top1_percent": 100 * float(items["top1_image"][own].mean()),
        "top1_count": count(items["top1_image"][own]),
        "text_within": _off_diagonal(items["text_text"][np.ix_(captions, captions)]),
        "pair_within": _mean(items["image_text"][np.ix_(own, captions)], strangers),
    }


def _off_diagonal(matrix: np.ndarray) -> float | None:
    return _mean(matrix, ~np.eye(len(matrix), dtype=bool))


def _mean(matrix: np.ndarray, where: np.ndarray) -> float | None:
    return float(matrix.mean(where=where, dtype=np.float64)) if where.any() else None


def _images(items: Items) -> list[dict[str, Any]]:
    names, kinds = texts_of(items["ids"]), texts_of(items["categories"])
    listed: list[dict[str, Any]] = [
        {"id": name, "category": kind or None} for name, kind in zip(names, kinds, strict=True)
    ]
    if len(items["owner"]):
        best = items["owner"][items["best_caption"]]
        for entry, cosine, hit, other in zip(listed, image_diagonal(items), items["top1_image"], best, strict=True):
            entry |= {
                "diagonal": None if np.isnan(cosine) else float(cosine),
                "top1": float(hit),
                "top1_correct": bool(hit == 1),
                "best_match_id": names[other],
            }
    return listed
