"""What every metric does first: look at its input, refuse what would give a wrong number, name the row at fault."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import torch

Array: TypeAlias = np.ndarray | torch.Tensor

#: Largest |‖v‖ − 1| a metric accepts, by dtype: the rounding of half precision alone reaches the larger ones.
NORM_TOLERANCE = {torch.float64: 1e-3, torch.float32: 1e-3, torch.float16: 2e-3, torch.bfloat16: 1e-2}

#: Norms between these are computed as they stand: their squares, and those of what matters in the row, are float64's.
_SQUARES = (1e-140, 1e140)
_TINIEST, _LARGEST = 5e-324, torch.finfo(torch.float64).max


def chunk_rows(v: torch.Tensor) -> int:
    """Rows to work through at a time, fewer than 2¹⁵ numbers.

    Torch handles so few on the calling thread (a busy machine makes thread teams wait for each other), and a float64
    copy of them stays in cache.
    """
    return max(1, (2**15 - 1) // v.shape[1])


def as_matrix(v: Array, name: str = "x", *, at_least: int = 1) -> torch.Tensor:
    """A 2-D floating torch tensor that shares memory with ``v`` where it can; finite, with ``at_least`` rows.

    Raises:
        TypeError: not an array, or not of a floating dtype.
        ValueError: not 2-D, empty, too few rows, or a non-finite row (the first one is named).
    """
    if isinstance(v, np.ndarray):
        if not np.issubdtype(v.dtype, np.floating):
            raise TypeError(f"{name}: expected a floating dtype, got {v.dtype}; cast it first")
        v = v.astype(np.float64 if v.dtype.itemsize > 8 else v.dtype.newbyteorder("="), copy=False)
        v = torch.from_numpy(np.ascontiguousarray(v) if v.flags.writeable else np.array(v, order="C"))
    if not isinstance(v, torch.Tensor):
        raise TypeError(f"{name}: expected a NumPy array or a torch tensor, got {type(v).__name__}")
    if v.dtype not in NORM_TOLERANCE:
        raise TypeError(f"{name}: expected float64, float32, float16 or bfloat16, got {v.dtype}; cast it first")
    if v.ndim != 2:
        raise ValueError(f"{name}: expected shape (rows, dimensions), got {tuple(v.shape)}")
    if v.shape[1] == 0 or v.shape[0] < at_least:
        raise ValueError(f"{name}: needs at least {at_least} row(s) and 1 dimension, got shape {tuple(v.shape)}")
    v = v.detach()
    step = chunk_rows(v)
    for start in range(0, len(v), step):
        rows = v[start : start + step]
        if not all(map(math.isfinite, torch.aminmax(rows))):
            bad = ~torch.isfinite(rows).all(dim=1)
            raise ValueError(f"{name}: row {start + int(bad.nonzero()[0])} holds NaN or infinity")
    return v


def row_norms(v: torch.Tensor) -> torch.Tensor:
    """Euclidean norm of each row, (rows,), float64, accumulated in float64; where its square would leave float64's
    range, of the row over its largest number."""
    step = chunk_rows(v)
    return torch.cat([_norms(v[i : i + step].double()) for i in range(0, len(v), step)])


def _norms(rows: torch.Tensor) -> torch.Tensor:
    norms = rows.norm(dim=1)
    if ((norms > _SQUARES[0]) & (norms < _SQUARES[1])).all():
        return norms
    largest = rows.abs().amax(dim=1)
    scaled = largest * (rows / largest.clamp(min=_TINIEST)[:, None]).norm(dim=1)
    return torch.where((norms > _SQUARES[0]) & (norms < _SQUARES[1]), norms, scaled.clamp(max=_LARGEST))


def unit_rows(v: Array, name: str = "x", *, at_least: int = 1, raw: bool = False) -> torch.Tensor:
    """`as_matrix`, and every row of unit norm within `NORM_TOLERANCE` unless ``raw``: metrics never normalise.

    Raises:
        ValueError: as `as_matrix`, or a zero row, or a row whose norm is off (the first one is named).
    """
    v = as_matrix(v, name, at_least=at_least)
    if raw:
        return v
    deviation = (row_norms(v) - 1).abs()
    off = (deviation > NORM_TOLERANCE[v.dtype]).nonzero()
    if len(off):
        row = int(off[0])
        raise ValueError(
            f"{name}: row {row} has norm {float(row_norms(v[row : row + 1])):.6g}, expected 1 within"
            f" {NORM_TOLERANCE[v.dtype]:g} ({len(off)} of {len(v)} rows are off); divide each row by its norm,"
            " or use mmgap.measure, which does"
        )
    return v


def normalised(v: Array, name: str = "x", *, at_least: int = 1) -> tuple[torch.Tensor, float]:
    """Rows divided by their float64 norm, and the largest |‖v‖ − 1| seen.

    Float64 input stays float64; every narrower dtype comes back as float32 (half precision is exact in it, and
    the quotient is rounded once).

    Raises:
        ValueError: as `as_matrix`, or a zero row (the first one is named).
    """
    v = as_matrix(v, name, at_least=at_least)
    norms = row_norms(v)
    zero = (norms == 0).nonzero()
    if len(zero):
        raise ValueError(f"{name}: row {int(zero[0])} is zero ({len(zero)} in all); a zero vector has no direction")
    out = torch.empty_like(v, dtype=torch.float64 if v.dtype == torch.float64 else torch.float32)
    step = chunk_rows(v)
    for start in range(0, len(v), step):
        rows = slice(start, start + step)
        out[rows] = _divided(v[rows].double(), norms[rows, None])
    return out, float((norms - 1).abs().max())


def _divided(rows: torch.Tensor, norms: torch.Tensor) -> torch.Tensor:
    """Rows over their norms, by way of their largest numbers where a norm is at the end of float64's range."""
    if ((norms > _SQUARES[0]) & (norms < _SQUARES[1])).all():
        return rows / norms
    scaled = rows / rows.abs().amax(dim=1, keepdim=True)
    return torch.where(
        (norms > _SQUARES[0]) & (norms < _SQUARES[1]), rows / norms, scaled / scaled.norm(dim=1)[:, None]
    )


def same_width(x: torch.Tensor, y: torch.Tensor) -> None:
    """Raise `ValueError` unless images and texts have the same number of dimensions."""
    if x.shape[1] != y.shape[1]:
        raise ValueError(f"images have {x.shape[1]} dimensions, texts {y.shape[1]}: both must live in one space")


def same_shape(x: torch.Tensor, y: torch.Tensor) -> None:
    """Raise `ValueError` unless row i of both is pair i."""
    same_width(x, y)
    if len(x) != len(y):
        raise ValueError(f"{len(x)} images but {len(y)} texts: pairs need equal counts, or give `relevance`")
