"""``clap``: a linear probe that is held near the class vectors, each by what zero-shot makes of its shots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch.nn.functional import normalize

from mmgap.adapters.adapter import Adapter
from mmgap.adapters.few_shots import FewShots, trainable
from mmgap.adapters.taskres import Classifier


@dataclass(frozen=True)
class CLAP(Adapter):
    """Trains the class vectors; the better zero-shot knows a class, the nearer it is held to where it was.

    loss = cross-entropy + mean_c a_c·‖w_c − t_c‖², a_c the mean zero-shot softmax probability of the true class over
    its shots, fixed; logits = 100·cos(x, w_c), w trained from t by SGD (momentum .9) on all shots at once, the rate
    falling as a cosine

    The authors take batches of augmented images; here a step takes all shots, each one vector.

    Attributes:
        rate: learning rate at the start.
        epochs: steps.

    Silva-Rodríguez et al., A Closer Look at the Few-Shot Adaptation of Large Vision-Language Models (CVPR 2024),
    https://arxiv.org/abs/2312.12730.
    """

    trained: ClassVar[bool] = True

    rate: float = 0.1
    epochs: int = 300

    def learn(self, few: FewShots) -> Classifier:
        """Return the classes after training."""
        probabilities = few.zero_shot(few.x).softmax(dim=1)
        held = (probabilities * few.onehot).sum(dim=0) / few.onehot.sum(dim=0)
        (w,) = trainable(few.t)

        def classifier() -> Classifier:
            return Classifier(normalize(w, dim=1), few.scale)

        optimiser = torch.optim.SGD([w], lr=self.rate, momentum=0.9)
        steps = few.descend(
            lambda x: classifier().scores(x),
            optimiser,
            self.epochs,
            penalty=lambda: (held * (w - few.t).square().sum(dim=1)).mean(),
        )
        for _ in steps:
            pass
        return classifier()
