"""A scorer from outside: what a query scores on average is taken off its scores, by a bank of train queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from mmgap.spaces import Fitted, Pairs, Space
from mmgap.spaces.fitted import notes_of


@dataclass(frozen=True, eq=False)
class Bank:
    """Texts of train."""

    texts: np.ndarray

    def transform(self, images, texts):
        return images, texts

    def extended(self, queries, gallery, by):
        added = -(gallery @ self.texts.T).mean(axis=1, keepdims=True)
        return np.hstack([queries, np.ones_like(queries[:, :1])]), np.hstack([gallery, added])

    def arrays(self) -> dict[str, np.ndarray]:
        return {"bank": self.texts}


@dataclass(frozen=True)
class LessBank(Space):
    """``s(x, y) − mean s(x, b)`` over texts b of train."""

    kind: ClassVar[Literal["map", "scorer"]] = "scorer"

    def learn(self, train: Pairs, validation: Pairs | None) -> Fitted:
        return Fitted(Bank(train.texts), (f"A bank of {len(train.texts)} texts.",))

    def restored(self, arrays: Mapping[str, np.ndarray]) -> Fitted:
        return Fitted(Bank(arrays["bank"]), notes_of(arrays))
