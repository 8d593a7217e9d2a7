"""Slow loops written straight from the formulas, float64 throughout: what the tiled pass is held against."""

from __future__ import annotations

import itertools
import math

import numpy as np

TIE = 4 * float(np.finfo(np.float32).eps)


def unit(rng, n, d, dtype=np.float64, offset=0.0):
    v = rng.normal(size=(n, d)) + offset
    return (v / np.linalg.norm(v, axis=1, keepdims=True)).astype(dtype)


def pairs_of(relevance, n, m):
    """The relevant (image, text) pairs as a set."""
    if relevance is None:
        return {(i, i) for i in range(n)}
    if isinstance(relevance, tuple):
        return {(i, j) for i in range(n) for j in range(m) if relevance[0][i] == relevance[1][j]}
    return {(int(i), int(j)) for i, j in relevance}


def uniformity(x, t=2.0, owner=None):
    owner = range(len(x)) if owner is None else owner
    pairs = [(i, j) for i, j in itertools.combinations(range(len(x)), 2) if owner[i] != owner[j]]
    return math.log(np.mean([math.exp(-t * float(((x[i] - x[j]) ** 2).sum())) for i, j in pairs]))


def within(x):
    return np.array([float(x[i] @ x[j]) for i, j in itertools.combinations(range(len(x)), 2)])


def hit(scores, relevant, k, tie=TIE):
    """P(a relevant item among the first k): the tied block is put in random order."""
    best = max(scores[j] for j in relevant)
    rivals = [j for j in range(len(scores)) if j not in relevant]
    r = sum(scores[j] > best + tie for j in rivals)
    t = sum(abs(scores[j] - best) <= tie for j in rivals)
    p = sum(scores[j] >= best - tie for j in relevant)
    places = min(max(k - r, 0), t + p)
    return 1 - math.comb(t, places) / math.comb(t + p, places)


def recall(x, y, k, direction, relevance=None):
    s = x @ y.T
    pairs = pairs_of(relevance, len(x), len(y))
    if direction == "t2i":
        s, pairs = s.T, {(j, i) for i, j in pairs}
    return np.mean([hit(s[q], {j for i, j in pairs if i == q}, k) for q in range(len(s))])


def clip_loss(x, y, scale, relevance=None):
    s, pairs = scale * (x @ y.T), pairs_of(relevance, len(x), len(y))
    total = []
    for logits, related in ((s, pairs), (s.T, {(j, i) for i, j in pairs})):
        p = np.exp(logits - logits.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        total.append(np.mean([-math.log(sum(p[q, j] for i, j in related if i == q)) for q in range(len(p))]))
    return sum(total) / 2
