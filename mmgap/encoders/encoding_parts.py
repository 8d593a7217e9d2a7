"""Vectors of one modality in parts: runs of whole batches, each kept as soon as it is there, joined at the end.

A part is an entry of the cache, so a run that was killed goes on behind those it has, and several processes need not
talk to one another: each encodes its share, and whoever joins finds them, or encodes what is missing.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from mmgap.core.cache import Cache
from mmgap.core.progress import progress_bar
from mmgap.encoders.base import RUN, Encoder, EncoderError, InBatches

log = logging.getLogger(__name__)

#: Batches of a part: as many as this, and fewer, but not below the least, where several processes get some each.
MOST, LEAST = 256, 64

#: Items a batch of an encoder that does not say.
USUAL = 32

NAMESPACE = "encoding"


def parts_of(encoder: Encoder, modality: str, count: int, processes: int = 1) -> list[range]:
    """Return runs of whole batches that together are ``count`` items; one where there is little to encode.

    >>> parts_of(None, "image", 20_000), parts_of(None, "image", 6_000, processes=2)
    ([range(0, 8192), range(8192, 16384), range(16384, 20000)], [range(0, 3072), range(3072, 6000)])
    """
    size = encoder.items_a_batch(modality) if isinstance(encoder, InBatches) else USUAL
    runs = math.ceil(count / size / processes / RUN)  # of batches that are sorted together
    step = size * min(MOST, max(LEAST, RUN * runs))
    return [range(start, min(start + step, count)) for start in range(0, count, step)] or [range(0)]


@dataclass(frozen=True, eq=False)
class Encoding:
    """All items of one modality of a data set, by one encoder.

    Texts are taken from the longest to the shortest, so that batches, and with them vectors, are those of
    `mmgap.encoders.batches.by_length` on all texts at once: to the bit, however many processes share them, where each
    computes as one would (the same device, and on the CPU the same number of threads).

    Attributes:
        encoder: whose vectors they are.
        modality: ``"image"`` or ``"text"``.
        items: N pictures or texts.
        key: of the vectors in the cache.
        cache: where parts are kept.
        parts: runs of `order`, of whole batches.
    """

    encoder: Encoder
    modality: str
    items: Sequence[Any]
    key: Mapping[str, Any]
    cache: Cache
    parts: Sequence[range]

    @property
    def what(self) -> str:
        """The name of the items, for bars and errors."""
        return f"{self.modality}s"

    @cached_property
    def order(self) -> np.ndarray:
        """(N,) the positions of the items in the order in which they are encoded."""
        from mmgap.encoders.batches import longest_first

        return longest_first(self.items) if self.modality == "text" else np.arange(len(self.items))

    def dealt(self, processes: int) -> list[range]:
        """Return the parts so that equal runs of them are what each process encodes: long texts are dealt to all."""
        return [part for first in range(processes) for part in self.parts[first::processes]]

    def encode(self, parts: Iterable[range], tell: Callable[[int], object], *, refresh: bool = False) -> None:
        """Encode and keep those of ``parts`` that are not kept yet; ``tell`` hears of each batch how many it held."""
        for part in parts:
            self._kept(part, tell, refresh)

    def joined(self, *, refresh: bool = False) -> dict[str, np.ndarray]:
        """Return ``vectors``, (N, d) in the order of the items, and how many texts were ``cut``; encodes what is not
        kept yet.

        Raises:
            EncoderError: the encoder gives something else than one finite vector an item.
        """
        if len(self.parts) == 1:  # with a bar of its own, and nothing to keep by itself
            return self._encoded(self.parts[0])
        out, cut = None, 0
        with progress_bar(total=len(self.items), desc=self.what, unit="") as bar:
            for part in self.parts:
                found = self._kept(part, bar.update, refresh)
                if out is None:
                    out = np.empty((len(self.items), found["vectors"].shape[1]), found["vectors"].dtype)
                out[self._rows(part)] = found["vectors"]
                cut += int(found["cut"][0])
        assert out is not None
        if cut:
            log.warning("%s: %d of %d texts are longer than it reads and were cut", self.encoder.name, cut, len(out))
        return {"vectors": out, "cut": np.array([cut], dtype=np.int64)}

    def forget_parts(self) -> None:
        """Remove the parts, once the whole is kept."""
        if len(self.parts) > 1:
            for part in self.parts:
                self.cache.forget(NAMESPACE, self._key(part))

    def kept(self) -> int:
        """Return how many parts are there."""
        return sum(self.cache.has(NAMESPACE, self._key(part)) for part in self.parts)

    def _rows(self, part: range) -> np.ndarray:
        return self.order[part.start : part.stop]

    def _key(self, part: range) -> dict[str, Any]:
        return {**self.key, "part": [part.start, part.stop]}

    def _kept(self, part: range, tell: Callable[[int], object], refresh: bool) -> dict[str, np.ndarray]:
        from mmgap.encoders.batches import counted_by

        told = 0

        def counted(items: int) -> None:
            nonlocal told
            told += items
            tell(items)

        def build() -> dict[str, np.ndarray]:
            with counted_by(counted):
                return self._encoded(part)

        found = self.cache.arrays(NAMESPACE, self._key(part), build, refresh=refresh)
        tell(len(part) - told)  # of one that was there, and of an encoder with a loop of its own
        return found

    def _encoded(self, part: range) -> dict[str, np.ndarray]:
        encoder, whole = self.encoder, len(self.parts) == 1
        if self.modality == "image":
            vectors, cut = encoder.encode_images(self.items if whole else self.items[part.start : part.stop]), 0
        else:
            vectors = encoder.encode_texts(self.items if whole else [self.items[row] for row in self._rows(part)])
            cut = getattr(encoder, "texts_cut", 0)
        rows = range(len(self.items)) if whole else self._rows(part)
        return {"vectors": _checked(vectors, encoder.name, self.modality, rows), "cut": np.array([cut], np.int64)}


def _checked(vectors: np.ndarray, name: str, modality: str, rows: Sequence[int] | np.ndarray) -> np.ndarray:
    """``vectors`` themselves: finite floats, one for each of ``rows``.

    Raises:
        EncoderError: they are not; the first row at fault is named. Nothing of them is kept.
    """
    kind, shape = getattr(vectors, "dtype", type(vectors).__name__), getattr(vectors, "shape", ())
    count = len(rows)
    if not isinstance(vectors, np.ndarray) or vectors.dtype.kind != "f" or vectors.ndim != 2 or len(vectors) != count:
        raise EncoderError(
            f"{name} gave {kind} {shape} for {count} {modality}s: floats of shape ({count}, d) are needed"
        )
    unfit = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
    if len(unfit):
        raise EncoderError(
            f"{name} gave NaN or infinity for {modality} {rows[unfit[0]]} ({len(unfit)} of {count}): a model in float16"
            " leaves its range, --dtype bfloat16 or float32 does not; else its weights are damaged"
        )
    return vectors
