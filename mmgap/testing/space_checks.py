"""What every space has to be, as `mmgap.spaces` says."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from mmgap import spaces
from mmgap.spaces import Fitted, Pairs, Space, SpaceError
from mmgap.testing.conformance import Conformance


@dataclass(frozen=True)
class SpaceSubject:
    """A space, and the vectors that it is fitted and chosen on."""

    space: Space
    train: Pairs
    validation: Pairs

    @classmethod
    def of(cls, thing: Any) -> SpaceSubject:
        """Return the subject of a spec or a space, with vectors that are linked across the sides and off the origin."""
        generator = np.random.default_rng(0)
        hidden, sides = generator.normal(size=(120, 5)), generator.normal(size=(2, 5, 8))
        linked = (hidden @ side + 0.3 * generator.normal(size=(120, 8)) + 1 for side in sides)
        images, texts = (side.astype(np.float32) for side in linked)

        def pairs(split: str, rows: slice) -> Pairs:
            return Pairs("made-up", split, images[rows], texts[rows], np.arange(len(texts[rows])))

        space = spaces.parse(thing) if isinstance(thing, str) else thing
        return cls(space, pairs("train", slice(80)), pairs("validation", slice(80, None)))

    @cached_property
    def fitted(self) -> Fitted:
        """Return what is fitted on train and chosen on validation."""
        return self.space.fit(self.train, self.validation)

    def transformed(self, rows: slice = slice(None)) -> tuple[np.ndarray, np.ndarray]:
        """Return some of the validation vectors in the space."""
        return self.fitted.transform(self.validation.images[rows], self.validation.texts[rows])


check_space = Conformance("space", SpaceSubject.of)


@check_space.add
def gives_finite_rows_of_one_width(subject: SpaceSubject) -> None:
    """One vector an item, float32, images and texts of one width."""
    images, texts = subject.transformed()
    assert images.shape[1] == texts.shape[1], f"images have {images.shape[1]} dimensions, texts {texts.shape[1]}"
    for found, given in ((images, subject.validation.images), (texts, subject.validation.texts)):
        assert len(found) == len(given)
        assert found.dtype == np.float32, f"float32 is wanted, got {found.dtype}"
        assert np.isfinite(found).all()


@check_space.add
def same_again(subject: SpaceSubject) -> None:
    """Fitted twice on the same it is the same, also from its arrays; what it is fitted on stays as it was."""
    before = subject.train.images.copy(), subject.validation.texts.copy()
    validation = subject.validation
    again = subject.space.fit(subject.train, validation), subject.space.restored(subject.fitted.arrays())
    for other in again:
        for found, wanted in zip(
            other.transform(validation.images, validation.texts), subject.transformed(), strict=True
        ):
            np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(subject.train.images, before[0])
    np.testing.assert_array_equal(validation.texts, before[1])


@check_space.add
def is_fitted_on_train_alone(subject: SpaceSubject) -> None:
    """Validation in place of train is an error, and so is train in place of validation."""
    for train, validation in ((subject.validation, subject.validation), (subject.train, subject.train)):
        try:
            subject.space.fit(train, validation)
        except SpaceError:
            continue
        raise AssertionError(f"it fits on {train.split} and chooses on {validation.split} without a word")


@check_space.add
def rows_are_mapped_one_by_one(subject: SpaceSubject) -> None:
    """A vector's place does not depend on the others that are mapped with it."""
    for found, whole in zip(subject.transformed(slice(3)), subject.transformed(), strict=True):
        np.testing.assert_allclose(found, whole[:3], rtol=1e-4, atol=1e-5)


@check_space.add
def says_what_it_was_fitted_on(subject: SpaceSubject) -> None:
    """Its notes name the data set, for the reader of a result."""
    if subject.space.needs_training:
        assert any("made-up" in note for note in subject.fitted.notes), f"its notes are {subject.fitted.notes!r}"
