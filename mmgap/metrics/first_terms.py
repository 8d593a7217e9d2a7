"""The terms of the pool bridge, one for each relevant item that may be the first of a pool, added up query by query."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from mmgap.metrics.draws import Kind, rivals_drawn, rivals_drawn_with_ties

#: What the images hold and how many are alike, what is in the pool beside the first item, and whether that is own.
_Case: TypeAlias = tuple[tuple[tuple[Kind, int], ...], Kind, bool]


@dataclass(frozen=True)
class Block:
    """Relevant items of a query with one score, and what the other images hold; all that is left out hold nothing.

    Attributes:
        above: (images,) irrelevant items above the block; k where the image must not be in the pool, because it holds
            that many or more, or a relevant item above the block.
        tied, relevant: (images,) irrelevant and relevant items in the block.
        own: items of the query's own image in the block.
    """

    above: np.ndarray
    tied: np.ndarray
    relevant: np.ndarray
    own: int


class FirstTerms:
    """Adds up P(0, 1 … k − 1 irrelevant items stand before the first relevant one) over the items that may be first.

    An own item is in every pool and meets n − 1 of the other N − 1 images; another's is in (n − 1)/(N − 1) of the
    pools and meets n − 2 of the N − 2 that are left.
    """

    def __init__(self, queries: int, k: int, population: int, pool: int) -> None:
        self.k, self.others, self.draws = k, population - 1, pool - 1
        self.out = np.zeros((queries, k))
        self.plain: dict[tuple[bool, int], list[tuple[int, np.ndarray]]] = defaultdict(list)
        self.tied: dict[_Case, list[tuple[int, int]]] = defaultdict(list)

    def add(self, query: int, block: Block) -> None:
        """Take in the items of a block."""
        if block.tied.any():
            self._add_tied(query, block)
        else:
            self._add_plain(query, block)

    def total(self) -> np.ndarray:
        """(queries, k)."""
        for (own, above), rows in self.plain.items():
            queries, counts = zip(*rows, strict=True)
            found = rivals_drawn(np.array(counts), self.k, *self._rest(own))
            np.add.at(self.out[:, above:], list(queries), self._share(own) * found[:, : self.k - above])
        for (kinds, beside, own), members in self.tied.items():
            case = self._share(own) * rivals_drawn_with_ties(kinds, beside, self.k, *self._rest(own))
            for query, times in members:
                self.out[query] += times * case
        return self.out

    def _add_plain(self, query: int, block: Block) -> None:
        """Without tied rivals the order within the block does not matter: its own items, or its images in turn."""
        counts = np.bincount(block.above, minlength=self.k + 1)
        if block.own:
            self.plain[True, 0].append((query, counts))
        elif self.draws:
            for image in np.flatnonzero(block.relevant):
                above = int(block.above[image])
                counts[above] -= 1
                self.plain[False, above].append((query, counts.copy()))
                counts[self.k] += 1

    def _add_tied(self, query: int, block: Block) -> None:
        """Every item of the block may be the first one; equal kinds of images make equal terms."""
        shape = self.k + 1, int(block.tied.max()) + 1, int(block.relevant.max()) + 1
        codes, counts = np.unique(
            np.ravel_multi_index((block.above, block.tied, block.relevant), shape), return_counts=True
        )
        held = {Kind(*map(int, np.unravel_index(c, shape))): int(n) for c, n in zip(codes, counts, strict=True) if c}
        if block.own:
            self.tied[tuple(held.items()), Kind(0, 0, block.own - 1), True].append((query, block.own))
        for kind in held if self.draws else ():
            if kind.relevant:
                rest = tuple((other, n - (other == kind)) for other, n in held.items())
                beside = Kind(kind.above, kind.tied, block.own + kind.relevant - 1)
                self.tied[rest, beside, False].append((query, held[kind] * kind.relevant))

    def _rest(self, own: bool) -> tuple[int, int]:
        return (self.others, self.draws) if own else (self.others - 1, self.draws - 1)

    def _share(self, own: bool) -> float:
        return 1.0 if own else self.draws / self.others
