"""Nearest neighbour normalisation: an item loses what the queries of a bank score it at best."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from mmgap.spaces.affine import SpaceError
from mmgap.spaces.bank_scorer import BankScorer, BankScores
from mmgap.spaces.query_bank import Modality, QueryBank, of_gallery


@dataclass(frozen=True, eq=False)
class NeighbourScores(BankScores):
    """``s(q, g) − α·mean of the k largest s(b, g) over the bank's queries b``."""

    alpha: float
    k: int

    def offset(self, gallery: np.ndarray, by: Modality) -> np.ndarray:
        """Return −α times the mean of the k largest cosines of each item with the bank."""
        bank = self.bank.of(by)
        k = min(self.k, len(bank))
        nearest = of_gallery(gallery, bank, lambda scores: np.partition(scores, -k, axis=1)[:, -k:].mean(axis=1))
        return -self.alpha * nearest


@dataclass(frozen=True)
class NNN(BankScorer):
    """Score ``s(q, g) − α·mean of the k largest s(b, g) over train queries b``, s the cosine.

    An item that is near many queries (a hub) is found by everybody; here it loses as much as it is near to the k train
    queries that like it best. It is one number for each item, the same for all queries, so it goes into any index of
    inner products as one more coordinate.

    Use it where retrieval suffers from hubs: CLIP's texts and images do, and in one index of images and texts it also
    takes away what items of the query's own modality have ahead. Do not use it where train queries are of another kind
    than those that are asked, or fewer than some dozens.

    Source: Chowdhury et al., Nearest Neighbor Normalization Improves Multimodal Retrieval (EMNLP 2024),
    https://arxiv.org/abs/2410.24114.

    Attributes:
        alpha: α, how much of it is taken off; 0 changes nothing.
        k: of how many train queries the mean is; of fewer where the bank is smaller.
        bank: train queries of each modality at most.
        select: "fixed": as given; "val": α and k are chosen by what they retrieve on validation.

    >>> from mmgap import spaces
    >>> rng = np.random.default_rng(0)
    >>> train = spaces.Pairs("mine", "train", rng.normal(size=(50, 4)), rng.normal(size=(50, 4)), np.arange(50))
    >>> fitted = spaces.parse("nnn:0.75,k=16").fit(train)
    >>> queries, gallery = fitted.scorer.extended(rng.normal(size=(3, 4)), rng.normal(size=(7, 4)), by="text")
    >>> queries.shape, gallery.shape, bool((queries[:, -1] == 1).all())
    ((3, 5), (7, 5), True)
    """

    alpha: float = 0.75
    k: int = 128
    made: ClassVar[type[BankScores]] = NeighbourScores

    def __post_init__(self) -> None:
        if self.k < 1:
            raise SpaceError(f"{self.name}: k must be at least 1, got {self.k}")

    def scored(self, bank: QueryBank) -> NeighbourScores:
        """Return the scorer of a bank."""
        return NeighbourScores(bank, self.alpha, self.k)

    def candidates(self) -> Iterator[NNN]:
        """Yield it with weak and strong α and few and many neighbours."""
        for k in (8, 16, 32, 64, 128):
            for alpha in (0.25, 0.5, 0.75, 1.0):
                yield replace(self, alpha=alpha, k=k)

    def ladder(self) -> tuple[str, ...]:
        """Return it at several α, from weak to strong."""
        return tuple(replace(self, alpha=alpha).spec for alpha in (0.25, 0.5, 0.75, 1.0))
