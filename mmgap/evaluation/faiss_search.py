"""What an index of faiss finds: flat, HNSW, IVF-PQ, as users run them, by dot products."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from mmgap.core.faiss_library import load_faiss

#: Kinds of index.
INDEXES = ("flat", "hnsw", "ivfpq")

_SEED, _NEIGHBOURS, _DEPTH = 0, 32, 128
#: Coordinates that share a product code, and bits of a code: at least 39 rows a centre are what faiss trains it on.
_TOGETHER, _BITS, _ROWS_A_CENTRE = 8, 8, 39


def found_by(kind: str, queries: np.ndarray, gallery: np.ndarray, k: int) -> np.ndarray:
    """Return (Q, k) int64 rows of the gallery that an index finds for each query, best first; -1 where it found fewer.

    flat compares with every row. hnsw has 32 neighbours a node and looks at 128 candidates. ivfpq has √N lists, half of
    which are searched, and one code for 8 coordinates, of 8 bits or as many as the gallery is large enough to train.

    Args:
        kind: one of `INDEXES`.
        queries: (Q, d).
        gallery: (N, d); what is searched by the largest dot product.
        k: how many.

    Raises:
        ValueError: no such kind of index; fewer than two vectors.
        NoFaissError: faiss is not installed.

    >>> import numpy as np
    >>> found_by("flat", np.eye(2), np.eye(2), 1).ravel().tolist()
    [0, 1]
    """
    if kind not in INDEXES:
        raise ValueError(f"index must be one of {', '.join(INDEXES)}, got {kind!r}")
    if len(gallery) < 2:
        raise ValueError(f"an index needs at least 2 vectors, got {len(gallery)}")
    fill = -gallery.shape[1] % _TOGETHER if kind == "ivfpq" else 0
    asked, items = (np.pad(rows, ((0, 0), (0, fill))).astype(np.float32) for rows in (queries, gallery))
    with _one_thread():
        return built_index(kind, items).search(asked, min(k, len(items)))[1]


def built_index(kind: str, items: np.ndarray) -> Any:
    """Return the index of faiss that holds all rows, the same one whenever it is built.

    Args:
        kind: one of `INDEXES`.
        items: (N, d) float32; d a multiple of 8 for ivfpq.

    Raises:
        NoFaissError: faiss is not installed.

    >>> built_index("flat", np.eye(2, dtype=np.float32)).ntotal
    2
    """
    index = _index(load_faiss(), kind, len(items), items.shape[1])
    with _one_thread():  # a graph that several threads build differs from run to run
        index.train(items)
        index.add(items)
    return index


@contextmanager
def _one_thread() -> Iterator[None]:
    faiss = load_faiss()
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


def _index(faiss: Any, kind: str, n: int, d: int) -> Any:
    if kind == "flat":
        return faiss.IndexFlatIP(d)
    if kind == "hnsw":
        index = faiss.IndexHNSWFlat(d, _NEIGHBOURS, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = index.hnsw.efSearch = _DEPTH
        return index
    bits = max(1, min(_BITS, int(math.log2(max(2, n / _ROWS_A_CENTRE)))))
    lists = max(1, min(math.isqrt(n), n // _ROWS_A_CENTRE))
    index = faiss.IndexIVFPQ(faiss.IndexFlatIP(d), d, lists, d // _TOGETHER, bits, faiss.METRIC_INNER_PRODUCT)
    index.own_fields, index.nprobe = False, max(1, lists // 2)
    index.cp.seed = index.pq.cp.seed = _SEED
    return index
