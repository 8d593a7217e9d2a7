"""The softmax over each query's logits: its loss and its entropy, from the sums that a pass over X·Yᵀ gathers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mmgap.metrics.relevance import Relevance


@dataclass(frozen=True)
class Softmax:
    """What the softmax over ``scale·s`` says of each query, in nats.

    Attributes:
        i2t_loss, t2i_loss: (N,) and (M,), −log of the summed probability of the positives, not negative.
        i2t_entropy, t2i_entropy: (N,) in [0, ln M] and (M,) in [0, ln N].
    """

    i2t_loss: np.ndarray
    t2i_loss: np.ndarray
    i2t_entropy: np.ndarray
    t2i_entropy: np.ndarray

    @property
    def loss(self) -> float:
        """Return the mean of both directions, the CLIP loss."""
        return float(self.i2t_loss.mean() + self.t2i_loss.mean()) / 2

    def with_texts(self, order: np.ndarray) -> Softmax:
        """Return the same with the texts in another order, (M,) their present places."""
        return replace(self, t2i_loss=self.t2i_loss[order], t2i_entropy=self.t2i_entropy[order])


def softmax_of(
    relevance: Relevance, matched: np.ndarray, counted: dict[str, np.ndarray], scale: float, bias: float
) -> Softmax:
    """Return losses and entropies of both directions.

    With U and P the sums of ``e^{scale·s}`` over a query's unmatched and matched items and c its best matched score,
    the loss is ``log(1 + U/P)`` and the entropy ``log(U + P) − scale·Σ s·e^{scale·s}/(U + P)``, both taken around c, so
    that a query that is sure of its positive loses no digits.

    Args:
        relevance: whose pairs ``matched`` (P,) are the products of.
        counted: Σ e^{scale·s} (``…_exponentials``) and Σ s·e^{scale·s} (``…_drift``) of unmatched items.
        scale: above 0.
        bias: the mean rounding error of the unmatched products.
    """
    of_text = matched[relevance.by_text]
    image = loss_and_entropy("image", matched, relevance.image_start, counted, scale, bias)
    text = loss_and_entropy("text", of_text, relevance.text_start, counted, scale, bias)
    return Softmax(image[0], text[0], image[1], text[1])


def per_query(of: np.ufunc, values: np.ndarray, start: np.ndarray, without: float) -> np.ndarray:
    """Return ``of`` over the pairs of each query, which stand side by side; ``without`` for a query that has none."""
    out = np.full(len(start) - 1, without)
    some = np.diff(start) > 0
    out[some] = of.reduceat(values, start[:-1][some])
    return out


def loss_and_entropy(
    side: str, matched: np.ndarray, start: np.ndarray, counted: dict[str, np.ndarray], scale: float, bias: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return loss and entropy of the queries of one side, as `softmax_of` has them.

    ``matched`` are the products of their positives, those of query q from ``start[q]`` up to ``start[q + 1]``.
    """
    best = per_query(np.maximum, matched, start, 0.0)
    beyond = matched - np.repeat(best, np.diff(start))
    terms, level = np.exp(scale * beyond), np.exp(-scale * best)
    positives, positive_drift = (per_query(np.add, values, start, 0.0) for values in (terms, beyond * terms))
    exponentials, drift = counted[f"{side}_exponentials"], counted[f"{side}_drift"]
    rounding = np.exp(-scale * bias)
    others = exponentials * rounding * level
    other_drift = (drift - (bias + best) * exponentials) * rounding * level
    ratio = others / positives
    entropy = np.log1p(ratio) + np.log(positives) - scale * (positive_drift + other_drift) / (positives * (1 + ratio))
    return np.log1p(ratio), np.clip(entropy, 0.0, None)
