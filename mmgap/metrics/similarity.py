"""CKA: how alike two representations of the same items are, whatever their widths, rotations and scales."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.spatial.distance import pdist, squareform

from mmgap.core.messages import Message
from mmgap.core.progress import progress_bar
from mmgap.metrics.covariances import centred_chunks
from mmgap.metrics.gaussian import TILE, spread_rows, squared_distances
from mmgap.metrics.unit_rows import Rows, Vectors, any_rows

_CHUNK = 512


def linear_cka(x: Vectors, y: Vectors, *, debiased: bool = True) -> float:
    """Centred kernel alignment with linear kernels, from d×d products: no N×N memory.

    The biased estimate grows with d/N (it is far above 0 for unrelated representations of few items); the debiased
    one is 0 on average for those, and may be negative. `cka_permutation_null` says what chance gives.

    Args:
        x: (N, d) one representation of N items, any norms.
        y: (N, e) another one of the same items, row for row; e may differ from d.
        debiased: the unbiased estimate of the three HSIC terms (Székely & Rizzo's U-centring), N ≥ 4; otherwise the
            plain one, N ≥ 2.

    Returns:
        In [0, 1] where biased, at most 1 where debiased. Both 1 for ``y = a·x·Q + b``, Q orthogonal.

    Raises:
        TypeError, ValueError: as `mmgap.metrics.matrices.as_matrix`; different row counts; a representation without
            spread, for which 0/0 has no meaning.

    Source: Kornblith et al., "Similarity of neural network representations revisited" (ICML 2019); debiased as in its
    published code, after Székely & Rizzo (2014).

    >>> import numpy as np
    >>> from mmgap.metrics.similarity import linear_cka
    >>> rng = np.random.RandomState(1337)
    >>> x = rng.randn(100, 10)
    >>> y = rng.randn(100, 10) + x
    >>> round(linear_cka(x, y, debiased=False), 5), round(linear_cka(x, y), 5)
    (0.55761, 0.51346)
    """
    a, b = _representations(x, y, at_least=4 if debiased else 2)
    cross, ka, kb = _products(a, b)
    return min(_hsic(cross, ka, kb, debiased) / _scale(a, b, ka, kb, debiased), 1.0)


@dataclass(frozen=True)
class CkaNull:
    """`linear_cka` beside what it gives when the items of one side are shuffled.

    Attributes:
        value: of the pairs as given.
        null_mean, null_std: over the shuffles.
        p_value: ``(1 + shuffles with at least this value) / (1 + shuffles)``.
        permutations: number of shuffles.
    """

    value: float
    null_mean: float
    null_std: float
    p_value: float
    permutations: int


def cka_permutation_null(
    x: Vectors, y: Vectors, *, debiased: bool = True, permutations: int = 200, seed: int = 0
) -> CkaNull:
    """Linear CKA against its permutation null: each shuffle of ``y`` costs one d×e product.

    Arguments and errors as `linear_cka`; ``permutations`` shuffles drawn by ``seed``.
    """
    if permutations < 1:
        raise ValueError(f"permutations must be at least 1, got {permutations}")
    a, b = _representations(x, y, at_least=2)
    cross, ka, kb = _products(a, b)
    scale = _scale(a, b, ka, kb, debiased)
    value = min(_hsic(cross, ka, kb, debiased) / scale, 1.0)
    generator = np.random.default_rng(seed)
    null = np.empty(permutations)
    for i in progress_bar(range(permutations), desc="CKA null"):
        order = torch.from_numpy(generator.permutation(len(b))).to(kb.device)
        null[i] = _hsic(_products(a, Rows(b.tensor[order]))[0], ka, kb[order], debiased) / scale
    p_value = (1 + int((null >= value - 1e-12).sum())) / (1 + permutations)
    return CkaNull(value, float(null.mean()), float(null.std()), p_value, permutations)


def rbf_cka(x: Vectors, y: Vectors, *, threshold: float = 0.5) -> float:
    """Centred kernel alignment with Gaussian kernels, biased estimate, by tiles: no N×N memory.

    Args:
        x, y: as `linear_cka`, N ≥ 2.
        threshold: bandwidth as a share of each side's median distance (taken over all ordered pairs, i = j included,
            of 2,000 evenly spaced rows where there are more). Small values look at near neighbours only.

    Returns:
        A number in [0, 1]; 1 for ``y = a·x·Q + b``.

    Raises:
        TypeError, ValueError: as `linear_cka`; a threshold that is not positive; a median distance of 0.

    Source: Kornblith et al. (ICML 2019), and the median rule of its published code.
    """
    if not threshold > 0:
        raise ValueError(f"threshold must be positive, got {threshold}")
    a, b = (v.tensor for v in _representations(x, y, at_least=2))
    n = len(a)
    gamma_x, gamma_y = (1 / (2 * threshold**2 * _median_with_diagonal(v, s)) for v, s in ((a, "x"), (b, "y")))
    sums_x, sums_y = torch.zeros(2, n, dtype=torch.float64, device=a.device)
    products = torch.zeros(3, dtype=torch.float64, device=a.device)
    for i in progress_bar(range(0, n, TILE), desc="RBF CKA"):
        for j in range(i, n, TILE):
            kx = squared_distances(a[i : i + TILE], a[j : j + TILE]).mul_(-gamma_x).exp_()
            ky = squared_distances(b[i : i + TILE], b[j : j + TILE]).mul_(-gamma_y).exp_()
            products += (1 if i == j else 2) * torch.stack([(kx * ky).sum(), kx.square().sum(), ky.square().sum()])
            sums_x[i : i + TILE] += kx.sum(1)
            sums_y[i : i + TILE] += ky.sum(1)
            if i != j:
                sums_x[j : j + TILE] += kx.sum(0)
                sums_y[j : j + TILE] += ky.sum(0)

    def centred(product: torch.Tensor, a: torch.Tensor, b: torch.Tensor) -> float:
        return float(product - 2 / n * (a @ b) + a.sum() * b.sum() / n**2)

    xx, yy = centred(products[1], sums_x, sums_x), centred(products[2], sums_y, sums_y)
    return min(centred(products[0], sums_x, sums_y) / (xx * yy) ** 0.5, 1.0)


def hsic_between(x: Vectors, y: Vectors) -> float:
    """Return the unbiased estimate of HSIC with linear kernels, from which debiased CKA is made; 0 on average for
    unrelated representations. Arguments and errors as `linear_cka`.

    Source: Song et al., "Feature selection via dependence maximization" (JMLR 2012).
    """
    a, b = _representations(x, y, at_least=4)
    n = len(a)
    return _hsic(*_products(a, b), True) / (n * (n - 3))


def _representations(x: Vectors, y: Vectors, at_least: int) -> tuple[Rows, Rows]:
    a, b = any_rows(x, "x", at_least=at_least), any_rows(y, "y", at_least=at_least)
    if len(a) != len(b):
        raise ValueError(f"{len(a)} rows in x, {len(b)} in y: CKA compares two representations of the same items")
    device = a.tensor.device
    return a, b if b.tensor.device == device else Rows(b.tensor.to(device))


def _products(x: Rows, y: Rows) -> tuple[float, torch.Tensor, torch.Tensor]:
    """‖XᵀY‖² (Frobenius) of the centred rows, by whichever of XᵀY and the two Gram matrices is smaller, and (N,) the
    squared norms of both: the diagonals of their Gram matrices."""
    if len(x) <= min(x.width, y.width):
        return float((x.scatter * y.scatter).sum()), x.scatter.diagonal(), y.scatter.diagonal()
    cross = torch.zeros(x.width, y.width, dtype=torch.float64, device=x.tensor.device)
    norms, start = torch.empty(2, len(x), dtype=torch.float64, device=x.tensor.device), 0
    chunks = (centred_chunks(v.tensor, v.mean, _CHUNK) for v in (x, y))
    for a, b in zip(*chunks, strict=True):
        cross.addmm_(a.T, b)
        some = slice(start, start + len(a))
        norms[0, some], norms[1, some] = torch.linalg.vecdot(a, a), torch.linalg.vecdot(b, b)
        start = some.stop
    return float(cross.square().sum()), norms[0], norms[1]


def _hsic(cross: float, kx: torch.Tensor, ky: torch.Tensor, debiased: bool) -> float:
    """HSIC up to the factor that cancels in CKA; kx and ky are the diagonals of the centred Gram matrices."""
    if not debiased:
        return cross
    n = len(kx)
    return float(cross - n / (n - 2) * (kx @ ky) + kx.sum() * ky.sum() / ((n - 1) * (n - 2)))


def _scale(x: Rows, y: Rows, kx: torch.Tensor, ky: torch.Tensor, debiased: bool) -> float:
    """√(HSIC(x, x)·HSIC(y, y)), where both are above rounding."""
    scale = 1.0
    for v, diagonal, name in ((x, kx, "x"), (y, ky, "y")):
        cross = float(v.scatter.square().sum())
        own = _hsic(cross, diagonal, diagonal, debiased)
        if own <= 1e-12 * cross:
            raise ValueError(
                Message("{name}: its rows are all equal or all equally far apart, so CKA is 0/0", name=name)
            )
        scale *= own**0.5
    return scale


def _median_with_diagonal(v: torch.Tensor, name: str) -> float:
    median = float(np.median(squareform(pdist(spread_rows(v), "sqeuclidean"))))
    if median == 0:
        raise ValueError(f"{name}: the median distance is 0 (most rows are equal), so the kernel has no bandwidth")
    return median
