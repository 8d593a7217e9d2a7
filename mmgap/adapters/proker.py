"""``proker``: what the classes get wrong of the shots, corrected by kernel ridge regression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from mmgap.adapters.adapter import Adapter, Grid
from mmgap.adapters.few_shots import FewShots


@dataclass(frozen=True, eq=False)
class Corrected:
    """Cosines with the classes, and a correction.

    Attributes:
        few: shots and classes.
        weights: (n, C) a.
        beta: option.
    """

    few: FewShots
    weights: Tensor
    beta: float

    def scores(self, x: Tensor) -> Tensor:
        """Return x·T + K_x·a."""
        return x @ self.few.t.T + kernel(x, self.few.x, self.beta) @ self.weights


@dataclass(frozen=True)
class ProKeR(Adapter):
    """Regresses what the cosines miss of the one-hot classes of the shots on a kernel; solved, not trained.

    K = exp(−β(1 − S·Sᵀ)), a = (K/λ + I)⁻¹(Y − S·T), logits = x·T + K_x·a, x·T a plain cosine and Y one-hot

    Attributes:
        beta: β, how near an image has to be to a shot.
        ridge: λ; the larger, the more of the correction comes from each shot by itself.

    Bendou et al., ProKeR: A Kernel Perspective on Few-Shot Adaptation of Large Vision-Language Models (CVPR 2025),
    https://arxiv.org/abs/2501.11175.
    """

    grid: ClassVar[Grid] = {"beta": (0.5, 1.0, 2.0, 4.0, 8.0, 16.0), "ridge": (0.01, 0.1, 1.0, 10.0)}

    beta: float = 1.0
    ridge: float = 1.0

    def learn(self, few: FewShots) -> Corrected:
        """Return the solution."""
        system = kernel(few.x, few.x, self.beta) / self.ridge + torch.eye(len(few.x), dtype=few.x.dtype)
        return Corrected(few, torch.linalg.solve(system, few.onehot - few.x @ few.t.T), self.beta)


def kernel(x: Tensor, shots: Tensor, beta: float) -> Tensor:
    """Return exp(−β(1 − x·Sᵀ)), (N, n)."""
    return torch.exp(-beta * (1 - x @ shots.T))
