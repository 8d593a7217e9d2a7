"""An index over vectors that is built once and kept: exact, or a graph that answers sooner on millions."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from mmgap.core.cache import Cache
from mmgap.core.faiss_library import load_faiss
from mmgap.evaluation.faiss_search import built_index

#: Part of every key; raised when what is kept changes.
FORMAT = 1

#: Kinds of index: every row is compared, or a graph of neighbours is walked.
Kind: TypeAlias = Literal["flat", "hnsw"]
KINDS: tuple[Kind, ...] = get_args(Kind)


def digest_of(*arrays: np.ndarray) -> str:
    """Return the SHA-256 of the arrays' types, shapes and bytes.

    >>> digest_of(np.eye(2)) == digest_of(np.eye(2)), digest_of(np.eye(2)) == digest_of(np.eye(2, dtype=np.float32))
    (True, False)
    """
    found = hashlib.sha256()
    for array in arrays:
        found.update(f"{array.dtype}{array.shape}".encode())
        found.update(np.ascontiguousarray(array).data)
    return found.hexdigest()


@dataclass(frozen=True, eq=False)
class VectorIndex:
    """Rows that are found by their dot product with a query.

    Attributes:
        rows: (N, d) float32.
        digest: of the rows.
        index: of faiss, which holds them.
    """

    rows: np.ndarray
    digest: str
    index: Any

    @classmethod
    def of(cls, rows: np.ndarray, kind: Kind, space: str = "", cache: Cache | None = None) -> VectorIndex:
        """Return the index of all rows: from the cache, checked, else built now and kept whole.

        Args:
            rows: (N, d).
            kind: one of `KINDS`.
            space: that the rows are in, as the key of the cache says it.
            cache: None takes the default one.

        Raises:
            ValueError: no rows, or another kind.
            NoFaissError: faiss is not installed.

        >>> scores, items = VectorIndex.of(np.eye(3), "flat").search(np.eye(3)[[2]], 2)
        >>> scores.tolist(), items[0, 0].item()
        ([[1.0, 0.0]], 2)
        """
        if kind not in KINDS:
            raise ValueError(f"index must be one of {', '.join(KINDS)}, got {kind!r}")
        if not len(rows):
            raise ValueError("an index needs at least one vector, and there is none")
        faiss = load_faiss()
        rows = np.ascontiguousarray(rows, dtype=np.float32)
        digest = digest_of(rows)
        key = {"index_format": FORMAT, "rows": digest, "space": space, "kind": kind, "faiss": faiss.__version__}
        kept = (cache or Cache()).arrays(
            "indexes", key, lambda: {"index": faiss.serialize_index(built_index(kind, rows))}
        )
        return cls(rows, digest, faiss.deserialize_index(kept["index"]))

    def search(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Return scores (Q, k) and items (Q, k) of each query's first k, best first; k is at most N.

        Where a graph finds fewer than k, the score is −∞ and the item −1.

        Args:
            queries: (Q, d).
            k: how many, from 1.
        """
        scores, items = self.index.search(np.ascontiguousarray(queries, dtype=np.float32), min(k, len(self.rows)))
        return np.where(items < 0, -np.inf, scores).astype(np.float32), items
