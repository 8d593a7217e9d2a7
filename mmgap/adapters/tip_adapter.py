"""``tip-adapter``: shots as a cache of keys and values beside the classes, without training."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from mmgap.adapters.adapter import Adapter, Grid, Try
from mmgap.adapters.few_shots import FewShots

#: The authors' grid: 200 steps of β to 7 and 20 of α to 3.
BETAS = tuple(0.1 + i * (7 - 0.1) / 200 for i in range(200))
ALPHAS = tuple(0.1 + i * (3 - 0.1) / 20 for i in range(20))


@dataclass(frozen=True, eq=False)
class Cache:
    """Keys beside the classes.

    Attributes:
        few: classes, and the values of the keys.
        keys: (n, d).
        alpha, beta: options.
    """

    few: FewShots
    keys: Tensor
    alpha: float
    beta: float

    def kept(self, x: Tensor) -> Tensor:
        """Return exp(−β(1 − x·Sᵀ))·Y, (N, C)."""
        return torch.exp(-self.beta * (1 - x @ self.keys.T)) @ self.few.onehot

    def scores(self, x: Tensor) -> Tensor:
        """Return 100·x·T + α·exp(−β(1 − x·Sᵀ))·Y."""
        return self.few.zero_shot(x) + self.alpha * self.kept(x)

    def tries(self, x: Tensor, y: Tensor) -> Iterator[Try]:
        """Yield the same keys with each β of the authors' grid, and the first α of those that do best with it."""
        classes, alphas = self.few.zero_shot(x), x.new_tensor(ALPHAS)[:, None, None]
        away, values = x @ self.keys.T - 1, self.few.onehot
        for beta in BETAS:
            kept = torch.exp(beta * away) @ values
            scores = classes + alphas * kept
            first = int((scores.argmax(dim=2) == y).sum(dim=1).argmax())
            head = replace(self, alpha=ALPHAS[first], beta=beta)
            yield Try({"alpha": ALPHAS[first], "beta": beta}, head, scores[first])


@dataclass(frozen=True)
class TipAdapter(Adapter):
    """Adds to the cosines how near an image is to the shots of each class; nothing is trained.

    logits = 100·x·T + α·exp(−β(1 − x·Sᵀ))·Y, S the shots, Y their classes as one-hot rows

    The authors' keys are means over ten augmented views and are made unit again; here a shot is one vector, its own
    key. Their code searches α and β on the test images (``select=test,protocol=legacy``); the values here are those of
    their ImageNet settings.

    Attributes:
        alpha: α, how much the shots count.
        beta: β, how near an image has to be to a shot.

    Zhang et al., Tip-Adapter: Training-free Adaption of CLIP for Few-shot Classification (ECCV 2022),
    https://arxiv.org/abs/2207.09519.
    """

    grid: ClassVar[Grid] = {"alpha": ALPHAS, "beta": BETAS}

    alpha: float = 1.17
    beta: float = 1.0

    def learn(self, few: FewShots) -> Cache:
        """Return the shots as keys."""
        return Cache(few, few.x, self.alpha, self.beta)

    def tries(self, few: FewShots, x: Tensor, y: Tensor) -> Iterator[Try]:
        """Yield the shots as keys with each β and its best α."""
        return self.learn(few).tries(x, y)
