"""Vectors as an index keeps them, or as noise leaves them: what retrieval from them is measured on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from mmgap.core.faiss_library import load_faiss
from mmgap.core.messages import Message

#: (N, d) vectors → the same, spoiled, float32.
Spoiled: TypeAlias = Callable[[np.ndarray], np.ndarray]

#: Dimensions of a subspace that product quantisation gives a code of its own, and the bits of such a code.
SUBSPACE, FEWEST_BITS, MOST_BITS = 8, 4, 8

#: Noise is drawn from a stream of its own: vectors may come from a generator of the same seed.
_STREAM = 31

#: Vectors of train that each centroid needs.
A_CENTROID = 10


def noisy(sigma: float, seed: int) -> Spoiled:
    """Return what adds Gaussian noise of standard deviation σ/√d to each coordinate of unit rows and renormalises.

    The noise of a row is about σ long, whatever d is. Calls draw one after the other.

    >>> rows = noisy(0.5, 0)(np.eye(400))
    >>> round(float(np.diag(rows).mean()), 1)  # 1/√(1 + σ²)
    0.9
    """
    generator = np.random.default_rng([_STREAM, seed])

    def spoil(vectors: np.ndarray) -> np.ndarray:
        noise = generator.standard_normal(vectors.shape) * (sigma / np.sqrt(vectors.shape[1]))
        found = vectors + noise
        return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)

    return spoil


def signs(vectors: np.ndarray) -> np.ndarray:
    """Return ±1/√d by the sign of each coordinate: the dot products order as Hamming distances of sign bits do.

    >>> signs(np.array([[0.2, -0.1, 0.0, -3.0]])).tolist()
    [[0.5, -0.5, -0.5, -0.5]]
    """
    return np.where(vectors > 0, 1.0, -1.0).astype(np.float32) / np.float32(np.sqrt(vectors.shape[1]))


def eight_bits(train: np.ndarray) -> Spoiled:
    """Return what faiss's scalar quantiser of 8 bits (``QT_8bit``) makes of vectors: the range of each coordinate is
    that of ``train``, (n, d).

    Raises:
        NoFaissError: faiss is not installed.
    """
    faiss = load_faiss()
    coder = faiss.ScalarQuantizer(train.shape[1], faiss.ScalarQuantizer.QT_8bit)
    coder.train(_float32(train))
    return lambda vectors: coder.decode(coder.compute_codes(_float32(vectors)))


def code_bits(n: int) -> int:
    """Return the bits of a code of product quantisation that n vectors of train suffice for: 8, or fewer.

    Raises:
        ValueError: they do not suffice for `FEWEST_BITS`.

    >>> code_bits(30_000), code_bits(400)
    (8, 5)
    """
    bits = min(MOST_BITS, int(np.log2(max(n / A_CENTROID, 1))))
    if bits < FEWEST_BITS:
        raise ValueError(
            Message(
                "product quantisation needs {needed} vectors of train for codes of {bits} bits, and there are {n}",
                needed=A_CENTROID * 2**FEWEST_BITS,
                bits=FEWEST_BITS,
                n=n,
            )
        )
    return bits


def product_codes(train: np.ndarray) -> Spoiled:
    """Return what faiss's product quantiser makes of vectors: one code for every 8 dimensions, of `code_bits` bits.

    Its centroids are those of ``train``, (n, d); a width that 8 does not divide is filled up with zeros.

    Raises:
        NoFaissError: faiss is not installed.
        ValueError: there are too few of train.
    """
    bits, width = code_bits(len(train)), train.shape[1]
    more = -width % SUBSPACE

    def padded(vectors: np.ndarray) -> np.ndarray:
        return _float32(np.pad(vectors, ((0, 0), (0, more))))

    coder = load_faiss().ProductQuantizer(width + more, (width + more) // SUBSPACE, bits)
    coder.cp.min_points_per_centroid = A_CENTROID  # faiss warns below 39
    coder.train(padded(train))
    return lambda vectors: coder.decode(coder.compute_codes(padded(vectors)))[:, :width]


def _float32(vectors: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(vectors, dtype=np.float32)
