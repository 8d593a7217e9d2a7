"""What is read from one tile of the similarity matrix on the CPU: a single pass over each row while it is in cache.

``exp(a·s)`` is a polynomial of degree 10 in ``a·s/2^m``, squared m times: it vectorises everywhere and its relative
error is below 1e-12. Fast-math covers fused and reordered float64 sums (differences of 1e-13) and the absence of NaN,
which the callers guarantee. The kernels release the interpreter lock; accumulators belong to one thread.
"""

from __future__ import annotations

import numpy as np

from mmgap.metrics._compiled import njit

LANES = 4  # histograms side by side, so that equal neighbours do not wait for each other
_FAST = {"contract", "reassoc", "nsz", "nnan"}


@njit(fastmath=_FAST, cache=True)
def _moments(row, first_column, i, centre, sums, extremes, where):
    """Add Σ(s−centre), Σ(s−centre)², Σ|s| of a row, and keep its least and largest entry with their places."""
    total = 0.0
    square = 0.0
    absolute = 0.0
    for j in range(row.shape[0]):
        s = np.float64(row[j])
        v = s - centre
        total += v
        square += v * v
        absolute += abs(s)
    low = row[0]
    high = row[0]
    for j in range(row.shape[0]):
        low = min(low, row[j])
        high = max(high, row[j])
    sums[0] += total
    sums[1] += square
    sums[2] += absolute
    if low < extremes[0]:
        extremes[0] = low
        where[0] = i
        where[1] = first_column + np.argmin(row)
    if high > extremes[1]:
        extremes[1] = high
        where[2] = i
        where[3] = first_column + np.argmax(row)


@njit(fastmath=_FAST, cache=True)
def _exponentials(row, rate, squarings, out):
    """out[j] = exp(rate · 2^squarings · row[j]), for |rate·row[j]| ≤ ¼."""
    for j in range(row.shape[0]):
        z = rate * np.float64(row[j])
        p = 1.0 / 3628800.0
        p = p * z + 1.0 / 362880.0
        p = p * z + 1.0 / 40320.0
        p = p * z + 1.0 / 5040.0
        p = p * z + 1.0 / 720.0
        p = p * z + 1.0 / 120.0
        p = p * z + 1.0 / 24.0
        p = p * z + 1.0 / 6.0
        p = p * z + 0.5
        p = p * z + 1.0
        out[j] = p * z + 1.0
    for _ in range(squarings):
        for j in range(row.shape[0]):
            out[j] *= out[j]


@njit(fastmath=_FAST, cache=True)
def _histogram(row, half, index, counts):
    """Count the entries of a row in equal bins on [−1, 1]; what lies outside goes to the end bins."""
    top = row.dtype.type(counts.shape[1] - 1)
    one = row.dtype.type(1)
    zero = row.dtype.type(0)
    for j in range(row.shape[0]):
        b = (row[j] + one) * half
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


@njit(fastmath=_FAST, cache=True)
def _gaussian(row, rate, squarings, weight, out):
    """Σ_j weight_j·exp(2γ·s_j) of a row, ``2γ = rate·2^squarings``."""
    _exponentials(row, rate, squarings, out)
    total = 0.0
    for j in range(row.shape[0]):
        total += weight[j] * out[j]
    return total


@njit(fastmath=_FAST, cache=True, nogil=True)
def within_tile(
    tile, rows, columns, first_row, first_column, weights, centre, rate, squarings, half,
    sums, extremes, where, counts, kernel, other_weights, other_rate, other_squarings, other, scratch, index,
):  # fmt: skip
    """The pairs i < j of a tile of X·Xᵀ; ``kernel[i]`` gathers ``Σ_j weights_i·weights_j·exp(2t·s_ij)`` over j ≠ i.

    ``other[0]`` gathers the sum of another kernel over all pairs, if its rate is not 0.
    """
    for r in range(rows):
        i = first_row + r
        start = max(0, i + 1 - first_column)
        if start >= columns:
            break
        row = tile[r, start:columns]
        _moments(row, first_column + start, i, centre, sums, extremes, where)
        _histogram(row, half, index, counts)
        out = scratch[: row.shape[0]]
        _exponentials(row, rate, squarings, out)
        weight = weights[first_column + start : first_column + columns]
        column = kernel[first_column + start : first_column + columns]
        own = weights[i]
        total = 0.0
        for j in range(row.shape[0]):
            k = own * weight[j] * out[j]
            total += k
            column[j] += k
        kernel[i] += total
        if other_rate != 0.0:
            weight = other_weights[first_column + start : first_column + columns]
            other[0] += other_weights[i] * _gaussian(row, other_rate, other_squarings, weight, out)


@njit(fastmath=_FAST, cache=True)
def _compare(row, over, tie, overs, ties, count_over, count_tie):
    """Count in a row the entries over (at least at tie with) its own positive, and add to those of each column."""
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
    centre, rate, squarings, half, sums, extremes, where, counts, above_row, least_row, above_column, least_column,
    exp_row, exp_column, drift_row, drift_column, row_weights, column_weights, rates, halvings, kernels, scratch, index,
):  # fmt: skip
    """The unmatched pairs of a tile of X·Yᵀ: each row is read in the segments between its matched columns.

    ``exp`` gathers Σ e^{scale·s} and ``drift`` Σ s·e^{scale·s} of each row and column; ``kernels`` the sums of two
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
                _moments(row, c, i, centre, sums, extremes, where)
                _histogram(row, half, index, counts)
                above, least = _compare(
                    row, row_over[i], row_tie[i], column_over[c:d], column_tie[c:d], above_column[c:d],
                    least_column[c:d],
                )  # fmt: skip
                above_row[i] += above
                least_row[i] += least
                if rate != 0.0:
                    out = scratch[: b - a]
                    _exponentials(row, rate, squarings, out)
                    column, drift = exp_column[c:d], drift_column[c:d]
                    total = 0.0
                    weighted = 0.0
                    for j in range(b - a):
                        v = out[j] * np.float64(row[j])
                        total += out[j]
                        weighted += v
                        column[j] += out[j]
                        drift[j] += v
                    exp_row[i] += total
                    drift_row[i] += weighted
                for k in range(rates.shape[0]):
                    end = d if k == 0 else min(d, i)
                    if end > c:
                        weight, own = column_weights[k, c:end], row_weights[k, i]
                        kernels[k] += own * _gaussian(row[: end - c], rates[k], halvings[k], weight, scratch[: end - c])
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
