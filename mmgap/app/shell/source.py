"""A data set as one encoder sees it, opened once: its vectors, its words, its pictures, and the spaces on it."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from mmgap import datasets, encoders
from mmgap.core.messages import Message
from mmgap.datasets.base import Dataset, digest
from mmgap.encoders.base import Encoder, Vectors
from mmgap.encoders.embed import embed
from mmgap.encoders.feeding import prepared_for
from mmgap.evaluation.cross_fitting import in_space
from mmgap.evaluation.fitted_space import FittedSpace, fitted
from mmgap.evaluation.vector_halves import halves, vector_clusters
from mmgap.spaces import Pairs, parse

if TYPE_CHECKING:
    from PIL.Image import Image

    from mmgap.spaces import Fitted

T = TypeVar("T")

#: Pixels of the longer side of a picture as pages show it.
THUMBNAIL = 224

#: Encoder and data set that ship with the package: what the app shows where nothing is named.
USUAL = ("glyphs-en", "tiny")


@dataclass(frozen=True, eq=False)
class Shown:
    """What is shown of a source in a space; before and after it, the same images and texts.

    Attributes:
        places: (n,) positions of the images in the source, ascending.
        text_places: (m,) of the texts.
        owner: (m,) the image of each text, as a position among those shown.
        before, after: vectors as they are, and in the space.
        fitted: the space as it was fitted; None for as is.
        notes: what a reader must know.
    """

    places: np.ndarray
    text_places: np.ndarray
    owner: np.ndarray
    before: Vectors
    after: Vectors
    fitted: Fitted | None = None
    notes: tuple[str | Message, ...] = ()


class Source:
    """A data set as one encoder sees it; each part is made when it is first asked for, once, whoever asks.

    Args:
        dataset: as it is encoded.
        encoder: of `mmgap.encoders.load`, fitted.
        spec: the data set's spec, whose train split spaces are fitted on.

    >>> open_source("glyphs-en", "tiny-random").title
    'tiny-random × glyphs-en'
    """

    def __init__(self, dataset: Dataset, encoder: Encoder, spec: str) -> None:
        self.dataset, self.encoder, self.spec = dataset, encoder, spec
        self._lock, self._made = threading.RLock(), dict[str, Any]()

    @property
    def title(self) -> str:
        """What it is, in a line."""
        if self.dataset.vectors is not None:
            return self.dataset.name
        return f"{self.encoder.name} × {self.dataset.name}"

    @cached_property
    def key(self) -> str:
        """What stands for it in addresses and caches: a digest of all that changes a vector or a picture."""
        return digest([self.dataset.fingerprint(), self.encoder.fingerprint()])[:16]

    @property
    def names(self) -> tuple[str, ...]:
        """(N,) ids of the images."""
        return self.dataset.image_ids

    @property
    def captions(self) -> tuple[str, ...] | None:
        """(M,) captions, prompt included; None of saved vectors, whose captions are not known."""
        return None if self.dataset.vectors is not None else self.dataset.captions

    @property
    def categories(self) -> tuple[str | None, ...] | None:
        """(N,) category of each image; None where no image has one."""
        return self.dataset.categories if any(self.dataset.categories) else None

    @property
    def vectors(self) -> Vectors:
        """Its raw vectors: from the cache, else encoded now."""
        return self._once("vectors", lambda: embed(self.encoder, self.dataset))

    def shown(self, space: str | None = None, text: int | None = None) -> Shown:
        """Return its vectors before and after a space.

        The space is fitted on the data set's train split and chosen on validation. Saved vectors have no splits: half
        of their clusters of equal vectors is fitted on, and the other half is shown.

        Args:
            space: of `mmgap.spaces.parse`; None for the vectors as they are, all of them.
            text: of saved vectors, the text whose half is shown; None shows the first one drawn.

        Raises:
            SpaceError, EncoderError: a space that these vectors cannot take, or nothing to fit it on.
        """
        return self._once(f"space {space} with {text}", lambda: self._shown(space, text))

    def encode_texts(self, texts: Sequence[str], prompted: bool = True) -> np.ndarray:
        """Return (k, d) raw vectors of other texts; in the prompt of the data set's captions, or as they are.

        Raises:
            EncoderError: of saved vectors, whose encoder is not known.
        """
        self._check_encodes()
        template = self.dataset.prompt if prompted and self.dataset.prompt else "{}"
        with self._lock:
            return self.encoder.encode_texts([template.replace("{}", text) for text in texts])

    def encode_pictures(self, pictures: Sequence[Image]) -> np.ndarray:
        """Return (k, d) raw vectors of other pictures, RGB.

        Raises:
            EncoderError: as `encode_texts`.
        """
        self._check_encodes()
        with self._lock:
            return self.encoder.encode_images(pictures)

    def picture(self, place: int, size: int = THUMBNAIL) -> bytes | None:
        """Return one of its pictures as the bytes of a PNG, at most ``size`` pixels a side; None where it has none.

        Raises:
            IndexError: no image at that place.
        """
        if not 0 <= place < len(self.names):
            raise IndexError(f"{self.title} has images 0 to {len(self.names) - 1}, not {place}")
        if self.dataset.vectors is not None:
            return None
        picture = self.dataset.images[place].convert("RGB")
        picture.thumbnail((size, size))
        buffer = io.BytesIO()
        picture.save(buffer, format="PNG")
        return buffer.getvalue()

    def _shown(self, space: str | None, text: int | None) -> Shown:
        vectors, dataset = self.vectors, self.dataset
        everything = np.arange(len(self.names)), np.arange(len(dataset.captions))
        if space is None:
            return Shown(*everything, dataset.owner, vectors, vectors)
        if dataset.vectors is not None and parse(space).needs_training:
            return self._half(space, text)
        found = FittedSpace(space, self.encoder, self.spec, partial(prepared_for, self.encoder))
        after = found.of(vectors, dataset)
        notes = after.notes
        if dataset.split in ("all", "train") and found.space.needs_training:
            notes = (*notes, Message("Among these images are those that the space was fitted on."))
        return Shown(*everything, dataset.owner, vectors, after, found.fitted, notes)

    def _half(self, space: str, text: int | None) -> Shown:
        dataset, vectors = self.dataset, self.vectors
        clusters = vector_clusters(vectors.images, vectors.texts, dataset.owner)
        fit, places = next(half for half in halves(clusters) if text is None or dataset.owner[text] in half[1])
        whole = Pairs(dataset.name, "train", vectors.images, vectors.texts, dataset.owner)
        space_fitted = parse(space).fit(whole.part(fit, "train"))
        texts = np.flatnonzero(np.isin(dataset.owner, places))
        before = Vectors(vectors.images[places], vectors.texts[texts])
        note = Message("The space was fitted on one half of these vectors; the other half is shown.")
        after = in_space(space_fitted, before)
        owner = np.searchsorted(places, dataset.owner[texts])
        return Shown(places, texts, owner, before, after, space_fitted, (*after.notes, note))

    def _check_encodes(self) -> None:
        if self.dataset.vectors is not None:
            raise encoders.EncoderError(
                f"{self.title}: nothing is known of the encoder of saved vectors, so no other text or picture can be"
                " encoded: ask by the number of a row"
            )

    def _once(self, what: str, made: Callable[[], T]) -> T:
        with self._lock:
            if what not in self._made:
                self._made[what] = made()
            found: T = self._made[what]
            return found


def open_source(
    data: str = USUAL[0], encoder: str = USUAL[1], *, split: str = "test", captions: str = "first", **options: Any
) -> Source:
    """Return a data set as an encoder sees it; nothing is encoded yet.

    Args:
        data: spec of the data set; of ``vectors:…`` the encoder is not asked for.
        encoder: spec of the encoder.
        split: ``"test"``, ``"all"``, …, as `mmgap.datasets.load`.
        captions: ``"first"`` or ``"all"``.
        options: device, dtype, batch_size and seed, as `mmgap.encoders.load`.

    Raises:
        UnknownNameError, MissingDataError, DatasetError, EncoderError: as `mmgap.datasets.load` and
            `mmgap.encoders.load`.
    """
    dataset = datasets.load(data, split=split, captions=captions)
    loaded = encoders.load("vectors" if dataset.vectors is not None else encoder, **options)
    view = partial(prepared_for, loaded)
    return Source(view(dataset), fitted(loaded, data, view), data)
