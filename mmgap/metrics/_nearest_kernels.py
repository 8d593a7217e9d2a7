"""The nearest items of each row and of each column of a product, kept tile by tile on the CPU, best first.

A row is compared with what it has to beat sixteen entries at a time; few entries get further after the first tile.
"""

from __future__ import annotations

from mmgap.metrics._compiled import njit

_STEP = 16


@njit(cache=True, nogil=True)
def _insert(scores, items, score, item):
    """Put an item that beats the last of a falling list into its place."""
    place = scores.shape[0] - 1
    while place > 0 and scores[place - 1] < score:
        scores[place] = scores[place - 1]
        items[place] = items[place - 1]
        place -= 1
    scores[place] = score
    items[place] = item


@njit(cache=True, nogil=True)
def nearest_tile(tile, rows, columns, first_row, first_column, row_scores, row_items, column_scores, column_items, bar):
    """Bring the entries of a tile into the lists of its rows and of its columns; ``bar`` holds each column's last."""
    last = row_scores.shape[1] - 1
    column_last = column_scores.shape[1] - 1
    for r in range(rows):
        i = first_row + r
        scores, items, row = row_scores[i], row_items[i], tile[r, :columns]
        for a in range(0, columns, _STEP):
            b = min(a + _STEP, columns)
            least = scores[last]
            above = 0
            for j in range(a, b):
                above += (row[j] > least) | (row[j] > bar[first_column + j])
            if above == 0:
                continue
            for j in range(a, b):
                g = first_column + j
                if row[j] > scores[last]:
                    _insert(scores, items, row[j], g)
                if row[j] > bar[g]:
                    _insert(column_scores[g], column_items[g], row[j], i)
                    bar[g] = column_scores[g, column_last]


@njit(cache=True, nogil=True)
def merge_lists(scores, items, other_scores, other_items):
    """Bring the lists of another thread into these, query by query."""
    last = scores.shape[1] - 1
    for q in range(scores.shape[0]):
        for c in range(other_scores.shape[1]):
            if other_scores[q, c] <= scores[q, last]:
                break
            _insert(scores[q], items[q], other_scores[q, c], other_items[q, c])


@njit(cache=True, nogil=True)
def place_shares(scores, k, tie, shares):
    """Share k places among the items of one falling list: one each above the k-th score, what is left to those tied."""
    over, least = scores[k - 1] + tie, scores[k - 1] - tie
    above = 0
    tied = 0
    for c in range(scores.shape[0]):
        above += scores[c] > over
        tied += (scores[c] >= least) & (scores[c] <= over)
    for c in range(scores.shape[0]):
        shares[c] = 1.0 if scores[c] > over else (k - above) / tied if scores[c] >= least else 0.0


@njit(cache=True, nogil=True)
def all_shares(start, scores, k, tie, shares):
    """`place_shares` of every list ``start[q]:start[q + 1]`` that is not empty."""
    for q in range(start.shape[0] - 1):
        if start[q + 1] > start[q]:
            place_shares(scores[start[q] : start[q + 1]], k, tie, shares[start[q] : start[q + 1]])


@njit(cache=True, nogil=True)
def counts_in_halves(
    start, scores, items, query_half, item_half, k, tie, kept_scores, kept_items, shares, counts
):  # fmt: skip
    """Add N_k of each item to ``counts``, where the queries of a half look for the items of the same half alone.

    ``kept_scores``, ``kept_items`` and ``shares`` have room for the longest list.
    """
    for q in range(start.shape[0] - 1):
        kept = 0
        for c in range(start[q], start[q + 1]):
            if kept >= k and scores[c] < kept_scores[k - 1] - tie:
                break  # beyond the places and their ties
            kept_scores[kept], kept_items[kept] = scores[c], items[c]
            kept += item_half[items[c]] == query_half[q]
        if kept > 0:
            place_shares(kept_scores[:kept], min(k, kept), tie, shares)
            for c in range(kept):
                counts[kept_items[c]] += shares[c]
