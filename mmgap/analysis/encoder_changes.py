"""One encoder against another on the same images: differences with their intervals, by category and by image."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmgap.analysis.changed_data import changed_data
from mmgap.analysis.encoder_results import categories, count, image_diagonal, members
from mmgap.analysis.encoder_roles import role
from mmgap.core.messages import Message
from mmgap.core.text_arrays import texts_of
from mmgap.evaluation.item_arrays import Items
from mmgap.rows.row import Row
from mmgap.stats import contrast, holm, share_interval

#: A mean cosine nearer to 0 than this counts as 0: float32 resolves no less.
ZERO = 1e-9

INFINITE = "∞"


class NotComparable(ValueError):
    """Two rows that do not speak of the same images and captions."""


def compare(row_a: Row, items_a: Items, row_b: Row, items_b: Items) -> dict[str, Any]:
    """Return what encoder b changes against encoder a on the same images and captions.

    Intervals are 95 % and paired, over clusters of images that share a caption, and the p-values come from flipping the
    sign of a cluster's difference (`mmgap.stats.contrast`); a single cluster has neither. Means of the diagonal are
    over captions, an image's own figure and its improvement over its captions.

    Args:
        row_a, row_b: rows of the experiment "practices".
        items_a, items_b: their per-item arrays.

    Returns:
        Plain numbers, texts, lists and dictionaries for JSON; a change relative to 0 is the text ``"∞"``.

    Raises:
        NotComparable: other images, other captions, or none, or data that changed between the two measurements; the
            message names what differs, and which of the two is to be measured again.
    """
    _same(row_a, items_a, row_b, items_b)
    owner, names, kinds = items_a["owner"], texts_of(items_a["ids"]), texts_of(items_a["categories"])
    first, second = image_diagonal(items_a), image_diagonal(items_b)
    known = ~np.isnan(first)
    improved = (second > first)[known].astype(np.float64)
    clusters = items_a.get("cluster", np.arange(len(names)))
    found = share_interval(improved, clusters=clusters[known])
    hits_a, hits_b = (np.asarray(items["top1_image"], dtype=np.float64) for items in (items_a, items_b))
    listed = [
        {
            "id": names[i],
            "category": kinds[i] or None,
            "a": float(first[i]),
            "b": float(second[i]),
            "improvement": float(second[i] - first[i]),
            "relative_percent": relative(float(first[i]), float(second[i])),
            "top1_a": float(hits_a[i]),
            "top1_b": float(hits_b[i]),
        }
        for i in np.flatnonzero(known)
    ]
    return {
        "dataset": row_a["cell"]["dataset"],
        "captions": row_a["cell"]["variant"].get("captions"),
        "seed": row_a["cell"]["seed"],
        "n_images": len(names),
        "n_texts": len(owner),
        "a": _side(row_a, items_a),
        "b": _side(row_b, items_b),
        "top1": {
            "points": 100 * float(hits_b.mean() - hits_a.mean()),
            **_tested(hits_a, hits_b, clusters, shares=True, factor=100),
            "matches": [count(hits_a), count(hits_b)],
        },
        "diagonal": _change(items_a["diagonal"], items_b["diagonal"])
        | _tested(items_a["diagonal"], items_b["diagonal"], clusters[owner]),
        "images_improved": {
            "percent": 100 * float(improved.mean()),
            "ci": [100 * found.low, 100 * found.high] if len(improved) > 1 else None,
            "count": int(improved.sum()),
            "of": len(improved),
        },
        "categories": {name: _category(items_a, items_b, name) for name in categories(items_a)},
        "images": sorted(listed, key=lambda entry: -entry["improvement"]),
    }


def relative(a: float, b: float) -> float | str:
    """Return the change from a to b in per cent of |a|; ``"∞"`` or ``"−∞"`` from 0.

    >>> relative(0.25, 0.5), relative(0.0, 0.3), relative(0.0, 0.0), relative(-0.25, 0.25)
    (100.0, '∞', 0.0, 200.0)
    """
    change = b - a
    if abs(a) > ZERO:
        return 100 * change / abs(a)
    if abs(change) <= ZERO:
        return 0.0
    return INFINITE if change > 0 else f"−{INFINITE}"


def adjust(comparisons: list[dict[str, Any]]) -> None:
    """Set ``p_value_holm``: what Holm's correction makes of the p-values of several comparisons; one has none."""
    for name in ("top1", "diagonal"):
        for entry in comparisons:
            entry[name].pop("p_value_holm", None)
        tested = [entry[name] for entry in comparisons if entry[name]["p_value"] is not None]
        if len(tested) > 1:
            for entry, value in zip(tested, holm([entry["p_value"] for entry in tested]), strict=True):
                entry["p_value_holm"] = value


