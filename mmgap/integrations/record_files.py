"""Records as files: CSV, JSON, JSON lines, Parquet; every number exactly as it was, nothing for what is absent."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from mmgap.core.atomic import whole_file, write_atomic
from mmgap.core.cache import canonical_json
from mmgap.core.optional_libraries import optional_library
from mmgap.integrations.row_records import Column, Record

#: How the names of tables end.
TABLES = (".csv", ".parquet", ".jsonl", ".json")


def write_records(path: Path, columns: Sequence[Column], records: Sequence[Record]) -> None:
    """Write a table as the end of its name says; whole or not at all.

    Raises:
        ValueError: another end.
        NoLibraryError: pyarrow is not installed, for Parquet.
    """
    suffix = check_suffix(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if suffix == ".parquet":
        _write_parquet(path, columns, records)
    elif suffix == ".csv":
        write_atomic(path, csv_text(columns, records).encode())
    else:
        lines = [json.dumps(record, ensure_ascii=False, allow_nan=False) for record in records]
        text = "\n".join(lines) if suffix == ".jsonl" else "[\n" + ",\n".join(lines) + "\n]"
        write_atomic(path, f"{text}\n".encode() if lines or suffix == ".json" else b"")


def check_suffix(path: Path) -> str:
    """Return how the name of a table ends, in small letters. Raises `ValueError` where it is none of `TABLES`."""
    if path.suffix.lower() not in TABLES:
        raise ValueError(f"{path}: a table of rows ends in {', '.join(TABLES)}")
    return path.suffix.lower()


def csv_text(columns: Sequence[Column], records: Iterable[Record]) -> str:
    """Return a table as CSV: floats as Python writes them, which every reader turns back into the same number."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column.name for column in columns])
    writer.writerows([flat(record[column.name], column) for column in columns] for record in records)
    return out.getvalue()


def flat(value: Any, column: Column) -> Any:
    """Return a value as tables without objects hold it: an object as its JSON."""
    return canonical_json(value) if column.kind == "object" and value is not None else value


def _write_parquet(path: Path, columns: Sequence[Column], records: Sequence[Record]) -> None:
    parquet = optional_library("pyarrow.parquet", "tables")
    import pyarrow as pa

    kinds = {"text": pa.string(), "object": pa.string(), "number": pa.float64(), "whole": pa.int64()}
    fields = [pa.field(c.name, kinds[c.kind], metadata={"description": c.help}) for c in columns]
    arrays = [
        pa.array([flat(record[c.name], c) for record in records], field.type)
        for c, field in zip(columns, fields, strict=True)
    ]
    with whole_file(path) as temporary:
        parquet.write_table(pa.table(arrays, schema=pa.schema(fields)), temporary)
