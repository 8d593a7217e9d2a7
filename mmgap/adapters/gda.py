"""``gda``: Gaussian discriminant analysis of the shots, beside the cosines with the classes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from mmgap.adapters.adapter import Adapter, Grid, Try
from mmgap.adapters.few_shots import FewShots

#: Total variance of unit rows below which nothing but rounding is left of it.
ROUNDING = 1e-24


@dataclass(frozen=True, eq=False)
class Discriminant:
    """A linear classifier beside the classes.

    Attributes:
        few: the classes.
        w: (d, C).
        b: (C,).
        alpha: option.
    """

    few: FewShots
    w: Tensor
    b: Tensor
    alpha: float

    def scores(self, x: Tensor) -> Tensor:
        """Return 100·x·T + α(x·W + b)."""
        return self.few.zero_shot(x) + self.alpha * (x @ self.w + self.b)


@dataclass(frozen=True)
class GDA(Adapter):
    """Takes the images of each class for Gaussians of one covariance, which is shrunk; nothing is trained.

    Σ⁻¹ = d·pinv((n − 1)C + tr(C)·I), C the unbiased covariance of the n shots without the means μ of their classes,
    W = μΣ⁻¹, b = log p − ½·μᵀΣ⁻¹μ, p = 1/C for each of the C classes; logits = 100·x·T + α(x·W + b)

    With one shot a class the covariance is 0, so is its pseudo-inverse, and the logits are those of ``zero-shot`` but
    for a constant; so they are where the shots of each class are equal but for rounding.

    Attributes:
        alpha: α, how much the Gaussians count.

    Wang et al., A Hard-to-Beat Baseline for Training-Free CLIP-Based Adaptation (ICLR 2024),
    https://arxiv.org/abs/2402.04087.
    """

    grid: ClassVar[Grid] = {"alpha": (1e-4, 1e-3, 0.01, 0.1, 1.0, 10.0, 100.0, 1e3, 1e4)}

    alpha: float = 1.0

    def learn(self, few: FewShots) -> Discriminant:
        """Return the Gaussians."""
        (n, d), count = few.x.shape, len(few.t)
        means = few.onehot.T @ few.x / few.onehot.sum(dim=0)[:, None]
        centred = few.x - means[few.y]
        covariance = centred.T @ centred / max(n - 1, 1)
        if covariance.trace() < ROUNDING:
            covariance = torch.zeros_like(covariance)
        shrunk = (n - 1) * covariance + covariance.trace() * torch.eye(d, dtype=few.x.dtype)
        precision = d * torch.linalg.pinv(shrunk, hermitian=True)
        w = precision @ means.T
        return Discriminant(few, w, -math.log(count) - (means * w.T).sum(dim=1) / 2, self.alpha)

    def tries(self, few: FewShots, x: Tensor, y: Tensor) -> Iterator[Try]:
        """Yield the same Gaussians with each α."""
        found = self.learn(few)
        for alpha in self.grid["alpha"]:
            head = replace(found, alpha=alpha)
            yield Try({"alpha": alpha}, head, head.scores(x))
