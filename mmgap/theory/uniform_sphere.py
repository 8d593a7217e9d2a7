"""The uniform distribution on the unit sphere."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch.distributions import Distribution, constraints


class _UnitSphere(constraints.Constraint):
    """Vectors of norm 1, within 1e-3 (what half-precision rounding of a unit vector costs)."""

    event_dim = 1

    def check(self, value: torch.Tensor) -> torch.Tensor:
        return (torch.linalg.vector_norm(value, dim=-1) - 1).abs() < 1e-3


unit_sphere = _UnitSphere()


class HypersphericalUniform(Distribution):
    """Uniform on the unit sphere S^(dim−1) of ``dim``-dimensional space.

    Args:
        dim: number of coordinates, at least 2.
        batch_shape: independent copies.
        dtype, device: of the samples.

    >>> sphere = HypersphericalUniform(3)
    >>> sphere.sample((5,)).shape
    torch.Size([5, 3])
    >>> print(f"{sphere.entropy():.4f}")  # log 4π
    2.5310
    """

    arg_constraints: dict[str, constraints.Constraint] = {}  # noqa: RUF012 - as in every torch distribution
    support = unit_sphere
    has_rsample = True

    def __init__(
        self,
        dim: int,
        batch_shape: tuple[int, ...] | torch.Size = (),
        *,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
        validate_args: bool | None = None,
    ) -> None:
        if dim < 2:
            raise ValueError(f"a sphere needs at least 2 dimensions, got {dim}")
        self.dim = dim
        self._zero = torch.zeros((), dtype=dtype, device=device)
        super().__init__(torch.Size(batch_shape), torch.Size([dim]), validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> HypersphericalUniform:
        return HypersphericalUniform(
            self.dim, batch_shape, dtype=self._zero.dtype, device=self._zero.device, validate_args=self._validate_args
        )

    def rsample(self, sample_shape: Any = torch.Size()) -> torch.Tensor:  # noqa: B008
        return torch.nn.functional.normalize(
            torch.randn(self._extended_shape(sample_shape), dtype=self._zero.dtype, device=self._zero.device), dim=-1
        )

    def log_prob(self, value: torch.Tensor) -> torch.Tensor:
        """Log density per unit of the sphere's area: −log area, everywhere."""
        if self._validate_args:
            self._validate_sample(value)
        return self._zero.to(value.dtype).expand(value.shape[:-1]) - log_area(self.dim)

    def entropy(self) -> torch.Tensor:
        return (self._zero + log_area(self.dim)).expand(self.batch_shape)

    @property
    def mean(self) -> torch.Tensor:
        return self._zero.expand(self._extended_shape())

    @property
    def variance(self) -> torch.Tensor:
        """Variance of each coordinate, 1/dim."""
        return (self._zero + 1 / self.dim).expand(self._extended_shape())


def log_area(dim: int) -> float:
    """Log of the area of the unit sphere in ``dim`` dimensions, ``2π^(dim/2)/Γ(dim/2)``."""
    return math.log(2) + dim / 2 * math.log(math.pi) - math.lgamma(dim / 2)
