"""What every space has to be, as `mmgap.spaces` says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from mmgap import spaces
from mmgap.spaces import Fitted, Pairs, SpaceError
from mmgap.testing.conformance import Conformance


@dataclass(frozen=True)
class SpaceSubject:
    """A space by its registered name, with what it is fitted and chosen on."""

    name: str
    train: Pairs
    validation: Pairs

    @classmethod
    def of(cls, thing: Any) -> SpaceSubject:
        """Return the subject of a registered name, with vectors that are linked across the sides and off the origin."""
        generator = np.random.default_rng(0)
        hidden, sides = generator.normal(size=(120, 5)), generator.normal(size=(2, 5, 8))
        images, texts = (hidden @ side + 0.3 * generator.normal(size=(120, 8)) + 1 for side in sides)

        def pairs(split: str, rows: slice) -> Pairs:
            return Pairs("made-up", split, images[rows], texts[rows], np.arange(len(texts[rows])))

        return cls(thing, pairs("train", slice(80)), pairs("validation", slice(80, None)))

    def fitted(self) -> Fitted:
        """Return what is fitted on train and chosen on validation."""
        return spaces.fit(self.name, self.train, self.validation)

    def transformed(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the validation vectors in the space."""
        found = self.fitted().map
        return found.images(self.validation.images), found.texts(self.validation.texts)


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
    """Fitted twice on the same it is the same, and what it is fitted on stays as it was."""
    before = subject.train.images.copy(), subject.validation.texts.copy()
    for first, second in zip(subject.transformed(), subject.transformed(), strict=True):
        np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(subject.train.images, before[0])
    np.testing.assert_array_equal(subject.validation.texts, before[1])


@check_space.add
def is_fitted_on_train_alone(subject: SpaceSubject) -> None:
    """Validation in place of train is an error, and so is train in place of validation."""
    for train, validation in ((subject.validation, subject.validation), (subject.train, subject.train)):
        with pytest.raises(SpaceError, match="fitted on train and chosen on validation"):
            spaces.fit(subject.name, train, validation)


@check_space.add
def rows_are_mapped_one_by_one(subject: SpaceSubject) -> None:
    """A vector's place does not depend on the others that are mapped with it."""
    found, images = subject.fitted().map, subject.validation.images
    np.testing.assert_allclose(found.images(images[:3]), found.images(images)[:3], rtol=1e-4, atol=1e-5)


@check_space.add
def says_what_it_was_fitted_on(subject: SpaceSubject) -> None:
    """Its notes name the data set, for the reader of a result."""
    assert any("made-up" in note for note in subject.fitted().notes)
