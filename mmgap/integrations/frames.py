"""Rows of results as a pandas frame, with units and intervals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mmgap.core.optional_libraries import optional_library
from mmgap.integrations.record_files import flat
from mmgap.integrations.row_records import LONG, Column, Record, long_records, wide_records
from mmgap.rows.row import Row
from mmgap.rows.row_sources import read_run

if TYPE_CHECKING:
    import pandas

#: Types of columns that know an absent value without a NaN.
_TYPES = {"text": "string", "object": "string", "number": "Float64", "whole": "Int64"}


def rows_frame(
    *sources: str | Path | Iterable[Row],
    metrics: Sequence[str] = (),
    wide: bool = False,
    language: str = "en",
) -> pandas.DataFrame:
    """Return rows of results as a frame: one line a metric of a row, or, ``wide``, one line a row.

    Columns are those of `mmgap.integrations.row_records.LONG` or ``WIDE``; what is absent is ``pandas.NA``, and values
    are the rows' own, to the last bit. ``variant``, ``versions`` and ``units`` are JSON text.

    Args:
        sources: folders of rows, single rows, revisions of a repository, results of mteb (as `mmgap compare` takes
            them), or rows that were read.
        metrics: only these, by name or as ``t2i_*``.
        wide: one line a row.
        language: of the labels.

    Raises:
        NoLibraryError: pandas is not installed; the message has the pip line.
        SourceError: a source holds no row.

    >>> cell = {"experiment": "measure", "encoder": "tiny", "dataset": "glyphs-en", "loss": None, "seed": 0}
    >>> gap = {"value": 0.85, "ci_low": None, "ci_high": None, "n": 500, "unit": None, "higher_is_better": None}
    >>> row = {"key": "1f", "cell": {**cell, "variant": {}}, "inputs": {}, "status": "ok", "error": None,
    ...     "provenance": {}, "started_at": "2026-01-01T00:00:00Z", "metrics": {"gap": gap}}
    >>> frame = rows_frame([row])
    >>> frame[["dataset", "metric", "value"]].to_dict("records"), frame["low"].isna().tolist()
    ([{'dataset': 'glyphs-en', 'metric': 'gap', 'value': 0.85}], [True])
    """
    columns, records = table_of(sourced(sources), metrics, wide, language)
    pandas = optional_library("pandas", "tables")
    cells = {c.name: [flat(record[c.name], c) for record in records] for c in columns}
    return pandas.DataFrame({c.name: pandas.array(cells[c.name], dtype=_TYPES[c.kind]) for c in columns})


def table_of(
    rows: Iterable[tuple[Row, str]], metrics: Sequence[str], wide: bool, language: str = "en"
) -> tuple[Sequence[Column], list[Record]]:
    """Return the columns and records of the long or the wide table."""
    if wide:
        return wide_records(rows, metrics)
    return LONG, list(long_records(rows, metrics, language))


def sourced(sources: Sequence[str | Path | Iterable[Row]]) -> list[tuple[Row, str]]:
    """Return the rows of all sources, each with its source's name.

    Raises:
        SourceError: a source holds no row.
    """
    found: list[tuple[Row, str]] = []
    for source in sources:
        if isinstance(source, str | Path):
            found += [(row, str(source)) for row in read_run(str(source)).rows]
        else:
            found += [(row, "") for row in source]
    return found
