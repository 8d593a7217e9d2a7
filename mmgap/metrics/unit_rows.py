"""The door of every metric: rows are checked, or normalised, once; inside, a type says what they are.

What is computed of all rows (mean, norms, covariance) is computed once as well, and shared by the metrics.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import torch

from mmgap.metrics import covariances, exact_products
from mmgap.metrics.matrices import NORM_TOLERANCE, SQUARES, as_matrix, row_norms, single_rows


@dataclass(frozen=True, eq=False)
class Rows:
    """Finite rows of any norm, (N, d), and what is computed of them once."""

    tensor: torch.Tensor

    def __len__(self) -> int:
        return len(self.tensor)

    @property
    def width(self) -> int:
        """d, the number of dimensions."""
        return int(self.tensor.shape[1])

    @cached_property
    def mean(self) -> torch.Tensor:
        """(d,) float64 mean row."""
        return covariances.mean_row(self.tensor)

    @cached_property
    def squared_norms(self) -> torch.Tensor:
        """(N,) float64 squared Euclidean norms."""
        return exact_products.squared_norms(self.tensor)

    @cached_property
    def mean_within(self) -> float:
        """The mean of ``<v_i, v_j>`` over i ≠ j, exact."""
        return exact_products.mean_between(len(self), self.mean, self.squared_norms.sum())

    @cached_property
    def scatter(self) -> torch.Tensor:
        """Whichever product of the centred rows with themselves is smaller, (d, d) or (N, N), float64."""
        return covariances.scatter(self.tensor, self.mean)

    @cached_property
    def spectrum(self) -> torch.Tensor:
        """(min(N, d),) eigenvalues of the covariance (N − 1), rising, ≥ 0, right to 1e-15 of the largest; float64."""
        return torch.linalg.eigvalsh(self.scatter).clamp_min(0) / (len(self) - 1)

    @cached_property
    def factor(self) -> torch.Tensor:
        """F of min(N, d) rows with FᵀF = the covariance, float64; see `mmgap.metrics.covariances.factor`."""
        return covariances.factor(self.tensor, self.mean, self.scatter, self.spectrum)


@dataclass(frozen=True, eq=False)
class UnitRows(Rows):
    """Rows of unit norm, within tolerance or because they were divided by it.

    Attributes:
        deviation: the largest | ‖v‖ − 1 | among the rows as they were given.
    """

    deviation: float = 0.0

    def double(self) -> UnitRows:
        """Return the rows in float64."""
        return self if self.tensor.dtype == torch.float64 else UnitRows(self.tensor.double(), self.deviation)


#: What a metric takes: vectors as a caller has them, which it checks, or rows that went through the door.
Vectors: TypeAlias = np.ndarray | torch.Tensor | Rows


def as_rows(v: torch.Tensor | Rows) -> Rows:
    """Return rows that their caller has checked as `Rows`; those that are keep what was computed of them."""
    return v if isinstance(v, Rows) else Rows(v)


def unit_rows(v: Vectors, name: str = "x", *, at_least: int = 1) -> UnitRows:
    """Return rows of unit norm within `NORM_TOLERANCE`: metrics never normalise. `UnitRows` pass as they are.

    Raises:
        TypeError, ValueError: as `mmgap.metrics.matrices.as_matrix`, or a row whose norm is off (the first one is
            named).
    """
    if isinstance(v, UnitRows):
        _enough(v, name, at_least)
        return v
    v = as_matrix(v.tensor if isinstance(v, Rows) else v, name, at_least=at_least)
    deviation = (row_norms(v) - 1).abs()
    off = (deviation > NORM_TOLERANCE[v.dtype]).nonzero()
    if len(off):
        row = int(off[0])
        raise ValueError(
            f"{name}: row {row} has norm {float(row_norms(v[row : row + 1])):.6g}, expected 1 within"
            f" {NORM_TOLERANCE[v.dtype]:g} ({len(off)} of {len(v)} rows are off); divide each row by its norm,"
            " or use mmgap.measure, which does"
        )
    return UnitRows(v, float(deviation.max()))


def any_rows(v: Vectors, name: str = "x", *, at_least: int = 1, raw: bool = True) -> Rows:
    """Return finite rows, of unit norm unless ``raw``; errors as `unit_rows`."""
    if not raw:
        return unit_rows(v, name, at_least=at_least)
    if isinstance(v, Rows):
        _enough(v, name, at_least)
        return v
    return Rows(as_matrix(v, name, at_least=at_least))


def normalised(v: Vectors, name: str = "x", *, at_least: int = 1, exact_rows: int = 0) -> UnitRows:
    """Return the rows divided by their float64 norm.

    Float64 input stays float64; every narrower dtype comes back as float32 (half precision is exact in it, and
    the quotient is rounded once), but for sets of at most ``exact_rows`` rows, which come back in float64. Their
    ``deviation`` is the largest | ‖v‖ − 1 | seen. `UnitRows` pass as they are.

    Raises:
        TypeError, ValueError: as `mmgap.metrics.matrices.as_matrix`, or a zero row (the first one is named).
    """
    if isinstance(v, UnitRows):
        _enough(v, name, at_least)
        return v
    v = as_matrix(v.tensor if isinstance(v, Rows) else v, name, at_least=at_least)
    norms = row_norms(v)
    zero = (norms == 0).nonzero()
    if len(zero):
        raise ValueError(f"{name}: row {int(zero[0])} is zero ({len(zero)} in all); a zero vector has no direction")
    wide = v.dtype == torch.float64 or len(v) <= exact_rows
    out = torch.empty_like(v, dtype=torch.float64 if wide else torch.float32)
    step = single_rows(v)
    for start in range(0, len(v), step):
        rows = slice(start, start + step)
        out[rows] = _divided(v[rows].double(), norms[rows, None])
    return UnitRows(out, float((norms - 1).abs().max()))


def _divided(rows: torch.Tensor, norms: torch.Tensor) -> torch.Tensor:
    """Return rows over their norms, by way of their largest numbers where a norm is at the end of float64's range."""
    if ((norms > SQUARES[0]) & (norms < SQUARES[1])).all():
        return rows / norms
    scaled = rows / rows.abs().amax(dim=1, keepdim=True)
    return torch.where((norms > SQUARES[0]) & (norms < SQUARES[1]), rows / norms, scaled / scaled.norm(dim=1)[:, None])


def same_width(x: Rows, y: Rows) -> None:
    """Raise `ValueError` unless images and texts have the same number of dimensions."""
    if x.width != y.width:
        raise ValueError(f"images have {x.width} dimensions, texts {y.width}: both must live in one space")


def same_shape(x: Rows, y: Rows) -> None:
    """Raise `ValueError` unless row i of both is pair i."""
    same_width(x, y)
    if len(x) != len(y):
        raise ValueError(f"{len(x)} images but {len(y)} texts: pairs need equal counts, or give `relevance`")


def _enough(v: Rows, name: str, at_least: int) -> None:
    if len(v) < at_least:
        raise ValueError(f"{name}: needs at least {at_least} row(s) and 1 dimension, got shape {tuple(v.tensor.shape)}")
