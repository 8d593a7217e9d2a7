"""What every space is: options, tags, and ``fit(train, validation)``, which refuses what it must not be fitted on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from mmgap.core.messages import Message
from mmgap.core.spec_options import WithOptions
from mmgap.spaces.affine import SpaceError
from mmgap.spaces.fitted import Fitted, notes_of
from mmgap.spaces.maps import PairMap
from mmgap.spaces.pairs import Pairs
from mmgap.spaces.row_blocks import blocks
from mmgap.spaces.unit_statistics import all_equal


class UnequalWidthsError(SpaceError):
    """Images and texts of different widths, and a space that needs one."""


@dataclass(frozen=True)
class Space(WithOptions, ABC):
    """An entry of `mmgap.spaces.registry`: a frozen dataclass whose fields are its options, each with a default.

    A subclass needs `learn` alone; the tags say what it takes.

    Attributes:
        kind: "map" changes vectors and gets every metric; "scorer" changes scores and gets those of retrieval.
        centres: it takes each side's mean off, which leaves nothing of equal vectors.
        unequal_widths: it takes images and texts of different widths.
        needs_pairs: it reads which text belongs to which image, not only how each side lies.
        needs_training: it is fitted on a train split; without, it is the same whatever the data.
        control: it shows what chance gives; no table marks it as the best, and no sentence takes it as evidence.
    """

    kind: ClassVar[Literal["map", "scorer"]] = "map"
    centres: ClassVar[bool] = False
    unequal_widths: ClassVar[bool] = False
    needs_pairs: ClassVar[bool] = False
    needs_training: ClassVar[bool] = True
    control: ClassVar[bool] = False

    def fit(self, train: Pairs | None = None, validation: Pairs | None = None) -> Fitted:
        """Fit it on train and choose on validation: a leak cannot be written by accident.

        Args:
            train: what is fitted on; every caption of an image is a pair. None only where nothing is fitted.
            validation: what is chosen by. None: a fifth of the train images, after which all of them are fitted on
                again.

        Raises:
            SpaceError: another split where train or validation is wanted, none, or fewer than three images; widths
                that differ where the space needs one.
        """
        for pairs, split in ((train, "train"), (validation, "validation")):
            if pairs is not None:
                _check(pairs, split)
        if train is None:
            if self.needs_training:
                raise SpaceError(f"{self.name} is fitted on the pairs of a train split, and there are none: give train")
            return self.learn(None, None)
        self.check_widths(*train.widths)
        if self.centres:
            _check_spread(self.name, train)
        return self.learn(train, validation)

    @abstractmethod
    def learn(self, train: Any, validation: Pairs | None) -> Fitted:
        """Return what `fit` gives, of splits that are what they should be."""

    def ladder(self) -> tuple[str, ...]:
        """Return the specs from weak to strong: of each strength that may be chosen, else of the space alone."""
        return (self.spec,)

    def restored(self, arrays: Mapping[str, np.ndarray]) -> Fitted:
        """Return what `Fitted.arrays` was written from."""
        return Fitted(PairMap.of(arrays), notes_of(arrays))

    def check_widths(self, image: int, text: int) -> None:
        """Raise `UnequalWidthsError` where the space cannot take vectors of these widths."""
        if image != text and not self.unequal_widths:
            raise UnequalWidthsError(
                f"{self.name} needs images and texts of one width, and these have {image} and {text} dimensions: put a"
                f" map that takes unequal ones before it, as in cca+{self.name}"
            )


def _check(pairs: Pairs, split: str) -> None:
    if pairs.split != split:
        raise SpaceError(
            f"a projection is fitted on train and chosen on validation; got {pairs.name} {pairs.split!r} for {split}"
        )
    for what, vectors in (("images", pairs.images), ("texts", pairs.texts)):
        if vectors.ndim != 2:
            raise SpaceError(f"{pairs.name} {split}: {what} are (N, d), got the shape {vectors.shape}")
        for rows in blocks(*vectors.shape):
            if not (fine := np.isfinite(vectors[rows]).all(axis=1)).all():
                row = rows.start + int(np.argmin(fine))
                raise SpaceError(f"{pairs.name} {split}: row {row} of the {what} holds NaN or infinity: leave it out")
    if len(pairs.images) < 3 or len(pairs.texts) < 3:
        raise SpaceError(f"{pairs.name} {split} has {len(pairs.images)} captioned images: at least 3 are needed")


def _check_spread(name: str, train: Pairs) -> None:
    for what, vectors in ((Message("image"), train.images), (Message("text"), train.texts)):
        if all_equal(vectors):
            raise SpaceError(
                Message(
                    "{name}: all {n} {what} vectors of {data} train are equal, so nothing is left without their mean:"
                    " fit it on others",
                    name=name,
                    n=len(vectors),
                    what=what,
                    data=train.name,
                )
            )
