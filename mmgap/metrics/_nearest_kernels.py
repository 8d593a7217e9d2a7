"""The nearest items of each row and of each column of a product, kept tile by tile on the CPU, best first.

All entries of a row are compared with what they have to beat at once; few get further. Lists that are empty yet begin
at a floor that enough entries of their first tile lie above, which spares them what only fills them. Of equal scores
the first items are kept, whatever the number of threads.
"""

from __future__ import annotations

import numpy as np

from mmgap.metrics._compiled import njit
from mmgap.metrics._exponential import widest_vectors
from mmgap.metrics._kernels import _moments

#: Entries whose flags are looked at together.
_WORD = 8
#: A floor is looked for by so many halvings, of so many standard deviations above a row's mean, in a tile of at least
#: so many times the entries of a list.
_HALVINGS, _DEVIATIONS, _WORTH = 8, 8.0, 4
_FAST = {"contract", "reassoc", "nsz"}


@njit(cache=True, nogil=True)
def _insert(scores, items, score, item):
    """Put an item that beats the last of a falling list into its place."""
    place = scores.shape[0] - 1
    while place > 0 and (scores[place - 1] < score or (scores[place - 1] == score and items[place - 1] > item)):
        scores[place] = scores[place - 1]
        items[place] = items[place - 1]
        place -= 1
    scores[place] = score
    items[place] = item


@njit(fastmath=_FAST, cache=True)
def _row_floor(row, depth):
    """A score that at least ``depth`` entries of a row lie above, and not many more; −∞ where none is found."""
    widest_vectors()
    sums = np.zeros(3)
    _moments(row, 0.0, sums)
    mean = sums[0] / row.shape[0]
    low, high = mean, mean + _DEVIATIONS * np.sqrt(max(sums[1] / row.shape[0] - mean * mean, 0.0))
    floor = -np.inf
    for _ in range(_HALVINGS):
        limit = row.dtype.type((low + high) / 2)
        above = 0
        for j in range(row.shape[0]):
            above += row[j] > limit
        if above < depth:
            high = limit
        else:
            low = floor = limit
    return row.dtype.type(floor)


@njit(fastmath=_FAST, cache=True)
def _extremes(row, low, high):
    """Keep the least and the largest entry of each column."""
    widest_vectors()
    for j in range(row.shape[0]):
        low[j] = min(low[j], row[j])
        high[j] = max(high[j], row[j])


@njit(fastmath=_FAST, cache=True)
def _column_floors(tile, rows, bars, depth):
    """`_row_floor` of each column, between its least and its largest entry, for ``bars``."""
    widest_vectors()
    columns = bars.shape[0]
    low, high = tile[0, :columns].copy(), tile[0, :columns].copy()
    for r in range(rows):
        _extremes(tile[r, :columns], low, high)
    limits, above = np.empty_like(low), np.empty(columns, np.int32)
    for _ in range(_HALVINGS):
        for j in range(columns):
            limits[j] = (low[j] + high[j]) / 2
            above[j] = 0
        for r in range(rows):
            _count_above(tile[r, :columns], limits, above)
        for j in range(columns):
            if above[j] < depth:
                high[j] = limits[j]
            else:
                low[j] = bars[j] = limits[j]


@njit(cache=True)
def _count_above(row, limits, above):
    widest_vectors()
    for j in range(row.shape[0]):
        above[j] += row[j] > limits[j]


@njit(cache=True)
def _flag(row, least, bars, flags):
    """Tell which entries of a row beat its own bar or their column's."""
    widest_vectors()
    for j in range(row.shape[0]):
        flags[j] = (row[j] > least) | (row[j] > bars[j])


@njit(cache=True, nogil=True)
def nearest_tile(tile, rows, columns, first_row, first_column, row_scores, row_items, column_scores, column_items, bar):
    """Bring the entries of a tile into the lists of its rows and of its columns; ``bar`` holds each column's last."""
    depth, column_depth = row_scores.shape[1], column_scores.shape[1]
    if bar[first_column] == -np.inf and rows >= _WORTH * column_depth:
        _column_floors(tile, rows, bar[first_column : first_column + columns], column_depth)
    flags = np.zeros(-(-columns // _WORD) * _WORD, np.uint8)
    words = flags.view(np.uint64)
    for r in range(rows):
        i = first_row + r
        scores, items, row = row_scores[i], row_items[i], tile[r, :columns]
        least = scores[depth - 1]
        if least == -np.inf and columns >= _WORTH * depth:
            least = _row_floor(row, depth)
        _flag(row, least, bar[first_column : first_column + columns], flags)
        for word in range(words.shape[0]):
            if words[word] == 0:
                continue
            for j in range(word * _WORD, word * _WORD + _WORD):
                if flags[j] == 0:
                    continue
                g, score = first_column + j, row[j]
                if score > least:
                    _insert(scores, items, score, g)
                    least = max(least, scores[depth - 1])
                if score > bar[g]:
                    _insert(column_scores[g], column_items[g], score, i)
                    bar[g] = max(bar[g], column_scores[g, column_depth - 1])


@njit(cache=True, nogil=True)
def merge_lists(scores, items, other_scores, other_items):
    """Bring the lists of another thread into these, query by query."""
    last = scores.shape[1] - 1
    for q in range(scores.shape[0]):
        for c in range(other_scores.shape[1]):
            score, item = other_scores[q, c], other_items[q, c]
            if score < scores[q, last] or (score == scores[q, last] and item > items[q, last]):
                break
            _insert(scores[q], items[q], score, item)


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
