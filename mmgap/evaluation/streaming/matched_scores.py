"""Scores of the matched pairs of vectors on disk, from the tiles where their rivals' scores stand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from mmgap.evaluation.streaming.streamed_rows import StreamedRows
from mmgap.evaluation.streaming.strips import blocks_of, tile_workers
from mmgap.metrics.relevance import Relevance


def write_matched_scores(
    images: StreamedRows,
    texts: StreamedRows,
    relation: Relevance,
    dtype: torch.dtype,
    scores: np.ndarray,
    release: Callable[[], None],
) -> None:
    """Write (P,) scores of the matched pairs, as they stand in the tiles where their rivals stand, into an array in a
    file; ``release`` gives its memory back, and that of the relation."""
    rows, columns = blocks_of(images, dtype), blocks_of(texts, dtype)
    with tile_workers() as (_, tile_of):
        for i in range(rows.count):
            here = rows.rows(i)
            start, stop = relation.image_start[[here.start, here.stop]].tolist()
            pairs = np.asarray(relation.pairs[start:stop])
            block, column = rows[i] if len(pairs) else None, pairs[:, 1] // columns.size
            for j in np.unique(column).tolist():
                some = np.flatnonzero(column == j)
                assert block is not None
                tile = tile_of(block, columns[j]).numpy()
                scores[start + some] = tile[pairs[some, 0] - here.start, pairs[some, 1] - columns.rows(j).start]
            release()
