"""An atlas as a Parquet table, one row a point, written in batches: what embedding-atlas and others read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mmgap.app.atlas.embedding_maps import Atlas
from mmgap.core.atomic import whole_file
from mmgap.core.progress import progress_bar

if TYPE_CHECKING:
    import pyarrow

#: Rows that are written together.
BATCH = 100_000

#: What the columns of the second of two maps end in.
SECOND = "_after"


class NoArrowError(ImportError, ValueError):
    """pyarrow is not installed."""


def write_parquet(atlas: Atlas, path: Path, *, captions: bool = True) -> int:
    """Write an atlas and return how many rows it has: the images, then the texts.

    Columns: ``x``, ``y`` (float32), ``modality`` ("image" or "text"), ``name`` (of the image), ``caption`` (of a text;
    of an image its first one), ``category``, ``image`` (the row of the image that a point is or belongs to), ``rank``
    and ``hubness``, null where they are not measured. Of two maps the second one's are ``x_after``, ``y_after``,
    ``rank_after``, ``hubness_after``.

    Args:
        atlas: what is drawn.
        path: of the file, replaced as a whole.
        captions: whether there is a column of captions.

    Raises:
        NoArrowError: pyarrow is not installed; the message names the extra that brings it.
    """
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise NoArrowError("pyarrow is not installed: pip install 'mmgap[app]'") from error
    count = len(atlas.places) + len(atlas.text_places)
    starts = range(0, count, BATCH)
    with whole_file(path) as temporary:
        batches = (_batch(atlas, slice(start, min(start + BATCH, count)), captions) for start in starts)
        first = next(batches)
        with parquet.ParquetWriter(temporary, first.schema, compression="zstd") as writer:
            writer.write_batch(first)
            for batch in progress_bar(batches, desc="rows", total=len(starts) - 1):
                writer.write_batch(batch)
    return count


def _batch(atlas: Atlas, rows: slice, captions: bool) -> pyarrow.RecordBatch:
    import pyarrow as pa

    n, source = len(atlas.places), atlas.source
    items = np.arange(rows.start, rows.stop)
    is_image = items < n
    image = items.copy()
    image[~is_image] = atlas.owner[items[~is_image] - n]
    columns: dict[str, Any] = {}
    for drawn, end in zip(atlas.maps, ("", SECOND), strict=False):
        measured = drawn.embedding.columns
        columns[f"x{end}"] = pa.array(drawn.places.points[rows, 0])
        columns[f"y{end}"] = pa.array(drawn.places.points[rows, 1])
        for name, values in (("rank", measured.rank), ("hubness", measured.hubness)):
            columns[f"{name}{end}"] = pa.nulls(len(items), pa.float32()) if values is None else pa.array(values[rows])
    columns["modality"] = pa.array(np.where(is_image, "image", "text"))
    columns["name"] = pa.array([source.names[place] for place in atlas.places[image]], pa.string())
    if captions and source.captions is not None and len(atlas.owner):
        text = np.where(is_image, np.searchsorted(atlas.owner, image), items - n)  # owners rise
        columns["caption"] = pa.array([source.captions[place] for place in atlas.text_places[text]], pa.string())
    if source.categories is not None:
        columns["category"] = pa.array([source.categories[place] for place in atlas.places[image]], pa.string())
    columns["image"] = pa.array(image)
    return pa.RecordBatch.from_pydict(columns)
