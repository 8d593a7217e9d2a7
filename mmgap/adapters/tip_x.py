"""``tip-x``: Tip-Adapter with a second affinity, by what images and shots say of the classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import log_softmax

from mmgap.adapters.adapter import Adapter, Grid
from mmgap.adapters.few_shots import FewShots
from mmgap.adapters.tip_adapter import Cache

#: Temperature of the signatures.
TEMPERATURE = 0.5


@dataclass(frozen=True, eq=False)
class Signatures:
    """A cache beside the classes, and the divergence of signatures.

    Attributes:
        cache: of Tip-Adapter.
        gamma: γ.
    """

    cache: Cache
    gamma: float

    def divergences(self, x: Tensor) -> Tensor:
        """Return (N, n) KL(p(x) ‖ p(s)), p = softmax of the cosines with the classes over `TEMPERATURE`."""
        few = self.cache.few
        images, shots = (log_softmax(rows @ few.t.T / TEMPERATURE, dim=1) for rows in (x, few.x))
        return (images.exp() * images).sum(dim=1, keepdim=True) - images.exp() @ shots.T

    def affinities(self, x: Tensor) -> Tensor:
        """Return −KL, stretched so that KL runs over the range of the cosines of the same images with the shots."""
        kl, cosines = self.divergences(x), x @ self.cache.keys.T
        low, high = torch.aminmax(kl)
        least, most = torch.aminmax(cosines)
        stretch = (most - least) / (high - low) if high > low else torch.zeros_like(most)
        return -(least + (kl - low) * stretch)

    def scores(self, x: Tensor) -> Tensor:
        """Return Tip-Adapter's logits + γ·affinities·Y."""
        if not len(x):
            return self.cache.scores(x)
        return self.cache.scores(x) + self.gamma * self.affinities(x) @ self.cache.few.onehot


@dataclass(frozen=True)
class TipX(Adapter):
    """Tip-Adapter that also asks whether an image and a shot see the classes alike; nothing is trained.

    logits = 100·x·T + α·exp(−β(1 − x·Sᵀ))·Y − γ·stretched(KL(p(x) ‖ p(S)))·Y, p = softmax(x·T / .5), and KL stretched
    linearly from its own range to that of the cosines x·Sᵀ

    The ranges are those of the images that are measured together, so that an image's logits depend on the others. Of
    the authors' code three faults are mended: all rows have their KL (there the last ones beyond full batches of 100
    keep 0); the range is that of the measured images (there that of the validation images, left over from the search);
    logarithms of the softmax are taken in float64 (there in float16, which gives −∞). Their search is of 200 × 20 × 50
    values, the one here of 7 × 6 × 5. The value of γ is a choice of this project.

    Attributes:
        alpha, beta: as of Tip-Adapter.
        gamma: γ, how much the signatures count.

    Udandarao et al., SuS-X: Training-Free Name-Only Transfer of Vision-Language Models (ICCV 2023),
    https://arxiv.org/abs/2211.16198.
    """

    grid: ClassVar[Grid] = {
        "alpha": (0.1, 0.3, 0.6, 1.0, 1.8, 3.0, 5.0),
        "beta": (0.1, 0.5, 1.0, 2.0, 4.0, 7.0),
        "gamma": (0.05, 0.1, 0.5, 1.0, 3.0),
    }
    row_by_row: ClassVar[bool] = False

    alpha: float = 1.17
    beta: float = 1.0
    gamma: float = 0.1

    def learn(self, few: FewShots) -> Signatures:
        """Return the shots as keys and signatures."""
        return Signatures(Cache(few, few.x, self.alpha, self.beta), self.gamma)
