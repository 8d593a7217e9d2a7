"""Entropy of the softmax over similarities: how sure retrieval is of itself, right or wrong."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from mmgap.core.progress import progress_bar
from mmgap.metrics.unit_rows import Vectors, any_rows, same_width

_TILE = 1024


@dataclass(frozen=True)
class LogitEntropy:
    """Mean entropies in nats.

    Attributes:
        image_to_text: over images, of the softmax over all M texts; in [0, ln M].
        text_to_image: over texts, of the softmax over all N images; in [0, ln N].
    """

    image_to_text: float
    text_to_image: float

    @property
    def mean(self) -> float:
        """Mean of the two directions."""
        return (self.image_to_text + self.text_to_image) / 2


class _OnlineEntropy:
    """Entropy of the softmax of each row, fed block by block: keeps the maximum, Σeˢ and Σs·eˢ of what it has seen."""

    def __init__(self, rows: int, device: torch.device) -> None:
        self.top = torch.full((rows,), -torch.inf, dtype=torch.float64, device=device)
        self.weight, self.weighted = torch.zeros(2, rows, dtype=torch.float64, device=device)

    def add(self, rows: slice, logits: torch.Tensor) -> None:
        top = torch.maximum(self.top[rows], logits.amax(1))
        fade = (self.top[rows] - top).exp()
        shifted = logits - top[:, None]
        weights = shifted.exp()
        # Σ(s − top)·e^{s − top}: what was summed around the old maximum moves by (old − new)·Σe
        drop = torch.where(self.weight[rows] > 0, self.top[rows] - top, 0.0)
        self.weighted[rows] = fade * (self.weighted[rows] + drop * self.weight[rows]) + (shifted * weights).sum(1)
        self.weight[rows] = fade * self.weight[rows] + weights.sum(1)
        self.top[rows] = top

    def mean(self) -> float:
        return float((self.weight.log() - self.weighted / self.weight).clamp_min(0).mean())


def logit_entropy(x: Vectors, y: Vectors, *, logit_scale: float = 100.0, raw: bool = False) -> LogitEntropy:
    """Mean entropy of ``softmax(logit_scale·<x_i, y_·>)`` over images, and of the columns' over texts.

    Float64, by tiles: no N×M memory. No pairs are needed, N and M may differ.

    Args:
        x: (N, d) image vectors, unit rows.
        y: (M, d) text vectors, unit rows.
        logit_scale: factor before the softmax (CLIP's is 100 after training); 0 gives ln M and ln N.
        raw: take vectors of any norm.

    Raises:
        TypeError, ValueError: as `mmgap.metrics.unit_rows.unit_rows`, different widths, or a scale that is negative.

    Source: Schrodi et al., "Two effects, one trigger" (ICLR 2025), who tie it to the gap.

    >>> import numpy as np
    >>> from mmgap.metrics.entropy import logit_entropy
    >>> collapsed = np.tile([1.0, 0.0], (8, 1))
    >>> round(logit_entropy(collapsed, collapsed).mean, 4)  # ln 8
    2.0794
    """
    images, texts = any_rows(x, "x", raw=raw), any_rows(y, "y", raw=raw)
    same_width(images, texts)
    if not 0 <= logit_scale < float("inf"):
        raise ValueError(f"logit_scale must be finite and not negative, got {logit_scale}")
    of_image, of_text = (_OnlineEntropy(len(v), images.tensor.device) for v in (images, texts))
    for i in progress_bar(range(0, len(images), _TILE), desc="logit entropy"):
        rows = slice(i, i + _TILE)
        scaled = images.tensor[rows].double() * logit_scale
        for j in range(0, len(texts), _TILE):
            columns = slice(j, j + _TILE)
            logits = scaled @ texts.tensor[columns].to(scaled).T
            of_image.add(rows, logits)
            of_text.add(columns, logits.T)
    return LogitEntropy(of_image.mean(), of_text.mean())
