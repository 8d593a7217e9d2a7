"""What is read from one tile of the similarity matrix on the CPU: a single pass over each row while it is in cache.

Each loop reads and writes few arrays, so that it vectorises. Fast-math covers fused and reordered float64 sums
(differences of 1e-13) and the absence of NaN, which the callers guarantee. The kernels release the interpreter lock;
accumulators belong to one thread.
"""

from __future__ import annotations

import numpy as np

from mmgap.metrics._compiled import njit
from mmgap.metrics._exponential import exponential, widest_vectors

LANES = 4  # histograms side by side, so that equal neighbours do not wait for each other
_FAST = {"contract", "reassoc", "nsz", "nnan"}


@njit(fastmath=_FAST, cache=True)
def _moments(row, centre, sums):
    """Add Σ(s−centre), Σ(s−centre)², Σ|s| of a row."""
    widest_vectors()
    total = 0.0
    square = 0.0
    absolute = 0.0
    for j in range(row.shape[0]):
        s = np.float64(row[j])
        v = s - centre
        total += v
        square += v * v
        absolute += abs(s)
    sums[0] += total
    sums[1] += square
    sums[2] += absolute


@njit(fastmath=_FAST, cache=True)
def _histogram(row, half, index, counts):
    """Count the entries of a row in equal bins on [−1, 1], what lies outside in the end bins; return its extremes."""
    widest_vectors()
    top = row.dtype.type(counts.shape[1] - 1)
    one = row.dtype.type(1)
    zero = row.dtype.type(0)
    low = row[0]
    high = row[0]
    for j in range(row.shape[0]):
        s = row[j]
        low = s if s < low else low
        high = s if s > high else high
        b = (s + one) * half
        b = b if b > zero else zero
        b = b if b < top else top
        index[j] = np.uint32(np.int32(b))
    whole = row.shape[0] // 4 * 4
    for j in range(0, whole, 4):
        counts[0, index[j]] += 1
        counts[1, index[j + 1]] += 1
        counts[2, index[j + 2]] += 1
        counts[3, index[j + 3]] += 1
    for j in range(whole, row.shape[0]):
        counts[0, index[j]] += 1
    return low, high


@njit(cache=True)
def _keep_extremes(row, low, high, i, first, extremes, where):
    """Bring a row's extremes into those of the pass, with their row and column: the first in which they stand."""
    for side, value, better in ((0, low, low < extremes[0]), (1, high, high > extremes[1])):
        if better:
            extremes[side] = value
            where[2 * side] = i
            where[2 * side + 1] = first + np.argmax(row == value)


@njit(fastmath=_FAST, cache=True)
def _gaussian(row, rate, weight):
    """Σ_j weight_j·exp(rate·s_j) of a row."""
    widest_vectors()
    total = 0.0
    for j in range(row.shape[0]):
        total += weight[j] * exponential(rate * np.float64(row[j]))
    return total


@njit(fastmath=_FAST, cache=True)
def _kernel(row, rate, own, weight, column):
    """Σ_j own·weight_j·exp(rate·s_j) of a row, of which each column gets its term."""
    widest_vectors()
    total = 0.0
    for j in range(row.shape[0]):
        term = own * weight[j] * exponential(rate * np.float64(row[j]))
        total += term
        column[j] += term
    return total


@njit(fastmath=_FAST, cache=True)
def _softmax(row, rate, column, drift):
    """Σ_j e^{rate·s_j} and Σ_j s_j·e^{rate·s_j} of a row, of which each column gets its terms."""
    widest_vectors()
    total = 0.0
    weighted = 0.0
    for j in range(row.shape[0]):
        s = np.float64(row[j])
        e = exponential(rate * s)
        v = e * s
        total += e
        weighted += v
        column[j] += e
        drift[j] += v
    return total, weighted


