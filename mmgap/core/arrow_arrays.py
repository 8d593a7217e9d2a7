"""Columns of Parquet files and Lance data sets as arrays: a column of lists is a matrix, one of whole numbers a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmgap.core.messages import listed, quoted
from mmgap.core.optional_libraries import optional_library
from mmgap.core.vector_content import Content, Unread, VectorFileError, widened
from mmgap.core.vector_names import owner_of

if TYPE_CHECKING:
    import numpy as np

#: Rows that are read together.
BATCH = 16_384


def parquet_arrays(file: Path, wanted: str | None = None) -> dict[str, Content]:
    """Return the columns of a Parquet file that may be vectors or owners; see `_columns`."""
    parquet = optional_library("pyarrow.parquet", "tables")
    with parquet.ParquetFile(file, memory_map=True) as source:
        names = _asked(source.schema_arrow, wanted, file)
        batches = source.iter_batches(batch_size=BATCH, columns=names)
        return _columns(names, source.metadata.num_rows, batches)


def lance_arrays(folder: Path, wanted: str | None = None) -> dict[str, Content]:
    """Return the columns of a Lance data set in its newest version; see `_columns`."""
    dataset = optional_library("lance", "lance", "pylance").dataset(str(folder))
    names = _asked(dataset.schema, wanted, folder)
    return _columns(names, dataset.count_rows(), dataset.to_batches(columns=names, batch_size=BATCH))


def column_names(place: Path) -> list[str]:
    """Return the names of the columns of a Parquet file, or of a Lance data set, that may be vectors or owners."""
    with _opened(place) as (schema, _):
        return _asked(schema, None, place)


def column_parts(place: Path, name: str) -> Iterator[np.ndarray]:
    """Yield the vectors of one column some rows at a time; no more than those are in memory.

    Raises:
        VectorFileError: no such column, a null in it, lists of several lengths; the first such row is named.
    """
    with _opened(place) as (schema, batches):
        _asked(schema, name, place)
        start, width = 0, None
        for batch in batches([name]):
            if len(batch):
                rows = _rows(batch.column(0), start, width)
                if isinstance(rows, Unread):
                    raise VectorFileError(f"{quoted(place)}: {quoted(name)!r} {rows.why}")
                start, width = start + len(rows), rows.shape[-1]
                yield rows


@contextmanager
def _opened(place: Path) -> Iterator[tuple[Any, Callable[[list[str]], Iterable[Any]]]]:
    """The schema of a place, and what yields batches of some of its columns."""
    if place.suffix.lower() == ".lance":
        dataset = optional_library("lance", "lance", "pylance").dataset(str(place))
        yield dataset.schema, lambda names: dataset.to_batches(columns=names, batch_size=BATCH)
        return
    parquet = optional_library("pyarrow.parquet", "tables")
    with parquet.ParquetFile(place) as source:
        yield source.schema_arrow, lambda names: source.iter_batches(batch_size=BATCH, columns=names)


def parquet_rows(file: Path) -> int:
    """Return how many rows a Parquet file has, from its footer alone."""
    return int(optional_library("pyarrow.parquet", "tables").read_metadata(file).num_rows)


def _asked(schema: Any, wanted: str | None, place: Path) -> list[str]:
    """The columns that are read: the wanted one and an owner, or all that may be one of them."""
    import pyarrow as pa

    able = [field.name for field in schema if _numbers(field.type) or pa.types.is_integer(field.type)]
    told = listed(f"{field.name!r} ({field.type})" for field in schema) or "no column"
    if wanted is None:
        if not able:
            raise VectorFileError(f"{quoted(place)}: no column is of lists of numbers, one a row; it has {told}")
        return able
    if wanted not in schema.names:
        raise VectorFileError(f"{quoted(place)}: has no column {quoted(wanted)!r}; it has {told}")
    if wanted not in able:
        kind = schema.field(wanted).type
        raise VectorFileError(
            f"{quoted(place)}: column {quoted(wanted)!r} is of type {quoted(kind)}, but vectors are lists of numbers,"
            " one a row"
        )
    owner = owner_of(dict.fromkeys(able))
    return list(dict.fromkeys([wanted, *([owner] if owner else [])]))


def _columns(names: list[str], count: int, batches: Iterable[Any]) -> dict[str, Content]:
    """The columns as arrays, put together batch by batch: (N, d) of lists, (N,) of whole numbers.

    A column with a null, or with lists of several lengths, is an `Unread` that names the first such row.
    """
    import numpy as np

    whole: dict[str, np.ndarray] = {}
    unread: dict[str, Content] = {}
    start = 0
    for batch in batches:
        for name, column in zip(names, batch.columns, strict=True):
            if name in unread or not len(column):
                continue
            before = whole.get(name)
            rows = _rows(column, start, None if before is None or before.ndim == 1 else before.shape[1])
            if isinstance(rows, Unread):
                unread[name] = rows
                continue
            if before is None:
                whole[name] = before = np.empty((count, *rows.shape[1:]), rows.dtype)
            before[start : start + len(rows)] = rows
        start += batch.num_rows
    return {name: unread.get(name, whole.get(name, np.empty((0, 0), np.float32))) for name in names}


def _rows(column: Any, start: int, width: int | None) -> Content:
    """Some rows of a column, the first of which is row ``start``; ``width`` is that of the rows before."""
    import numpy as np
    import pyarrow.compute as pc

    column = _stored(column)
    if column.null_count:
        return Unread(f"has no value in row {start + _first(column.is_null())} (null): leave such rows out")
    if not _is_list(column.type):
        return column.to_numpy(zero_copy_only=False)
    lengths = pc.list_value_length(column).to_numpy(zero_copy_only=False)
    usual = int(lengths[0]) if width is None else width
    for row in np.flatnonzero(lengths != usual)[:1]:
        return Unread(
            f"has lists of several lengths, {usual} in row {start - 1 if start else 0}, {lengths[row]} in row"
            f" {start + row}: vectors have one width"
        )
    values = column.flatten()
    if values.null_count:
        place = _first(values.is_null())
        return Unread(f"holds null in row {start + place // usual}, number {place % usual}: leave such rows out")
    return _plain(values).reshape(len(column), usual)


def _plain(values: Any) -> Any:
    """The numbers of an Arrow array; those of Lance's bfloat16 as float32."""
    import numpy as np

    if _is_bfloat16(values.type):
        stored = _stored(values)
        halves = np.frombuffer(stored.buffers()[1], np.uint16)[stored.offset : stored.offset + len(stored)]
        return widened(halves)
    return values.to_numpy(zero_copy_only=False)


def _first(mask: Any) -> int:
    return int(mask.to_numpy(zero_copy_only=False).argmax())


def _numbers(kind: Any) -> bool:
    """Whether a column of this type is lists of numbers."""
    import pyarrow as pa

    kind = kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind
    if not _is_list(kind):
        return False
    value = kind.value_type
    return pa.types.is_floating(value) or pa.types.is_integer(value) or _is_bfloat16(value)


def _is_list(kind: Any) -> bool:
    import pyarrow as pa

    return pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)


def _is_bfloat16(kind: Any) -> bool:
    return getattr(kind, "extension_name", "") == "lance.bfloat16"


def _stored(column: Any) -> Any:
    import pyarrow as pa

    return column.storage if isinstance(column.type, pa.BaseExtensionType) else column
