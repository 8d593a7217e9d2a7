"""Information imbalance: does the nearest neighbour in one space stand near in the other, and the other way round?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from mmgap.core.progress import progress_bar
from mmgap.metrics.ties import TIE
from mmgap.metrics.tiles import product_dtype
from mmgap.metrics.unit_rows import UnitRows, Vectors, unit_rows

#: Numbers of a block of cosines; one of each space is held.
_BLOCK = 1 << 21


@dataclass(frozen=True)
class Imbalance:
    """What each of two spaces of the same N items tells of the other.

    Attributes:
        x_to_y, y_to_x: Δ, above 0; near 0 where the first predicts the second, 1 where it tells nothing. Both together
            say which space knows more: Δ(X→Y) below Δ(Y→X) means that X holds what Y holds, and not the reverse.
        ranks_x_to_y, ranks_y_to_x: (N,) rank in the second space of each item's neighbour in the first, from 1.
    """

    x_to_y: float
    y_to_x: float
    ranks_x_to_y: np.ndarray
    ranks_y_to_x: np.ndarray


def information_imbalance(x: Vectors, y: Vectors) -> Imbalance:
    """Measure the information imbalance of two spaces both ways, in blocks of rows: no N×N memory.

    ``Δ(X→Y) = (2/N²)·Σ_i rank_Y(i, nn_X(i))``: ranks 1 … N − 1 by Euclidean distance, an item itself left out. Tied
    ranks are averaged, and so are tied neighbours; cosines that differ by 4·eps(float32) are tied, which for unit
    vectors is the order of distances.

    Args:
        x: (N, d) one vector an item, unit rows, N ≥ 2.
        y: (N, e) of the same items in another space, row for row, such as one text for each image; e may differ.

    Raises:
        TypeError, ValueError: as `mmgap.metrics.unit_rows.unit_rows`; different row counts.

    Source: Glielmo et al., "Ranking the information content of distance measures" (PNAS Nexus, 2022).

    >>> import numpy as np
    >>> from mmgap.metrics import information_imbalance
    >>> angles = np.linspace(0, 3, 50)[:, None] ** [[1.0]]
    >>> half_circle = np.hstack([np.cos(angles), np.sin(angles)])
    >>> found = information_imbalance(half_circle, half_circle[:, ::-1])  # a reflection: every rank is 1, 1.5 if tied
    >>> round(found.x_to_y, 2), round(found.y_to_x, 2)
    (0.06, 0.06)
    """
    a, b = unit_rows(x, "x", at_least=2), unit_rows(y, "y", at_least=2)
    if len(a) != len(b):
        raise ValueError(f"{len(a)} rows in x, {len(b)} in y: both must describe the same items, row for row")
    n, dtype = len(a), product_dtype(a.tensor, b.tensor)
    step = max(1, _BLOCK // n)
    there, back = np.empty(n), np.empty(n)
    with torch.no_grad():
        for start in progress_bar(range(0, n, step), desc="imbalance", disable=n <= step):
            of_x, of_y = (_cosines(rows, start, step, dtype) for rows in (a, b))
            there[start : start + step] = _neighbour_ranks(of_x, of_y)
            back[start : start + step] = _neighbour_ranks(of_y, of_x)
    return Imbalance(2 * float(there.mean()) / n, 2 * float(back.mean()) / n, there, back)


def _cosines(v: UnitRows, start: int, step: int, dtype: torch.dtype) -> torch.Tensor:
    """(rows, N) cosines of some items with all; −∞ with themselves."""
    rows = v.tensor.to(dtype)
    found = rows[start : start + step] @ rows.T
    found[torch.arange(len(found)), start + torch.arange(len(found))] = -torch.inf
    return found


def _neighbour_ranks(first: torch.Tensor, second: torch.Tensor) -> np.ndarray:
    """(rows,) mean rank in the second space over the nearest items in the first."""
    best = first.max(dim=1)
    cosine = second.gather(1, best.indices[:, None])
    ranks = ((second > cosine + TIE).sum(dim=1) + (second >= cosine - TIE).sum(dim=1) + 1).double() / 2
    nearest = first >= best.values[:, None] - TIE
    for row in (nearest.sum(dim=1) > 1).nonzero()[:, 0].tolist():
        rising, cosines = second[row].sort().values, second[row][nearest[row]]
        above = len(rising) - torch.searchsorted(rising, cosines + TIE, right=True)
        reached = len(rising) - torch.searchsorted(rising, cosines - TIE)
        ranks[row] = (above + reached + 1).double().mean() / 2
    return ranks.cpu().numpy()
