"""``lp++``: a linear probe beside the classes, with steps whose size the shots give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from mmgap.adapters.adapter import Adapter
from mmgap.adapters.few_shots import FewShots

#: Momentum of the probe, and every how many steps α moves.
MOMENTUM, EVERY = 0.9, 10


@dataclass(frozen=True, eq=False)
class Probe:
    """A linear probe beside the classes.

    Attributes:
        t: (C, d) the classes.
        w: (C, d).
        b: (C,).
        alpha: (C,) how much the cosine with each class counts.
    """

    t: Tensor
    w: Tensor
    b: Tensor
    alpha: Tensor

    def scores(self, x: Tensor) -> Tensor:
        """Return x·w_c + b_c + α_c·x·t_c."""
        return x @ self.w.T + self.b + self.alpha * (x @ self.t.T)


@dataclass(frozen=True)
class LPPlusPlus(Adapter):
    """A linear probe and how much each class vector counts, trained together; no rate has to be chosen.

    logits = x·w_c + b_c + α_c·x·t_c; W₀ = the sum of each class's shots, b₀ = 0, α₀ = 250·mean over the shots of x·t of
    their own class. W and b by gradient descent on the mean cross-entropy of all n shots, momentum .9, rate
    4n/λmax(XᵀX); every 10th step also α, at the rate n/(4·max_c Σ_i(x_i·t_c)²), without momentum, both by the gradients
    at one place; the last step is kept

    The authors start b from PyTorch's random draw; from 0 nothing of it is random.

    Attributes:
        epochs: steps.

    Huang et al., LP++: A Surprisingly Strong Linear Probe for Few-Shot CLIP (CVPR 2024),
    https://arxiv.org/abs/2404.02285.
    """

    trained: ClassVar[bool] = True

    epochs: int = 300

    def learn(self, few: FewShots) -> Probe:
        """Return the probe after its last step."""
        n, cosines = len(few.x), few.x @ few.t.T
        w, b = few.onehot.T @ few.x, torch.zeros(len(few.t), dtype=few.x.dtype)
        alpha = 250 * (cosines * few.onehot).sum(dim=1).mean() * torch.ones_like(b)
        rate = 4 * n / torch.linalg.matrix_norm(few.x, 2) ** 2
        steepest = 4 * cosines.square().sum(dim=0).max()
        rate_of_alpha = n / steepest if steepest > 0 else 0.0  # every shot at a right angle to every class
        w_speed, b_speed = torch.zeros_like(w), torch.zeros_like(b)
        for step in range(1, self.epochs + 1):
            wrong = (Probe(few.t, w, b, alpha).scores(few.x).softmax(dim=1) - few.onehot) / n
            w_speed, b_speed = MOMENTUM * w_speed + wrong.T @ few.x, MOMENTUM * b_speed + wrong.sum(dim=0)
            w, b = w - rate * w_speed, b - rate * b_speed
            if step % EVERY == 0:
                alpha = alpha - rate_of_alpha * (wrong * cosines).sum(dim=0)
        return Probe(few.t, w, b, alpha)
