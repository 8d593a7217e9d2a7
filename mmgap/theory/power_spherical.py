"""The Power Spherical distribution (De Cao & Aziz, 2020): a cone of unit vectors about a centre, in any dimension.

It stands for one modality in the thesis's experiments on synthetic vectors: two of them, with centres apart, are a
modality gap whose size is known (`mmgap.theory.expected_gap`).
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch.distributions import Dirichlet, Distribution, constraints, register_kl
from torch.nn.functional import normalize

from mmgap.theory.uniform_sphere import HypersphericalUniform, log_area, unit_sphere


class PowerSpherical(Distribution):
    """Density ∝ ``(1 + <loc, x>)^concentration`` on the unit sphere of d ≥ 2 dimensions.

    ``t = <loc, x>`` is ``2·Beta((d−1)/2 + κ, (d−1)/2) − 1``, so that sampling needs no rejection, log-density and
    entropy are exact in any dimension, and samples are differentiable in both parameters. In high dimension
    κ must grow with d: at d = 768, κ = 100 has a mean resultant of 0.115 only.

    Args:
        loc: ``(*batch, d)`` centres; divided by their norm. Any direction is safe, the first axis and its opposite
            too.
        concentration: ``(*batch)`` κ ≥ 0, a number or a tensor; 0 is the uniform distribution.

    Raises:
        ValueError: a zero or non-finite centre, d < 2, or a negative or non-finite concentration.

    >>> cone = PowerSpherical(torch.tensor([0.0, 0.0, 1.0]), 50.0)
    >>> cone.sample((4,)).shape
    torch.Size([4, 3])
    >>> cone.mean  # κ/(κ + d − 1) along loc
    tensor([0.0000, 0.0000, 0.9615])
    """

    arg_constraints = {"loc": unit_sphere, "concentration": constraints.nonnegative}  # noqa: RUF012 - as in torch
    support = unit_sphere
    has_rsample = True

    def __init__(
        self, loc: torch.Tensor, concentration: torch.Tensor | float, validate_args: bool | None = None
    ) -> None:
        if loc.ndim < 1 or loc.shape[-1] < 2:
            raise ValueError(f"loc: needs shape (*batch, d) with d ≥ 2, got {tuple(loc.shape)}")
        concentration = torch.as_tensor(concentration, dtype=loc.dtype, device=loc.device)
        batch_shape = torch.broadcast_shapes(loc.shape[:-1], concentration.shape)
        if validate_args is not False and not _all_directions(loc):
            raise ValueError("loc: holds a zero or non-finite vector, which has no direction")
        if validate_args is not False and not concentration.isfinite().all():
            raise ValueError("concentration: holds NaN or infinity")
        self.loc = normalize(loc, dim=-1, eps=torch.finfo(loc.dtype).tiny).expand(*batch_shape, loc.shape[-1])
        self.concentration = concentration.expand(batch_shape)
        super().__init__(batch_shape, loc.shape[-1:], validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> PowerSpherical:
        new = self._get_checked_instance(PowerSpherical, _instance)
        batch_shape = torch.Size(batch_shape)
        new.loc = self.loc.expand(batch_shape + self.event_shape)
        new.concentration = self.concentration.expand(batch_shape)
        super(PowerSpherical, new).__init__(batch_shape, self.event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    def rsample(self, sample_shape: Any = torch.Size()) -> torch.Tensor:  # noqa: B008
        """Return ``(*sample, *batch, d)`` unit vectors, differentiable in ``loc`` and ``concentration``."""
        # In float64: in float32, the gradient of a Dirichlet is not finite where κ is large.
        z, w = Dirichlet(torch.stack(self._beta(), dim=-1).double()).rsample(sample_shape).unbind(-1)
        tiny = torch.finfo(z.dtype).tiny
        radius = 2 * (z.clamp(min=tiny) * w.clamp(min=tiny)).sqrt()  # √(1 − t²) without cancellation at t = ±1
        shape = self._extended_shape(torch.Size(sample_shape))
        around = normalize(torch.randn((*shape[:-1], shape[-1] - 1), dtype=z.dtype, device=z.device), dim=-1)
        upright = torch.cat([(z - w).unsqueeze(-1), radius.unsqueeze(-1) * around], dim=-1)
        return _turn_first_axis(upright.to(self.loc.dtype), self.loc)

    def log_prob(self, value: torch.Tensor) -> torch.Tensor:
        """Log density per unit of the sphere's area; −inf opposite ``loc`` where κ > 0."""
        if self._validate_args:
            self._validate_sample(value)
        cosine = (self.loc * value).sum(-1).clamp(-1, 1)
        return torch.special.xlog1py(self.concentration, cosine) - self._log_normaliser()

    def entropy(self) -> torch.Tensor:
        alpha, beta = (v.double() for v in self._beta())
        expected = math.log(2) + torch.digamma(alpha) - torch.digamma(alpha + beta)  # E log(1 + t)
        return self._log_normaliser() - self.concentration * expected.to(self.concentration.dtype)

    @property
    def mean(self) -> torch.Tensor:
        alpha, beta = self._beta()
        return self.loc * ((alpha - beta) / (alpha + beta)).unsqueeze(-1)

    @property
    def mode(self) -> torch.Tensor:
        return self.loc

    @property
    def variance(self) -> torch.Tensor:
        """Variance of each coordinate, ``(*batch, d)``."""
        alpha, beta = self._beta()
        product = 4 * alpha * beta / ((alpha + beta) * (alpha + beta + 1))  # E[1 − t²]
        along = (product / (alpha + beta)).unsqueeze(-1)
        across = (product / (2 * beta)).unsqueeze(-1)
        return across + (along - across) * self.loc.square()

    def _beta(self) -> tuple[torch.Tensor, torch.Tensor]:
        beta = torch.full_like(self.concentration, (self.event_shape[0] - 1) / 2)
        return beta + self.concentration, beta

    def _log_normaliser(self) -> torch.Tensor:
        """log ∫ (1 + <loc, x>)^κ dx, in float64: its log-gammas are large and nearly cancel."""
        alpha, beta = (v.double() for v in self._beta())
        log = (alpha + beta) * math.log(2) + torch.lgamma(alpha) - torch.lgamma(alpha + beta) + beta * math.log(math.pi)
        return log.to(self.concentration.dtype)


