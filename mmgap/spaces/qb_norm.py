"""Querybank normalisation with the dynamic inverted softmax: an item's score is shared among those who like it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mmgap.spaces.bank_scorer import BankScores, BetaScorer
from mmgap.spaces.query_bank import Modality, QueryBank, first_answers, log_sum_exp, of_gallery


@dataclass(frozen=True, eq=False)
class InvertedSoftmaxScores(BankScores):
    """``s(q, g) − (1/β)·log Σ_b exp(β·s(b, g))`` for queries whose first answer a query of the bank has too."""

    beta: float
    of_query: ClassVar[bool] = True

    def offset(self, gallery: np.ndarray, by: Modality) -> np.ndarray:
        """Return −(1/β)·log Σ_b exp(β·s(b, g)) of each item."""
        bank = self.bank.of(by)
        return -of_gallery(gallery, bank, lambda scores: log_sum_exp(self.beta * scores)) / self.beta

    def factor(self, queries: np.ndarray, gallery: np.ndarray, by: Modality) -> np.ndarray:
        """Return 1 for queries whose nearest item is the nearest one of some query of the bank, else 0."""
        popular = np.zeros(len(gallery), dtype=bool)
        popular[first_answers(self.bank.of(by), gallery)] = True
        return popular[first_answers(queries, gallery)].astype(queries.dtype)


@dataclass(frozen=True)
class QBNorm(BetaScorer):
    """Score ``exp(β·s(q, g)) / Σ_b exp(β·s(b, g))`` over train queries b, where q's own first answer is one that some b
    has too; other queries keep the cosine s.

    Here it is ``s(q, g) − a(q)·(1/β)·log Σ_b exp(β·s(b, g))``: the logarithm over β of the authors' ratio, which ranks
    every query's items alike. a(q), 0 or 1, is the dynamic part: queries that no hub is near are left alone.

    Use it where few items are the first answer to many queries and the others should not change. Do not use it where
    scores of different queries are compared with a threshold (normalised and plain ones stand side by side), or in an
    index that cannot be asked twice: a(q) needs the first answer before.

    Source: Bogolin et al., Cross Modal Retrieval with Querybank Normalisation (CVPR 2022),
    https://arxiv.org/abs/2112.12777.

    Attributes:
        beta: β, in (0, 300]; the greater, the more the best query of the bank counts alone.
        bank: train queries of each modality at most.
        select: "fixed": as given; "val": β is chosen by what it retrieves on validation.

    >>> from mmgap import spaces
    >>> rng = np.random.default_rng(0)
    >>> train = spaces.Pairs("mine", "train", rng.normal(size=(50, 4)), rng.normal(size=(50, 4)), np.arange(50))
    >>> fitted = spaces.parse("qb-norm").fit(train)
    >>> fitted.scores(rng.normal(size=(7, 4)), rng.normal(size=(3, 4)), "t2i").shape
    (7, 3)
    """

    made: ClassVar[type[BankScores]] = InvertedSoftmaxScores

    def scored(self, bank: QueryBank) -> InvertedSoftmaxScores:
        """Return the scorer of a bank."""
        return InvertedSoftmaxScores(bank, self.beta)
