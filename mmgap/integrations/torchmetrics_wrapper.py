"""The gap and recalls as a metric of torchmetrics: collected batch by batch, across processes, measured once."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mmgap.core.optional_libraries import optional_library
from mmgap.integrations.pair_metrics import pair_metrics

optional_library("torchmetrics", "torchmetrics")

from torchmetrics import Metric  # noqa: E402
from torchmetrics.utilities.data import dim_zero_cat  # noqa: E402


class ModalityGap(Metric):
    """Gap, misalignment, uniformity and R@k both ways of all vectors that it was given.

    ``update`` keeps vectors (states that are concatenated, across processes too), ``compute`` measures all of them
    together as `mmgap.measure`: recalls are over the whole set, not means over batches.

    Args:
        keywords: of `torchmetrics.Metric`: ``dist_sync_on_step``, ``sync_on_compute``, ``compute_on_cpu`` …

    >>> metric = ModalityGap()
    >>> for batch in torch.randn(3, 2, 16, 8, generator=torch.Generator().manual_seed(0)):
    ...     metric.update(*batch)
    >>> sorted(name for name in metric.compute() if name.startswith("t2i_r5"))
    ['t2i_r5', 't2i_r5_high', 't2i_r5_low']
    """

    is_differentiable = False
    higher_is_better = None
    full_state_update = False

    images: list[Tensor]
    texts: list[Tensor]
    owner: list[Tensor]
    counts: list[Tensor]

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)
        for name in ("images", "texts", "owner", "counts"):
            self.add_state(name, default=[], dist_reduce_fx="cat")

    def update(self, images: Tensor, texts: Tensor, owner: Tensor | None = None) -> None:
        """Keep the vectors of a batch.

        Args:
            images: (N, d).
            texts: (M, d).
            owner: (M,) the image of this batch that each text belongs to; None where row i belongs to row i.

        Raises:
            ValueError: shapes that do not fit.
        """
        if images.ndim != 2 or texts.ndim != 2 or (owner is None and len(images) != len(texts)):
            shapes = f"{tuple(images.shape)} and {tuple(texts.shape)}"
            raise ValueError(f"expected images (N, d) and texts (N, d), or texts (M, d) with their owner, got {shapes}")
        of = torch.arange(len(texts), device=images.device) if owner is None else owner.to(images.device)
        if of.shape != (len(texts),) or (len(of) and not 0 <= int(of.min()) <= int(of.max()) < len(images)):
            raise ValueError(f"owner is the image of each of {len(texts)} texts in this batch, 0 to {len(images) - 1}")
        self.images.append(images.detach())
        self.texts.append(texts.detach())
        self.owner.append(of)
        self.counts.append(torch.tensor([[len(images), len(texts)]], device=images.device))

    def compute(self) -> dict[str, Tensor]:
        """Return the metrics of all batches by name, as `mmgap.integrations.pair_metrics.pair_metrics`, in float64."""
        counts = dim_zero_cat(self.counts)
        first = torch.cumsum(counts[:, 0], 0) - counts[:, 0]
        owner = dim_zero_cat(self.owner) + torch.repeat_interleave(first, counts[:, 1])
        found = pair_metrics(dim_zero_cat(self.images), dim_zero_cat(self.texts), owner.cpu().numpy())
        return {name: torch.tensor(value, dtype=torch.float64) for name, value in found.items()}
