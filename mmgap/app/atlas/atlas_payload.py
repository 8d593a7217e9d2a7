"""An atlas as its page takes it: JSON with numbers packed, so that 10⁶ points are some megabytes."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from mmgap.app.atlas.embedding_maps import Atlas, Drawn
from mmgap.app.atlas.map_words import axis_titles, embedding_title, map_alternative, map_note, map_said, map_title
from mmgap.core.messages import Message, quoted
from mmgap.report.translation import translated

#: Points up to which places go as float32; more go as 65,536 steps from the lowest to the highest of each axis.
MOST_EXACT = 20_000

#: Points up to which names and captions go along.
MOST_NAMED = 50_000

#: Letters of a name or a caption.
LETTERS = 300


def atlas_payload(atlas: Atlas, language: str, *, captions: bool, pictures: Any = None) -> dict[str, Any]:
    """Return what the page's script draws an atlas from.

    Args:
        atlas: what is drawn.
        language: of the sentences in it.
        captions: whether captions go along.
        pictures: how the page gets the picture of an image: ``{"address": …}``, to which its position in the source is
            added, ``{"data": […]}``, an address an image, or None.
    """
    n, m = len(atlas.places), len(atlas.text_places)
    source, few = atlas.source, n + m <= MOST_NAMED
    names = [source.names[i] for i in atlas.places] if few else None
    numbered = names is None or names == [str(i) for i in range(n)]
    known = source.captions if captions and few else None
    return {
        "images": n,
        "texts": m,
        "owner": None if np.array_equal(atlas.owner, np.arange(n)) else packed(atlas.owner.astype(np.uint32)),
        "places": None if np.array_equal(atlas.places, np.arange(n)) else packed(atlas.places.astype(np.uint32)),
        "names": None if numbered or names is None else [quoted(name, LETTERS) for name in names],
        "captions": known and [quoted(known[t], LETTERS) for t in atlas.text_places],
        "categories": source.categories and _categories([source.categories[i] for i in atlas.places]),
        "pictures": pictures,
        "maps": [_map(drawn, n, language) for drawn in atlas.maps],
        "notes": [translated(note, language) if isinstance(note, Message) else note for note in atlas.notes],
    }


def packed(values: np.ndarray) -> dict[str, Any]:
    """Return an array as ``{"type": "f4" | "u1" | "u2" | "u4", "data": base64}``, little-endian.

    >>> packed(np.array([1, 2], dtype=np.uint8))
    {'type': 'u1', 'data': 'AQI='}
    """
    little = np.ascontiguousarray(values.astype(values.dtype.newbyteorder("<"), copy=False))
    kind = f"{values.dtype.kind}{values.dtype.itemsize}"
    return {"type": kind, "data": base64.b64encode(little.tobytes()).decode()}


def packed_places(values: np.ndarray) -> dict[str, Any]:
    """Return (n,) places along one axis: float32, or uint16 steps with the ``low`` and ``step`` that give them back."""
    if len(values) <= MOST_EXACT:
        return packed(values.astype(np.float32))
    low, high = float(values.min()), float(values.max())
    step = (high - low) / 65535 or 1.0
    steps = np.round((values.astype(np.float64) - low) / step).astype(np.uint16)
    return {**packed(steps), "low": low, "step": step}


def _map(drawn: Drawn, n: int, language: str) -> dict[str, Any]:
    columns = drawn.embedding.columns
    return {
        "title": map_title(drawn, language),
        "of": embedding_title(drawn, language),
        "kind": drawn.kind,
        "x": packed_places(drawn.places.points[:, 0]),
        "y": packed_places(drawn.places.points[:, 1]),
        "axes": axis_titles(drawn, language),
        "said": map_said(drawn, language),
        "note": map_note(drawn, language),
        "alternative": map_alternative(drawn, n, language),
        "rank": None if columns.rank is None else packed(columns.rank),
        "hubness": None if columns.hubness is None else packed(columns.hubness),
    }


def _categories(labels: Sequence[str | None]) -> dict[str, Any]:
    """The categories, the most frequent first, and which one an image has; the number after the last is none."""
    names = [label for label, _ in Counter(label for label in labels if label).most_common()]
    code = {label: k for k, label in enumerate(names)}
    return {
        "names": [quoted(label, 60) for label in names],
        "of": packed(np.array([code[label] if label else len(names) for label in labels], dtype=np.uint32)),
    }
