"""``zero-shot``: the nearest class by cosine, without a shot."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from mmgap.adapters.adapter import Adapter
from mmgap.adapters.few_shots import FewShots


@dataclass(frozen=True, eq=False)
class Cosines:
    """Scaled cosines with the classes, of shots that nobody looks at."""

    few: FewShots

    def scores(self, x: Tensor) -> Tensor:
        """Return 100·x·T."""
        return self.few.zero_shot(x)


@dataclass(frozen=True)
class ZeroShot(Adapter):
    """The baseline: the scaled cosines of an image with the classes.

    logits = 100·x·T

    Radford et al., Learning Transferable Visual Models From Natural Language Supervision (ICML 2021),
    https://arxiv.org/abs/2103.00020.
    """

    def learn(self, few: FewShots) -> Cosines:
        """Return the cosines: nothing is learned."""
        return Cosines(few)
