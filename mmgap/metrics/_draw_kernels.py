"""Sums over the images that a pool may hold, compiled: many small loops, none of which NumPy could take whole."""

from __future__ import annotations

import numpy as np

from mmgap.metrics._compiled import njit


@njit(cache=True)
def _bring(brought, above, tied, relevant, v):
    """Multiply a polynomial in w, cut off at its length, by ``w^above·(1 − v + v·w)^tied·(1 − v)^relevant``."""
    k = brought.shape[0]
    for _ in range(tied):
        for w in range(k - 1, 0, -1):
            brought[w] = brought[w] * (1 - v) + brought[w - 1] * v
        brought[0] *= 1 - v
    for w in range(k - 1, -1, -1):
        brought[w] = brought[w - above] * (1 - v) ** relevant if w >= above else 0.0


@njit(cache=True, nogil=True)
def drawn_with_ties(kinds, counts, chances, free, beside, places, weights, k, draws):
    """(k,) sums over the places v of ``weight·w-coefficients of [z^draws] Π_kinds Σ_y chance_y·z^y·brought_y(w; v)``.

    ``chances[g, y]`` is the chance that y images of kind g are drawn, ``free[y]`` that of y images that hold nothing.
    """
    out = np.zeros(k)
    for n in range(places.shape[0]):
        v = places[n]
        brought = np.zeros(k)
        brought[0] = 1.0
        _bring(brought, beside[0], beside[1], beside[2], v)
        state = np.zeros((k, draws + 1))  # rivals so far, images so far
        state[:, 0] = brought
        reached = 0
        for g in range(kinds.shape[0]):
            new = np.zeros((k, draws + 1))
            brought[:] = 0.0
            brought[0] = 1.0
            most = min(counts[g], draws)
            for drawn in range(most + 1):
                if drawn > 0:
                    _bring(brought, kinds[g, 0], kinds[g, 1], kinds[g, 2], v)
                if not brought.any():
                    most = drawn - 1
                    break
                for u in range(k):
                    chance = chances[g, drawn] * brought[u]
                    if chance != 0.0:
                        last = min(reached, draws - drawn) + 1
                        for w in range(k - u):
                            for y in range(last):
                                new[w + u, y + drawn] += chance * state[w, y]
            state = new
            reached = min(reached + most, draws)
        for w in range(k):
            for y in range(reached + 1):
                out[w] += weights[n] * state[w, y] * free[draws - y]
    return out