def same_data(row_a: Row, row_b: Row) -> None:
    """Raises `NotComparable` where the rows themselves say that the data changed between them."""
    if changed := changed_data((row_a, row_b)):
        a, b = row_a["cell"]["encoder"], row_b["cell"]["encoder"]
        told = Message(
            "{a} and {b} saw other data ({changed}): {cure}",
            a=a,
            b=b,
            changed=", ".join(changed),
            cure=_cure(row_a, row_b),
        )
        raise NotComparable(told)


def _same(row_a: Row, items_a: Items, row_b: Row, items_b: Items) -> None:
    a, b = row_a["cell"]["encoder"], row_b["cell"]["encoder"]
    cure = _cure(row_a, row_b)
    names_a, names_b = texts_of(items_a["ids"]), texts_of(items_b["ids"])
    if names_a != names_b:
        if len(names_a) != len(names_b):
            n, m = len(names_a), len(names_b)
            raise NotComparable(Message("{a} saw {n} images, {b} {m}: {cure}", a=a, n=n, b=b, m=m, cure=cure))
        left, right = next(pair for pair in zip(names_a, names_b, strict=True) if pair[0] != pair[1])
        told = Message(
            "image {left} of {a} stands where {b} has {right}: {cure}",
            left=repr(left),
            a=a,
            b=b,
            right=repr(right),
            cure=cure,
        )
        raise NotComparable(told)
    if not np.array_equal(items_a["owner"], items_b["owner"]):
        raise NotComparable(Message("{a} and {b} saw other captions of the same images: {cure}", a=a, b=b, cure=cure))
    same_data(row_a, row_b)
    if not len(items_a["owner"]):
        raise NotComparable(Message("{a} and {b}: images without captions have no pairs to compare", a=a, b=b))


def _cure(row_a: Row, row_b: Row) -> str:
    older, newer = sorted((row_a, row_b), key=lambda row: row["started_at"])
    if older["started_at"] == newer["started_at"]:
        return Message("measure both on the same data again (--refresh all)")
    return Message(
        "the row of {encoder}, of {when}, is older and has to be measured again on the data as they are now",
        encoder=older["cell"]["encoder"],
        when=older["started_at"],
    )


def _side(row: Row, items: Items) -> dict[str, Any]:
    hits, diagonal = items["top1_image"], np.asarray(items["diagonal"], dtype=np.float64)
    return {
        "row": row["key"],
        "started_at": row["started_at"],
        "encoder": row["cell"]["encoder"],
        "role": role(row),
        "top1_percent": 100 * float(hits.mean()),
        "top1_count": count(hits),
        "diagonal_mean": float(diagonal.mean()),
        "diagonal_sd": float(diagonal.std()),
    }


def _change(a: np.ndarray, b: np.ndarray) -> dict[str, Any]:
    first, second = float(np.mean(a, dtype=np.float64)), float(np.mean(b, dtype=np.float64))
    return {"difference": second - first, "relative_percent": relative(first, second)}


def _tested(
    a: np.ndarray, b: np.ndarray, clusters: np.ndarray, *, shares: bool = False, factor: float = 1.0
) -> dict[str, Any]:
    if len(np.unique(clusters)) < 2:
        return {"ci": None, "p_value": None}
    found = contrast(a, b, clusters=clusters, shares=shares)
    ends = [factor * found.difference.low, factor * found.difference.high]
    return {"ci": ends, "p_value": found.p_value, "p_floor": found.p_floor}


def _category(items_a: Items, items_b: Items, name: str) -> dict[str, Any]:
    own = members(items_a, name)
    captions = own[items_a["owner"]]
    hits_a, hits_b = (100 * float(items["top1_image"][own].mean()) for items in (items_a, items_b))
    found: dict[str, Any] = {"n": int(own.sum()), "top1_a": hits_a, "top1_b": hits_b, "top1_points": hits_b - hits_a}
    if captions.any():
        a, b = (np.asarray(items["diagonal"], dtype=np.float64)[captions] for items in (items_a, items_b))
        found |= {
            "diagonal_mean_a": float(a.mean()),
            "diagonal_sd_a": float(a.std()),
            "diagonal_mean_b": float(b.mean()),
            "diagonal_sd_b": float(b.std()),
            **_change(a, b),
        }
    return found
