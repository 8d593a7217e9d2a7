"""What every adapter has to be, as `mmgap.adapters` says."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from mmgap import adapters
from mmgap.adapters import Adapter, AdapterError, FittedAdapter, LabelledVectors
from mmgap.testing.conformance import Conformance

_CLASSES, _WIDTH = 4, 12


@dataclass(frozen=True)
class AdapterSubject:
    """An adapter, and what it is fitted on and measured with."""

    adapter: Adapter
    shots: LabelledVectors
    validation: LabelledVectors
    test: LabelledVectors
    classes: np.ndarray

    @classmethod
    def of(cls, thing: Any) -> AdapterSubject:
        """Return the subject of a spec or an adapter, with images about their classes."""
        generator = np.random.default_rng(0)
        centres = generator.normal(size=(_CLASSES, _WIDTH))

        def images(count: int) -> LabelledVectors:
            labels = np.repeat(np.arange(_CLASSES), count)
            return LabelledVectors(centres[labels] + generator.normal(size=(len(labels), _WIDTH)), labels)

        adapter = adapters.parse(thing) if isinstance(thing, str) else thing
        return cls(adapter, images(4), images(4), images(8), centres + 0.5 * generator.normal(size=centres.shape))

    def fit(self, seed: int = 0) -> FittedAdapter:
        """Return it after its shots, chosen on validation."""
        measured = self.test if self.adapter.leaky else None
        return self.adapter.fit(self.shots, self.classes, self.validation, seed, test=measured)

    @cached_property
    def logits(self) -> np.ndarray:
        """Return (N, C) logits of the test images."""
        return self.fit().logits(self.test.images)


check_adapter = Conformance("adapter", AdapterSubject.of)


@check_adapter.add
def gives_a_finite_logit_for_every_class(subject: AdapterSubject) -> None:
    """One number an image and class, float64."""
    assert subject.logits.shape == (len(subject.test), _CLASSES)
    assert subject.logits.dtype == np.float64, f"float64 is wanted, got {subject.logits.dtype}"
    assert np.isfinite(subject.logits).all()


@check_adapter.add
def same_again(subject: AdapterSubject) -> None:
    """Fitted twice with one seed it is the same, whatever was drawn between; what it is fitted on stays as it was."""
    import torch

    before, state = subject.shots.images.copy(), torch.random.get_rng_state()
    np.testing.assert_array_equal(subject.fit().logits(subject.test.images), subject.logits)
    np.testing.assert_array_equal(subject.shots.images, before)
    assert torch.random.get_rng_state().equal(state), "it draws from PyTorch's own generator: take FewShots.generator()"


@check_adapter.add
def what_it_has_seen_cannot_be_measured(subject: AdapterSubject) -> None:
    """Shots and validation images are refused."""
    fitted = subject.fit()
    for seen in (subject.shots, subject.validation):
        try:
            fitted.logits(seen.images[:1])
        except AdapterError:
            continue
        raise AssertionError("it measures what it was fitted on or chosen by without a word")


@check_adapter.add
def images_are_classified_one_by_one(subject: AdapterSubject) -> None:
    """An image's logits do not depend on the others, unless ``row_by_row`` says that they do."""
    if subject.adapter.row_by_row:
        found = subject.fit().logits(subject.test.images[:3])
        np.testing.assert_allclose(found, subject.logits[:3], rtol=1e-9, atol=1e-9)


@check_adapter.add
def length_does_not_count(subject: AdapterSubject) -> None:
    """Vectors are made unit rows, whatever their length."""
    np.testing.assert_allclose(subject.fit().logits(7 * subject.test.images), subject.logits, rtol=1e-6, atol=1e-6)


@check_adapter.add
def does_better_than_chance(subject: AdapterSubject) -> None:
    """Of images that lie about their classes more than by chance get theirs."""
    assert (subject.logits.argmax(axis=1) == subject.test.labels).mean() > 1.5 / _CLASSES
