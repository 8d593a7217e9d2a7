"""``taskres``: a residual on the class vectors, trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import normalize

from mmgap.adapters.adapter import Adapter, Grid
from mmgap.adapters.few_shots import FewShots, trainable


@dataclass(frozen=True, eq=False)
class Classifier:
    """Scaled cosines with trained class vectors.

    Attributes:
        classes: (C, d) unit rows.
        scale: of the cosines.
    """

    classes: Tensor
    scale: float

    def scores(self, x: Tensor) -> Tensor:
        """Return 100·x·T'."""
        return self.scale * x @ self.classes.T


@dataclass(frozen=True)
class TaskRes(Adapter):
    """Trains what is added to each class vector; images stay as they are.

    logits = 100·x·unit(t + α·r), r trained from 0 by Adam on all shots at once, the rate falling as a cosine

    The authors take 100 epochs for 1 to 4 shots and 200 beyond, in batches of 256 with augmented images; here a step
    takes all shots, each one vector, and the epochs are the same for all.

    Attributes:
        alpha: α, how far the residual reaches.
        rate: learning rate at the start.
        epochs: steps.

    Yu et al., Task Residual for Tuning Vision-Language Models (CVPR 2023), https://arxiv.org/abs/2211.10277.
    """

    grid: ClassVar[Grid] = {"alpha": (0.1, 0.3, 0.5, 1.0, 2.0)}
    trained: ClassVar[bool] = True

    alpha: float = 0.5
    rate: float = 2e-3
    epochs: int = 100

    def learn(self, few: FewShots) -> Classifier:
        """Return the classes with their residuals."""
        (residual,) = trainable(torch.zeros_like(few.t))

        def classifier() -> Classifier:
            return Classifier(normalize(few.t + self.alpha * residual, dim=1), few.scale)

        optimiser = torch.optim.Adam([residual], lr=self.rate)
        for _ in few.descend(lambda x: classifier().scores(x), optimiser, self.epochs):
            pass
        return classifier()