@njit(fastmath=_FAST, cache=True, nogil=True)
def within_tile(
    tile, rows, columns, first_row, first_column, weights, centre, rate, half,
    sums, extremes, where, counts, kernel, other_weights, other_rate, other, index,
):  # fmt: skip
    """The pairs i < j of a tile of X·Xᵀ; ``kernel[i]`` gathers ``Σ_j weights_i·weights_j·exp(rate·s_ij)`` over j ≠ i.

    ``other[0]`` gathers the sum of another kernel over all pairs, if its rate is not 0.
    """
    for r in range(rows):
        i = first_row + r
        start = max(0, i + 1 - first_column)
        if start >= columns:
            break
        row = tile[r, start:columns]
        c, d = first_column + start, first_column + columns
        _moments(row, centre, sums)
        low, high = _histogram(row, half, index, counts)
        _keep_extremes(row, low, high, i, c, extremes, where)
        kernel[i] += _kernel(row, rate, weights[i], weights[c:d], kernel[c:d])
        if other_rate != 0.0:
            other[0] += other_weights[i] * _gaussian(row, other_rate, other_weights[c:d])


@njit(fastmath=_FAST, cache=True)
def _compare(row, over, tie, overs, ties, count_over, count_tie):
    """Count in a row the entries over (at least at tie with) its own positive, and add to those of each column."""
    widest_vectors()
    above = 0
    least = 0
    for j in range(row.shape[0]):
        s = row[j]
        above += s > over
        least += s >= tie
        count_over[j] += s > overs[j]
        count_tie[j] += s >= ties[j]
    return above, least


@njit(fastmath=_FAST, cache=True, nogil=True)
def cross_tile(
    tile, rows, columns, first_row, first_column, start, match, row_over, row_tie, column_over, column_tie,
    centre, rate, half, sums, extremes, where, counts, above_row, least_row, above_column, least_column,
    exp_row, exp_column, drift_row, drift_column, row_weights, column_weights, rates, kernels, index,
):  # fmt: skip
    """The unmatched pairs of a tile of X·Yᵀ: each row is read in the segments between its matched columns.

    ``exp`` gathers Σ e^{rate·s} and ``drift`` Σ s·e^{rate·s} of each row and column; ``kernels`` the sums of two
    Gaussian kernels, the first over all pairs, the second over those below the diagonal.
    """
    for r in range(rows):
        i = first_row + r
        p = start[i] + np.searchsorted(match[start[i] : start[i + 1]], first_column)
        a = 0
        while a < columns:
            b = columns
            if p < start[i + 1] and match[p] - first_column < columns:
                b = match[p] - first_column
                p += 1
            if b > a:
                row = tile[r, a:b]
                c, d = first_column + a, first_column + b
                _moments(row, centre, sums)
                low, high = _histogram(row, half, index, counts)
                _keep_extremes(row, low, high, i, c, extremes, where)
                above, least = _compare(
                    row, row_over[i], row_tie[i], column_over[c:d], column_tie[c:d], above_column[c:d],
                    least_column[c:d],
                )  # fmt: skip
                above_row[i] += above
                least_row[i] += least
                if rate != 0.0:
                    total, weighted = _softmax(row, rate, exp_column[c:d], drift_column[c:d])
                    exp_row[i] += total
                    drift_row[i] += weighted
                for k in range(rates.shape[0]):
                    end = d if k == 0 else min(d, i)
                    if end > c:
                        weight, own = column_weights[k, c:end], row_weights[k, i]
                        kernels[k] += own * _gaussian(row[: end - c], rates[k], weight)
            a = b + 1


@njit(cache=True, nogil=True)
def owner_tile(tile, rows, columns, first_row, first_column, start, match, row_over, row_tie, owner, carry, joint):
    """Per image, other images by (texts above its positive, texts tied with it); texts stand in owner order.

    ``carry`` keeps the counts of an owner whose texts go on in the next tile.
    """
    cap = joint.shape[1] - 1
    last = owner.shape[0] - 1
    for r in range(rows):
        i = first_row + r
        p = start[i] + np.searchsorted(match[start[i] : start[i + 1]], first_column)
        above = carry[i, 0]
        tied = carry[i, 1]
        for j in range(columns):
            g = first_column + j
            if p < start[i + 1] and match[p] == g:
                p += 1
            elif tile[r, j] > row_over[i]:
                above += 1
            elif tile[r, j] >= row_tie[i]:
                tied += 1
            if g == last or owner[g + 1] != owner[g]:
                if above + tied > 0:
                    joint[i, min(above, cap), tied] += 1
                above = 0
                tied = 0
        carry[i, 0] = above
        carry[i, 1] = tied
