"""Vectors for cards: pairs about one item each, a gap between both sides, several texts an image."""

from __future__ import annotations

import numpy as np

from mmgap.card.card_vectors import card_vectors
from mmgap.card.filled_card import filled_card


def pairs(n=80, d=12, each=1, noise=0.6, gap=1.0, seed=0):
    """(n, d) images, (n·each, d) texts and their owner, unit rows in float32."""
    rng = np.random.default_rng(seed)
    items, owner = rng.normal(size=(n, d)), np.repeat(np.arange(n), each)
    x, y = items + noise * rng.normal(size=(n, d)), items[owner] + noise * rng.normal(size=(n * each, d))
    x[:, 0] += gap
    y[:, 1] += gap
    x, y = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x, y))
    return x.astype(np.float32), y.astype(np.float32), owner


def card_of(x, y, owner=None, pool=20, **options):
    """The card of some vectors."""
    return filled_card(card_vectors("made", x, y, owner), pool=pool, **options)
