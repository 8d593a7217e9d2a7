"""``tip-adapter-f``: Tip-Adapter whose keys are trained."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from mmgap.adapters.adapter import Adapter, Grid, Try, best
from mmgap.adapters.few_shots import FewShots, trainable
from mmgap.adapters.tip_adapter import ALPHAS, BETAS, Cache

#: Of AdamW, and how many shots a step takes.
EPS, BATCH = 1e-4, 256


@dataclass(frozen=True)
class TipAdapterF(Adapter):
    """Tip-Adapter that starts from the shots as keys and trains them by cross-entropy.

    logits = 100·x·T + α·exp(−β(1 − x·Kᵀ))·Y, K trained from K₀ = S by AdamW (ε 1e-4, PyTorch's decay of .01) in batches
    of 256, the rate falling as a cosine

    The authors' code picks the best epoch, then α and β, on the test images (``select=test,protocol=legacy`` repeats
    that). Here the last epoch is kept; with ``select=val`` the best one on validation is, and α and β after it.

    Attributes:
        alpha, beta: as of Tip-Adapter.
        rate: learning rate at the start.
        epochs: how often the shots are gone through.

    Zhang et al., Tip-Adapter: Training-free Adaption of CLIP for Few-shot Classification (ECCV 2022),
    https://arxiv.org/abs/2207.09519.
    """

    grid: ClassVar[Grid] = {"alpha": ALPHAS, "beta": BETAS}
    trained: ClassVar[bool] = True

    alpha: float = 1.17
    beta: float = 1.0
    rate: float = 1e-3
    epochs: int = 20

    def learn(self, few: FewShots) -> Cache:
        """Return the keys after the last epoch."""
        *_, last = self._epochs(few)
        return last

    def tries(self, few: FewShots, x: Tensor, y: Tensor) -> Iterator[Try]:
        """Yield the keys of the best epoch with each β and its best α."""
        epochs = (Try({"epoch": epoch}, cache, cache.scores(x)) for epoch, cache in enumerate(self._epochs(few), 1))
        chosen = best(epochs, y)
        for one in self._cache(few, chosen.head.keys).tries(x, y):  # type: ignore[attr-defined]
            yield one._replace(options={**chosen.options, **one.options})

    def _epochs(self, few: FewShots) -> Iterator[Cache]:
        """Yield the cache after each epoch."""
        (keys,) = trainable(few.x)
        cache = self._cache(few, keys)
        optimiser = torch.optim.AdamW([keys], lr=self.rate, eps=EPS)
        for _ in few.descend(cache.scores, optimiser, self.epochs, size=BATCH):
            yield replace(cache, keys=keys.detach().clone())

    def _cache(self, few: FewShots, keys: Tensor) -> Cache:
        return Cache(few, keys, self.alpha, self.beta)
