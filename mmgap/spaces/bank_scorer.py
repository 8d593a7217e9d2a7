"""What all scorers with a bank of train vectors share: one more coordinate of queries and gallery."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, Literal

import numpy as np

from mmgap.core.messages import Message
from mmgap.spaces.affine import SpaceError
from mmgap.spaces.fitted import Fitted, notes_of
from mmgap.spaces.fitting import mean_recall, some
from mmgap.spaces.maps import scored_vectors
from mmgap.spaces.pairs import Pairs
from mmgap.spaces.query_bank import Modality, QueryBank, among, extended_by
from mmgap.spaces.row_blocks import as_rows, unit
from mmgap.spaces.space import Space

#: Rows of a bank, of either modality.
BANK = 4096


@dataclass(frozen=True, eq=False)
class BankScores:
    """A fitted scorer: ``score(q, g) = <q, g> + factor(q)·offset(g)`` of unit rows.

    Attributes:
        bank: train vectors of both modalities.
        of_query: `factor` differs from query to query, so that no column of the gallery stands for it.
    """

    bank: QueryBank
    of_query: ClassVar[bool] = False

    @abstractmethod
    def offset(self, gallery: np.ndarray, by: Modality) -> np.ndarray:
        """Return what queries of a modality add to the scores of each unit row of a gallery, (N,)."""

    def factor(self, queries: np.ndarray, gallery: np.ndarray, by: Modality) -> np.ndarray | float:
        """Return how much of it each query takes, (Q,) or one for all."""
        return 1.0

    def transform(self, images: np.ndarray, texts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return both with rows of length one."""
        return unit(as_rows(images)), unit(as_rows(texts))

    def extended(self, queries: np.ndarray, gallery: np.ndarray, by: Modality) -> tuple[np.ndarray, np.ndarray]:
        """Return (Q, d + 1) queries and (N, d + 1) items whose dot products are the scores.

        Raises:
            SpaceError: the bank holds some of the queries; a row holds NaN or infinity.
        """
        queries, gallery = unit(as_rows(queries)), unit(as_rows(gallery))
        check_finite(queries, "queries")
        check_finite(gallery, "gallery")
        self.bank.refuse(queries, by)
        factor, offset = self.factor(queries, gallery, by), self.offset(gallery, by)
        return extended_by(queries, factor), extended_by(gallery, offset)

    def without(self, images: np.ndarray, texts: np.ndarray) -> tuple[BankScores, int]:
        """Return it with a bank that holds none of these vectors, and how many it held."""
        kept = [~among(self.bank.of(side), unit(as_rows(rows))) for side, rows in _sides(images, texts)]
        gone = sum(int((~mask).sum()) for mask in kept)
        return (self.part(*kept), gone) if gone else (self, 0)

    def part(self, images: np.ndarray, texts: np.ndarray) -> BankScores:
        """Return it with some rows of its bank, each a mask."""
        return replace(self, bank=self.bank.part(images, texts))

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the bank and what else it is made of, as `of` reads it; one number is an array of one, as in files."""
        others = {f.name: np.atleast_1d(getattr(self, f.name)) for f in fields(self) if f.name != "bank"}
        return {"bank_images": self.bank.images, "bank_texts": self.bank.texts, **others}

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray]) -> BankScores:
        """Return it from its `arrays`."""
        others = [f for f in fields(cls) if f.name != "bank"]
        values = {f.name: arrays[f.name] if f.type == "np.ndarray" else arrays[f.name].item() for f in others}
        return cls(QueryBank(arrays["bank_images"], arrays["bank_texts"]), **values)


@dataclass(frozen=True)
class BankScorer(Space):
    """A scorer that is fitted by a bank of train vectors.

    Attributes:
        bank: train vectors of each modality at most.
        select: "fixed": options as given; "val": chosen by what they retrieve on validation.
    """

    kind: ClassVar[Literal["map", "scorer"]] = "scorer"
    made: ClassVar[type[BankScores]]
    bank: int = field(default=BANK, kw_only=True)
    select: Literal["fixed", "val"] = field(default="fixed", kw_only=True)

    @abstractmethod
    def scored(self, bank: QueryBank) -> BankScores:
        """Return the scorer of a bank, with these options."""

    @abstractmethod
    def candidates(self) -> Iterator[Any]:
        """Yield the same space with each of the options that validation chooses among."""

    def learn(self, train: Pairs, validation: Pairs | None) -> Fitted:
        """Return the scorer of a bank of train."""
        if self.bank < 1:
            raise SpaceError(f"{self.name}: a bank holds at least one row, got bank={self.bank}")
        chosen, how = self, ""
        if self.select == "val":
            fitted_on, held = train.fifths if validation is None else (train, validation)
            part, held = QueryBank.drawn(fitted_on, self.bank), some(held)
            chosen = max(self.candidates(), key=lambda space: recall(space.scored(part), held))
            how = Message(
                ", {spec} chosen on {where}",
                spec=chosen.spec,
                where=Message("a fifth of the same, held out")
                if validation is None
                else f"{validation.name} validation",
            )
        bank = QueryBank.drawn(train, self.bank)
        note = Message(
            "Space {name}: a bank of {images} images and {texts} captions of {data} train{how}.",
            name=self.name,
            images=len(bank.images),
            texts=len(bank.texts),
            data=train.name,
            how=how,
        )
        return Fitted(chosen.scored(bank), (note,), pairs=len(train.texts))

    def restored(self, arrays: Mapping[str, np.ndarray]) -> Fitted:
        """Return what `Fitted.arrays` was written from."""
        return Fitted(self.made.of(arrays), notes_of(arrays))


@dataclass(frozen=True)
class BetaScorer(BankScorer):
    """A scorer by exponentials ``exp(β·s)``.

    Attributes:
        beta: β, in (0, 300].
    """

    beta: float = 20.0

    def __post_init__(self) -> None:
        if not 0 < self.beta <= 300:
            raise SpaceError(f"{self.name}: beta must be above 0 and at most 300, got {self.beta:g}")

    def candidates(self) -> Iterator[Any]:
        """Yield it with small and large β."""
        return (replace(self, beta=beta) for beta in (5.0, 10.0, 20.0, 40.0, 80.0))


def recall(scores: BankScores, held: Pairs) -> float:
    """Return R@1 in pools of 90 images, own pairs, both ways averaged."""
    return mean_recall(lambda way: scored_vectors(scores, held.images, held.texts, way), held, raw=True)


def check_finite(rows: np.ndarray, what: str) -> None:
    """Raise `SpaceError` that names the first row with NaN or infinity."""
    if not (fine := np.isfinite(rows.sum(axis=1))).all():
        raise SpaceError(f"row {int(np.argmin(fine))} of the {what} holds NaN or infinity: leave it out")


def _sides(images: np.ndarray, texts: np.ndarray) -> tuple[tuple[Modality, np.ndarray], tuple[Modality, np.ndarray]]:
    return ("image", images), ("text", texts)
