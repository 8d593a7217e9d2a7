"""Matrices of vectors as callers give them: finite floating torch tensors, and the norms of their rows."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import torch

Array: TypeAlias = np.ndarray | torch.Tensor

#: Largest |‖v‖ − 1| a metric accepts, by dtype: the rounding of half precision alone reaches the larger ones.
NORM_TOLERANCE = {torch.float64: 1e-3, torch.float32: 1e-3, torch.float16: 2e-3, torch.bfloat16: 1e-2}

#: Norms between these are computed as they stand: their squares, and those of what matters in the row, are float64's.
SQUARES = (1e-140, 1e140)
_TINIEST, _LARGEST = 5e-324, torch.finfo(torch.float64).max


def chunk_rows(v: torch.Tensor) -> int:
    """Return how many rows to work through at a time: on the CPU fewer than 2¹⁵ numbers, else 2²⁴.

    Torch handles so few on the calling thread (a busy machine makes thread teams wait for each other), and a float64
    copy of them stays in cache. Elsewhere each piece costs the start of a kernel, whatever its size.
    """
    return max(1, (2**15 - 1 if v.device.type == "cpu" else 2**24) // v.shape[1])


def single_rows(v: torch.Tensor) -> int:
    """Return how many rows to work through at a time where each is worked on by itself and shortly.

    They are those of `chunk_rows`, four times as many where torch has one thread: there it makes no teams, and threads
    side by side take the interpreter from each other with every call.
    """
    return chunk_rows(v) * (4 if v.device.type == "cpu" and torch.get_num_threads() == 1 else 1)


def as_matrix(v: Array, name: str = "x", *, at_least: int = 1) -> torch.Tensor:
    """Return a 2-D floating torch tensor that shares memory with ``v`` where it can; finite, with ``at_least`` rows.

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
    step = single_rows(v)
    for start in range(0, len(v), step):
        rows = v[start : start + step]
        if not all(map(math.isfinite, torch.aminmax(rows))):
            bad = ~torch.isfinite(rows).all(dim=1)
            raise ValueError(f"{name}: row {start + int(bad.nonzero()[0])} holds NaN or infinity")
    return v


def row_norms(v: torch.Tensor) -> torch.Tensor:
    """Return the Euclidean norm of each row, (rows,) float64, accumulated in float64.

    Where its square would leave float64's range it is that of the row over its largest number.
    """
    step = single_rows(v)
    return torch.cat([_norms(v[i : i + step].double()) for i in range(0, len(v), step)])


def _norms(rows: torch.Tensor) -> torch.Tensor:
    norms = rows.norm(dim=1)
    if ((norms > SQUARES[0]) & (norms < SQUARES[1])).all():
        return norms
    largest = rows.abs().amax(dim=1)
    scaled = largest * (rows / largest.clamp(min=_TINIEST)[:, None]).norm(dim=1)
    return torch.where((norms > SQUARES[0]) & (norms < SQUARES[1]), norms, scaled.clamp(max=_LARGEST))