@register_kl(PowerSpherical, HypersphericalUniform)  # type: ignore[untyped-decorator]
def _kl_to_uniform(p: PowerSpherical, q: HypersphericalUniform) -> torch.Tensor:
    if p.event_shape != q.event_shape:
        raise ValueError(f"both must live in one space, got {p.event_shape[0]} and {q.event_shape[0]} dimensions")
    return (log_area(q.dim) - p.entropy()).expand(torch.broadcast_shapes(p.batch_shape, q.batch_shape))


def _all_directions(loc: torch.Tensor) -> bool:
    norms = torch.linalg.vector_norm(loc.detach(), dim=-1)
    return bool((norms.isfinite() & (norms > 0)).all())


def _turn_first_axis(v: torch.Tensor, loc: torch.Tensor) -> torch.Tensor:
    """An orthogonal map that takes the first axis to ``loc``, applied to ``v``.

    A Householder reflection takes it to ∓loc, and the sign is taken back. Of the two mirrors, the one used is that
    whose normal has norm² ≥ 2, so that no ``loc`` makes it vanish.
    """
    sign = torch.where(loc[..., :1] < 0, -1.0, 1.0).to(loc.dtype)
    first = torch.zeros_like(loc)
    first[..., 0] = 1
    normal = loc + sign * first
    reflected = v - 2 * normal * (normal * v).sum(-1, keepdim=True) / normal.square().sum(-1, keepdim=True)
    return -sign * reflected
