"""The vectors of a dataset by an encoder: from the cache where they lie, else computed and kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mmgap.core.cache import Cache
from mmgap.core.identity import since_first
from mmgap.encoders.base import Encoder, EncoderError, OwnVectors, Vectors, identity_of

if TYPE_CHECKING:
    from mmgap.datasets import Dataset

#: Part of every key; raised when what is stored changes.
FORMAT = 1


def embed(encoder: Encoder, dataset: Dataset, *, refresh: bool = False, cache: Cache | None = None) -> Vectors:
    """Raw vectors of all images and captions of ``dataset``.

    Each modality is cached under a key of its own that holds the parts of the encoder's fingerprint and of the
    dataset's that concern the modality. An encoder that is `OwnVectors` says itself what is cached: saved vectors are
    read where they lie, of projected towers the vectors before the projection are.

    Args:
        encoder: of `mmgap.encoders.load`.
        dataset: of `mmgap.datasets.load`.
        refresh: compute again what is cached.
        cache: None takes the default one.

    Raises:
        EncoderError: the dataset has no images to encode, being saved vectors itself; saved vectors of other counts;
            an encoder that gives something else than one finite vector an item.
        MissingDataError: weights that are not on this machine.
    """
    start = time.perf_counter()
    if isinstance(encoder, OwnVectors):
        own = encoder.vectors_of(dataset, lambda beneath: embed(beneath, dataset, refresh=refresh, cache=cache))
        return replace(own, seconds=time.perf_counter() - start)
    if dataset.vectors is not None:
        raise EncoderError(f"{dataset.name} holds saved vectors and nothing to encode: its encoder is 'vectors'")
    cache = cache or Cache()
    computed: list[str] = []

    def entry(modality: str, count: int, encode: Callable[[], np.ndarray]) -> dict[str, np.ndarray]:
        def build() -> dict[str, np.ndarray]:
            computed.append(modality)
            vectors = _checked(encode(), encoder.name, modality, count)
            cut = getattr(encoder, "texts_cut", 0) if modality == "text" else 0
            return {"vectors": vectors, "cut": np.array([cut], dtype=np.int64)}

        key = {
            "vectors_format": FORMAT,
            "modality": modality,
            "encoder": encoder.fingerprint(modality),
            "data": dataset.fingerprint(modality),
            **since_first(encoder=identity_of(encoder)),
        }
        return cache.arrays("vectors", key, build, refresh=refresh)

    image = entry("image", len(dataset.images), lambda: encoder.encode_images(dataset.images))["vectors"]
    if not dataset.captions:  # images for maps only
        return Vectors(image, image[:0], time.perf_counter() - start, not computed)
    text = entry("text", len(dataset.captions), lambda: encoder.encode_texts(dataset.captions))
    return Vectors(image, text["vectors"], time.perf_counter() - start, not computed, int(text["cut"][0]))


def _checked(vectors: np.ndarray, name: str, modality: str, count: int) -> np.ndarray:
    """``vectors`` themselves: finite floats, (count, d).

    Raises:
        EncoderError: they are not; the first row at fault is named. Nothing of them is kept.
    """
    kind, shape = getattr(vectors, "dtype", type(vectors).__name__), getattr(vectors, "shape", ())
    if not isinstance(vectors, np.ndarray) or vectors.dtype.kind != "f" or vectors.ndim != 2 or len(vectors) != count:
        raise EncoderError(
            f"{name} gave {kind} {shape} for {count} {modality}s: floats of shape ({count}, d) are needed"
        )
    unfit = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
    if len(unfit):
        raise EncoderError(
            f"{name} gave NaN or infinity for {modality} {unfit[0]} ({len(unfit)} of {count}): a model in float16"
            " leaves its range, --dtype bfloat16 or float32 does not; else its weights are damaged"
        )
    return vectors
