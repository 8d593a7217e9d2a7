"""An affine map of rows: a matrix, or one factor for each coordinate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmgap.spaces.row_blocks import as_rows, mapped_rows, precision, to_unit


class SpaceError(ValueError):
    """A map that cannot be fitted or used as asked; the message names what is wrong and the cure."""


class StrengthError(SpaceError):
    """A strength that vectors of this width do not allow."""


@dataclass(frozen=True, eq=False)
class Affine:
    """``v ↦ W·(v − centre) + bias``; taking the centre off first keeps float32 exact where the mean is large.

    Attributes:
        weight: (d_out, d_in), or (d,): one factor for each coordinate, without a matrix product.
        bias: (d_out,); None for zeros.
        centre: (d_in,); None for zeros.
    """

    weight: np.ndarray
    bias: np.ndarray | None = None
    centre: np.ndarray | None = None

    def __call__(self, vectors: np.ndarray) -> np.ndarray:
        """(N, d_out) of (N, d_in) vectors: float64 of float64, else float32.

        Raises:
            SpaceError: the widths do not fit.
        """
        return self.through(vectors)

    def through(self, vectors: np.ndarray, *, before: bool = False, after: bool = False) -> np.ndarray:
        """`__call__` with rows brought to length one before it, after it or both."""
        self.check()
        rows = as_rows(vectors)
        if rows.ndim != 2 or rows.shape[1] != self.widths[1]:
            raise SpaceError(
                f"vectors of {rows.shape[1]} dimensions do not fit a weight of shape {self.weight.shape}: that takes"
                f" {self.widths[1]}"
                if rows.ndim == 2
                else f"vectors are (N, d), got the shape {rows.shape}"
            )
        kind = precision(rows)
        weight, bias, centre = (
            None if part is None else np.ascontiguousarray(part, dtype=kind)
            for part in (self.weight, self.bias, self.centre)
        )
        assert weight is not None
        same = weight.ndim == 1 and bool((weight == 1).all())

        def work(block: np.ndarray, out: np.ndarray) -> None:
            if before:
                to_unit(block)
            if centre is not None:
                block -= centre
            if weight.ndim == 2:
                np.matmul(block, weight.T, out=out)
            elif same:
                out[...] = block
            else:
                np.multiply(block, weight, out=out)
            if bias is not None:
                out += bias
            if after:
                to_unit(out)

        return mapped_rows(rows, self.widths[0], work)

    @property
    def widths(self) -> tuple[int, int]:
        """Return d_out and d_in."""
        return self.weight.shape[0], self.weight.shape[-1]

    @property
    def matrix(self) -> np.ndarray:
        """Return the weight as (d_out, d_in)."""
        return np.diag(self.weight) if self.weight.ndim == 1 else self.weight

    def folded(self) -> tuple[np.ndarray, np.ndarray]:
        """Return ``(weight, bias)`` of the same map without a centre: ``v ↦ W·v + (bias − W·centre)``, float64."""
        weight = self.weight.astype(np.float64)
        bias = np.zeros(self.widths[0]) if self.bias is None else self.bias.astype(np.float64)
        if self.centre is None:
            return weight, bias
        return weight, bias - (weight * self.centre if weight.ndim == 1 else weight @ self.centre)

    def check(self) -> None:
        """Raise `SpaceError` where weight, bias and centre do not fit."""
        whole = self.weight.ndim in (1, 2)
        parts = {"bias": (self.bias, 0), "centre": (self.centre, 1)}
        told = {name: part.shape for name, (part, _) in parts.items() if part is not None}
        if not whole or any(shape != (self.widths[parts[name][1]],) for name, shape in told.items()):
            rest = "".join(f" and {name} {shape}" for name, shape in told.items())
            raise SpaceError(f"weight {self.weight.shape}{rest} are no affine map")

    @classmethod
    def centred(cls, weight: np.ndarray, mean: np.ndarray) -> Affine:
        """``v ↦ W·(v − mean)``."""
        return cls(weight, centre=mean)
