"""The vectors of a dataset by an encoder: from the cache where they lie, else computed and kept."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mmgap.core.cache import Cache
from mmgap.core.identity import since_first
from mmgap.encoders.base import Encoder, EncoderError, OwnVectors, Vectors, identity_of
from mmgap.encoders.encoding_parts import Encoding, parts_of
from mmgap.encoders.encoding_processes import processes_of, share

if TYPE_CHECKING:
    from mmgap.datasets import Dataset

#: Part of every key; raised when what is stored changes.
FORMAT = 1


def embed(encoder: Encoder, dataset: Dataset, *, refresh: bool = False, cache: Cache | None = None) -> Vectors:
    """Raw vectors of all images and captions of ``dataset``.

    Each modality is cached under a key of its own that holds the parts of the encoder's fingerprint and of the
    dataset's that concern the modality. An encoder that is `OwnVectors` says itself what is cached: saved vectors are
    read where they lie, of projected towers the vectors before the projection are.

    More than 256 batches are encoded in parts, each kept as soon as it is there: a run that was killed goes on behind
    them. An encoder that was loaded for several devices (``device="cuda:all"``) has a process on each; processes that
    torchrun or ``accelerate launch`` started share the parts, where each of them calls this.

    Args:
        encoder: of `mmgap.encoders.load`.
        dataset: of `mmgap.datasets.load`.
        refresh: compute again what is cached.
        cache: None takes the default one.

    Raises:
        EncoderError: the dataset has no images to encode, being saved vectors itself; saved vectors of other counts;
            an encoder that gives something else than one finite vector an item; a process that ended before its time.
        MissingDataError: weights that are not on this machine.
    """
    start = time.perf_counter()
    if isinstance(encoder, OwnVectors):
        own = encoder.vectors_of(dataset, lambda beneath: embed(beneath, dataset, refresh=refresh, cache=cache))
        return replace(own, seconds=time.perf_counter() - start)
    if dataset.vectors is not None:
        raise EncoderError(f"{dataset.name} holds saved vectors and nothing to encode: its encoder is 'vectors'")
    cache = cache or Cache()
    given = {"image": dataset.images, "text": dataset.captions} if dataset.captions else {"image": dataset.images}
    encodings = {modality: _encoding(encoder, modality, items, dataset, cache) for modality, items in given.items()}
    due = [one for one in encodings.values() if refresh or not cache.has("vectors", one.key)]
    shared = share(due, refresh=refresh)
    computed: list[str] = []

    def entry(encoding: Encoding) -> dict[str, np.ndarray]:
        def build() -> dict[str, np.ndarray]:
            computed.append(encoding.modality)
            return encoding.joined(refresh=refresh and not shared)

        found = cache.arrays("vectors", encoding.key, build, refresh=refresh)
        if encoding.modality in computed and cache.has("vectors", encoding.key):
            encoding.forget_parts()
        return found

    image = entry(encodings["image"])["vectors"]
    if not dataset.captions:  # images for maps only
        return Vectors(image, image[:0], time.perf_counter() - start, not computed)
    text = entry(encodings["text"])
    return Vectors(image, text["vectors"], time.perf_counter() - start, not computed, int(text["cut"][0]))


def _encoding(encoder: Encoder, modality: str, items: Sequence[Any], dataset: Dataset, cache: Cache) -> Encoding:
    key = {
        "vectors_format": FORMAT,
        "modality": modality,
        "encoder": encoder.fingerprint(modality),
        "data": dataset.fingerprint(modality),
        **since_first(encoder=identity_of(encoder)),
    }
    return Encoding(
        encoder, modality, items, key, cache, parts_of(encoder, modality, len(items), processes_of(encoder))
    )
