"""Scores by entropic transport: every query and every item of train gets its share, and new items take part."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from mmgap.spaces.bank_scorer import BankScores, BetaScorer
from mmgap.spaces.query_bank import Modality, QueryBank, log_sum_exp, of_gallery

log = logging.getLogger(__name__)

#: Rounds end when no sum is further from its share than this part of it, or after so many; a warning from `LOOSE` on.
TOLERANCE, ROUNDS, LOOSE = 1e-10, 1000, 1e-2


@dataclass(frozen=True, eq=False)
class TransportScores(BankScores):
    """``s(q, g) − (1/β)·log mean_b exp(β·s(b, g) + f_b)``, f the potentials of the bank's queries.

    Attributes:
        beta: β.
        image_potentials, text_potentials: of the rows of the bank.
    """

    beta: float
    image_potentials: np.ndarray
    text_potentials: np.ndarray

    def offset(self, gallery: np.ndarray, by: Modality) -> np.ndarray:
        """Return −(1/β)·log mean_b exp(β·s(b, g) + f_b) of each item."""
        bank = self.bank.of(by)
        f = self.image_potentials if by == "image" else self.text_potentials
        f = f.astype(bank.dtype)
        sums = of_gallery(gallery, bank, lambda scores: log_sum_exp(self.beta * scores + f))
        return -(sums - np.log(len(f))) / self.beta

    def part(self, images: np.ndarray, texts: np.ndarray) -> TransportScores:
        """Return it with some rows of its bank, each a mask."""
        return replace(
            self,
            bank=self.bank.part(images, texts),
            image_potentials=self.image_potentials[images],
            text_potentials=self.text_potentials[texts],
        )


@dataclass(frozen=True)
class Sinkhorn(BetaScorer):
    """Score ``s(q, g) − (1/β)·log mean_b exp(β·s(b, g) + f_b)``: what transport between train's queries and train's
    items leaves for a new item.

    ``P = exp(β·s + f + h)`` of train's texts and images, whose rows and columns all have the same sum, is the entropic
    transport plan between them; f and h are its potentials, found by Sinkhorn's iteration. An item that many queries of
    train like is dear: h is small. A new item gets the h that the plan would give it.

    Use it where the items of a gallery are asked for about equally often, as in a test of pairs. Do not use it where a
    few items are right for most queries, because equal shares are then wrong.

    Source: Cuturi, Sinkhorn Distances (NeurIPS 2013), https://arxiv.org/abs/1306.0895; two banks as in Wang et al.,
    Balance Act (Findings of EMNLP 2023), https://arxiv.org/abs/2310.11612.

    Attributes:
        beta: β, in (0, 300]; the greater, the sharper the plan.
        bank: train vectors of each modality at most.
        select: "fixed": as given; "val": β is chosen by what it retrieves on validation.

    >>> from mmgap import spaces
    >>> rng = np.random.default_rng(0)
    >>> train = spaces.Pairs("mine", "train", rng.normal(size=(50, 4)), rng.normal(size=(50, 4)), np.arange(50))
    >>> fitted = spaces.parse("sinkhorn").fit(train)
    >>> fitted.scores(rng.normal(size=(7, 4)), rng.normal(size=(3, 4)), "i2t").shape
    (7, 3)
    """

    made: ClassVar[type[BankScores]] = TransportScores

    def scored(self, bank: QueryBank) -> TransportScores:
        """Return the scorer of a bank, with its potentials."""
        texts, images = potentials(bank.texts.astype(np.float64) @ bank.images.astype(np.float64).T, self.beta)
        return TransportScores(bank, self.beta, images, texts)


def potentials(scores: np.ndarray, beta: float) -> tuple[np.ndarray, np.ndarray]:
    """Return f (Q,) and h (N,) with ``mean exp(β·s + f + h) = 1`` along every row and every column.

    h has the mean 0.

    Args:
        scores: (Q, N) float64 cosines.
        beta: β.
    """
    plan = np.exp(beta * (scores - 1))  # at least e^−600, within float64
    h = np.ones(scores.shape[1])
    for _ in range(ROUNDS):
        f = 1 / (plan @ h / len(h))
        sums = f @ plan / len(f)
        short = np.abs(sums * h - 1).max()
        h = 1 / sums
        if short < TOLERANCE:
            break
    if short > LOOSE:
        log.warning("sinkhorn: after %d rounds a share is still %.0f %% off: take a smaller beta", ROUNDS, 100 * short)
    level = np.log(h).mean()
    return np.log(f) - beta + level, np.log(h) - level
