"""What every encoder has to be, as `mmgap.encoders.Encoder` and, where it is one, `Trainable` say."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mmgap import encoders
from mmgap.encoders import Encoder, Trainable
from mmgap.testing.conformance import Conformance

if TYPE_CHECKING:
    from PIL.Image import Image

TEXTS = ("a cat", "una señal de tráfico", "a picture of two dogs that run after a red ball", "x" * 20, "ñ")


@dataclass(frozen=True)
class Items(Sequence[Any]):
    """Items that are made when they are read, as those of a dataset are."""

    read: Callable[[int], Any]

    def __len__(self) -> int:
        return len(TEXTS)

    def __getitem__(self, index: Any) -> Any:
        chosen = range(len(TEXTS))[index]  # an IndexError behind the last
        return [self.read(k) for k in chosen] if isinstance(chosen, range) else self.read(chosen)


@dataclass(frozen=True)
class EncoderSubject:
    """An encoder, and the spec it was loaded by where it was given by that."""

    encoder: Encoder
    spec: str | None

    @classmethod
    def of(cls, thing: Any) -> EncoderSubject:
        """Return the subject of a spec or of an encoder; one whose weights are missing says so here."""
        found = cls(encoders.load(thing, batch_size=4), thing) if isinstance(thing, str) else cls(thing, None)
        found.encoder.fingerprint()
        return found

    @cached_property
    def images(self) -> list[Image]:
        """RGB pictures of several sizes."""
        return [picture(k) for k in range(len(TEXTS))]

    @cached_property
    def vectors(self) -> tuple[np.ndarray, np.ndarray]:
        """Its vectors of the pictures and texts."""
        return self.encoder.encode_images(self.images), self.encoder.encode_texts(TEXTS)


check_encoder = Conformance("encoder", EncoderSubject.of)


def picture(k: int) -> Image:
    """Return the ``k``-th RGB picture of a colour gradient, each of a size of its own."""
    from PIL import Image

    height, width = 30 + 7 * k, 64 - 5 * k
    ramp = np.linspace(0, 255, height * width * 3).reshape(height, width, 3)
    tinted = (ramp * np.random.default_rng(k).random(3)).astype(np.uint8)
    return Image.fromarray(np.roll(tinted, k, axis=2))


@check_encoder.add
def has_a_name(subject: EncoderSubject) -> None:
    """It is the spec that it was made from."""
    name = subject.encoder.name
    assert isinstance(name, str), f"a name is text, got {name!r}"
    assert name
    assert subject.spec in (None, name), f"it was loaded as {subject.spec!r}, but its name is {name!r}"


@check_encoder.add
def fingerprint_is_json_and_stable(subject: EncoderSubject) -> None:
    """The same at every call, of a fresh encoder, and for each modality."""
    for modality in (None, "image", "text"):
        found = subject.encoder.fingerprint(modality)
        assert json.loads(json.dumps(found, allow_nan=False)) == found, f"it does not survive JSON: {found!r}"
        assert subject.encoder.fingerprint(modality) == found, "two calls differ"
        if subject.spec is not None:
            assert encoders.load(subject.spec).fingerprint(modality) == found, "that of a fresh encoder differs"


@check_encoder.add
def gives_finite_float32_rows(subject: EncoderSubject) -> None:
    """One vector an item."""
    for side, vectors in zip(("images", "texts"), subject.vectors, strict=True):
        assert isinstance(vectors, np.ndarray), f"{side}: a NumPy array is wanted, got {type(vectors).__name__}"
        assert vectors.dtype == np.float32, f"{side}: float32 is wanted, got {vectors.dtype}"
        assert vectors.ndim == 2, f"{side}: (N, d) is wanted, got {vectors.shape}"
        assert len(vectors) == len(TEXTS), f"{side}: {len(vectors)} vectors of {len(TEXTS)}"
        assert np.isfinite(vectors).all(), f"{side}: not all numbers are finite"


@check_encoder.add
def one_width(subject: EncoderSubject) -> None:
    """Images and texts get vectors of one width."""
    images, texts = subject.vectors
    assert images.shape[1] == texts.shape[1], f"images have {images.shape[1]} dimensions, texts {texts.shape[1]}"


@check_encoder.add
def two_calls_agree(subject: EncoderSubject) -> None:
    """The same items get the same vectors again."""
    _assert_close(subject.encoder.encode_images(subject.images), subject.vectors[0])
    _assert_close(subject.encoder.encode_texts(TEXTS), subject.vectors[1])


@check_encoder.add
def order_is_kept(subject: EncoderSubject) -> None:
    """Vector i is of item i, and of it alone."""
    _assert_close(subject.encoder.encode_images(subject.images[::-1]), subject.vectors[0][::-1])
    _assert_close(subject.encoder.encode_texts(TEXTS[::-1]), subject.vectors[1][::-1])


@check_encoder.add
def takes_any_sequence(subject: EncoderSubject) -> None:
    """The items of a dataset are read one by one, not held in a list."""
    _assert_close(subject.encoder.encode_images(Items(picture)), subject.vectors[0])
    _assert_close(subject.encoder.encode_texts(Items(TEXTS.__getitem__)), subject.vectors[1])


@check_encoder.add
def error_of_an_item_is_raised(subject: EncoderSubject) -> None:
    """A picture that cannot be read is nothing to pass over."""

    def torn(k: int) -> Image:
        if k == 3:
            raise OSError("picture 3 is torn")
        return picture(k)

    with pytest.raises(OSError, match="picture 3 is torn"):
        subject.encoder.encode_images(Items(torn))


@check_encoder.add
def batch_size_changes_nothing(subject: EncoderSubject) -> None:
    """Another instance, by one item and by all at once."""
    if subject.spec is None:
        pytest.skip("it was given as an object, without its spec")
    for batch_size in (1, 64):
        other = encoders.load(subject.spec, batch_size=batch_size)
        _assert_close(other.encode_images(subject.images), subject.vectors[0])
        _assert_close(other.encode_texts(TEXTS), subject.vectors[1])


@check_encoder.add
def logit_scale_is_positive_or_none(subject: EncoderSubject) -> None:
    """The e^τ that it was trained with, where it has one."""
    scale = subject.encoder.logit_scale() if hasattr(subject.encoder, "logit_scale") else None
    assert scale is None or 0 < scale < 1000, f"a logit scale is a number above 0, got {scale!r}"


@check_encoder.add
def towers_give_its_vectors(subject: EncoderSubject) -> None:
    """What would be trained is what it encodes with."""
    encoder = subject.encoder
    if not isinstance(encoder, Trainable):
        pytest.skip("it offers no towers to train")
    import torch

    inputs = encoder.image_inputs(subject.images), encoder.text_inputs(TEXTS)
    for tower, given, vectors in zip(encoder.towers(), inputs, subject.vectors, strict=True):
        place = next(tower.parameters()).device
        moved = given.to(place) if isinstance(given, torch.Tensor) else {k: v.to(place) for k, v in given.items()}
        with torch.no_grad():
            _assert_close(tower.eval()(moved).float().cpu().numpy(), vectors)


def _assert_close(found: np.ndarray, vectors: np.ndarray) -> None:
    """Equal but for the rounding of another batch or thread."""
    np.testing.assert_allclose(found, vectors, atol=1e-5 * np.abs(vectors).max(), rtol=0)
