"""The nearest items of many queries in a gallery that stays on disk, exactly; resumed where it was killed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from mmgap.core.progress import progress_bar, say
from mmgap.core.read_ahead import read_ahead
from mmgap.core.scratch_array import ScratchArray, scratch_of, spans
from mmgap.core.stored_rows import StoredRows
from mmgap.core.vector_content import VectorFileError
from mmgap.evaluation.streaming.streamed_rows import StreamedRows, check_block, check_rows
from mmgap.evaluation.streaming.streaming_state import checkpoint
from mmgap.evaluation.streaming.tile_units import PassSums
from mmgap.metrics.unit_rows import normalised

#: Queries that go through the gallery together, and rows of the gallery that they meet at a time.
QUERIES, ITEMS = 4096, 1024

#: Part of the key of what is kept.
_NAME = "search"


@dataclass(frozen=True, eq=False)
class NearestItems:
    """What was found.

    Attributes:
        scores: (Q, k) float32 cosines, falling; on disk.
        items: (Q, k) int64 rows of the gallery; of equal scores the lower row comes first.
    """

    scores: ScratchArray
    items: ScratchArray


def nearest_items(
    queries: StoredRows,
    gallery: StoredRows,
    k: int,
    *,
    rows: np.ndarray | None = None,
    tell: Callable[[str], Any] = say,
) -> NearestItems:
    """Return the k rows of a gallery with the highest cosines to each query, every row compared with every query.

    In memory are `QUERIES` queries, `ITEMS` rows of the gallery and their scores in float32. After each group of
    queries what was found is on disk: killed, and called again, it goes on behind the last group, and gives the same
    bits as a search that was not.

    Args:
        queries, gallery: (Q, d) and (N, d), of any norms.
        k: how many; all where the gallery has fewer.
        rows: numbers of the queries that are asked; None for all.
        tell: is given a sentence where an unfinished search is resumed, or cannot be.

    Raises:
        VectorFileError: a row that is zero or not finite; its file and its number there are named. Widths that differ.
        ValueError: k below 1; a query that is not there.
    """
    if queries.width != gallery.width:
        raise VectorFileError(
            f"{queries.parts[0].name}: queries have {queries.width} dimensions, but {gallery.parts[0].name}"
            f" {gallery.width}: both must live in one space"
        )
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    if rows is not None and len(rows) and not (int(rows.min()) >= 0 and int(rows.max()) < len(queries)):
        raise ValueError(f"there are queries 0 to {len(queries) - 1}, and not {rows.max()}")
    check_rows(gallery)
    if rows is None:
        check_rows(queries)
    else:
        check_block(queries, rows, queries.taken(rows))
    k, count = min(k, len(gallery)), len(queries) if rows is None else len(rows)
    files = [str(part.path) for some in (queries, gallery) for part in some.parts]
    asked = "all" if rows is None else hashlib.sha256(rows.tobytes()).hexdigest()
    content = [queries.digest(), gallery.digest(), asked]
    key = {"search": k, "content": content, "torch": torch.__version__}
    groups = range(0, count, QUERIES)
    with checkpoint(key, files, tell) as at:
        scores = at.store.array("scores", (count, k), np.float32)
        items = at.store.array("items", (count, k), np.int64)
        done = at.done(_NAME)[0]
        if done:
            tell(f"goes on behind query {min(done * QUERIES, count):,} of an earlier search that did not end")
        blocks = -(-len(gallery) // ITEMS)
        with progress_bar(total=len(groups) * blocks, desc="search", unit="tile", initial=done * blocks) as bar:
            for number, start in enumerate(groups):
                if number < done:
                    continue
                some = slice(start, min(start + QUERIES, count))
                here = queries.read(some.start, some.stop) if rows is None else queries.taken(rows[some])
                unit = normalised(torch.from_numpy(here)).tensor.float()
                scores[some], items[some] = _nearest(unit, gallery, k, bar.update)
                at.commit(_NAME, number + 1, PassSums())
        return NearestItems(*(_copied(found, at.store.release) for found in (scores, items)))


def _copied(found: np.ndarray, release: Callable[[], None]) -> ScratchArray:
    """What stays when the checkpoint goes."""

    def parts() -> Iterator[np.ndarray]:
        for some in spans(len(found), QUERIES):
            yield found[some]
            release()

    return scratch_of(parts(), found.shape, found.dtype)


def _nearest(
    queries: torch.Tensor, gallery: StoredRows, k: int, tick: Callable[[int], Any]
) -> tuple[np.ndarray, np.ndarray]:
    """Scores and items of some queries, after one pass over the gallery; the next block is read meanwhile."""
    rows, starts = StreamedRows(gallery), range(0, len(gallery), ITEMS)
    best = np.zeros((len(queries), 0), dtype=np.int64)
    for start, block in zip(starts, read_ahead(lambda start: rows[start : start + ITEMS].float(), starts), strict=True):
        scores = (queries @ block.T).numpy()
        if best.shape[1] < k:
            best = _highest(np.concatenate([best, _keys(scores, start)], axis=1), k)
        else:
            better = np.flatnonzero(scores.max(axis=1) > _scores(best[:, 0]))
            both = np.concatenate([best[better], _keys(scores[better], start)], axis=1)
            best[better] = _highest(both, k)
        tick(1)
    best = np.sort(best, axis=1)[:, ::-1]
    return _scores(best), _LAST - (best & _LAST)


#: The highest number of a row, and the bits of a float32 that turn over where its sign is set.
_LAST, _BITS = 0xFFFFFFFF, 0x7FFFFFFF


def _highest(keys: np.ndarray, k: int) -> np.ndarray:
    """The k highest keys of each row, the lowest of them first; all where there are fewer."""
    return np.partition(keys, -k, axis=1)[:, -k:] if keys.shape[1] > k else np.sort(keys, axis=1)


def _keys(scores: np.ndarray, start: int) -> np.ndarray:
    """(Q, n) int64 keys that rise with the score and, where scores are equal, fall with the row: the bits of the score,
    in the order of whole numbers, before those of the row."""
    bits = (scores + np.float32(0)).view(np.int32)  # −0 is 0
    keys = (bits ^ (bits >> 31 & _BITS)).astype(np.int64) << 32
    keys |= _LAST - np.arange(start, start + scores.shape[1])
    return keys


def _scores(keys: np.ndarray) -> np.ndarray:
    """The scores that keys were made of."""
    bits = (keys >> 32).astype(np.int32)
    return (bits ^ (bits >> 31 & _BITS)).view(np.float32)
