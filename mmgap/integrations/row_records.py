"""Rows of results as plain records: one a metric (long) or one a row (wide), with units and intervals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from mmgap.report.labels import label
from mmgap.rows.row import Row
from mmgap.rows.row_changes import asked

#: What a column holds: text, a float of 64 bits, a whole number, or an object (JSON text where a format has none).
Kind: TypeAlias = Literal["text", "number", "whole", "object"]

#: A record: column → value, None where there is none; never NaN.
Record: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """A column of a table of rows.

    Attributes:
        name: as it is written.
        kind: of its values, each of which may be absent.
        help: what it holds.
    """

    name: str
    kind: Kind
    help: str


#: What tells a row from others.
_CELL = (
    Column("key", "text", "SHA-256 of the cell and everything that went in; equal keys, equal results"),
    Column("source", "text", "folder, file or revision that the row was read from"),
    Column("experiment", "text", "which protocol: measure, spaces, train …"),
    Column("encoder", "text", "spec of the encoder; absent where the experiment has none"),
    Column("dataset", "text", "spec of the data set; likewise"),
    Column("space", "text", "spec of the space; absent where vectors are measured as they are"),
    Column("adapter", "text", "spec of the adapter; absent where nothing is classified"),
    Column("loss", "text", "expression of the loss; absent, or initial, where nothing is trained"),
    Column("seed", "whole", "of everything random in the cell"),
    Column("variant", "object", "what else distinguishes the cell"),
)

#: How a row came about.
_ORIGIN = (
    Column("status", "text", "ok, failed, oom or running"),
    Column("error", "text", "class and words of what a failed row ended with"),
    Column("read_from", "text", "the tool whose results were read, as mteb 2.26.24; absent for mmgap's own rows"),
    Column("measure_version", "whole", "of the measuring code; rows of several are not to be compared"),
    Column("versions", "object", "of the libraries"),
    Column("started_at", "text", "UTC, ISO 8601"),
)

#: The columns of the long table, in order: one line for each metric of a row, one without metric for a row of none.
LONG = (
    *_CELL,
    Column("metric", "text", "name of the metric"),
    Column("label", "text", "what reports call it"),
    Column("unit", "text", "share (of 1), points (of a hundred), count, p, s, ms, MB; absent for a plain number"),
    Column("better", "text", "higher or lower; absent where neither is"),
    Column("value", "number", "the value, in its unit"),
    Column("low", "number", "lower end of the 95 % interval; absent where none was estimated"),
    Column("high", "number", "upper end"),
    Column("n", "whole", "items behind the value"),
    Column("method", "text", "how the interval was made, where the row says so"),
    *_ORIGIN,
)

#: The first columns of the wide table; behind them stand NAME, and NAME:low and NAME:high where a row has an interval.
WIDE = (*_CELL, *_ORIGIN, Column("units", "object", "the unit of each metric of the row that has one"))

_DIRECTION = {True: "higher", False: "lower", None: None}


def long_records(
    rows: Iterable[tuple[Row, str]], metrics: Sequence[str] = (), language: str = "en"
) -> Iterator[Record]:
    """Yield the records of `LONG`, row by row, metrics in the order in which they were recorded.

    Args:
        rows: each with the name of its source.
        metrics: only these, by name or as ``t2i_*``.
        language: of the labels.
    """
    for row, source in rows:
        found: Record = {name: metric for name, metric in row["metrics"].items() if asked(name, metrics)}
        if not found and row["metrics"]:
            continue
        cell, origin = _cell(row, source), _origin(row)
        listed: list[tuple[str | None, Record]] = list(found.items()) or [(None, {})]
        for name, metric in listed:
            measured = {
                "metric": name,
                "label": None if name is None else label(name, language),
                "unit": metric.get("unit"),
                "better": _DIRECTION[metric.get("higher_is_better")],
                "value": metric.get("value"),
                "low": metric.get("ci_low"),
                "high": metric.get("ci_high"),
                "n": metric.get("n"),
                "method": metric.get("method"),
            }
            yield {**cell, **measured, **origin}


def wide_records(rows: Iterable[tuple[Row, str]], metrics: Sequence[str] = ()) -> tuple[list[Column], list[Record]]:
    """Return the columns, `WIDE` and those of the metrics, and a record for each row; arguments as `long_records`."""
    records: list[Record] = []
    names: dict[str, bool] = {}
    for row, source in rows:
        found = {name: metric for name, metric in row["metrics"].items() if asked(name, metrics)}
        record = {**_cell(row, source), **_origin(row)}
        record["units"] = {name: metric["unit"] for name, metric in found.items() if metric["unit"]}
        for name, metric in found.items():
            ends = {f"{name}:low": metric["ci_low"], f"{name}:high": metric["ci_high"]}
            names[name] = names.get(name, False) or any(end is not None for end in ends.values())
            record |= {name: metric["value"], **ends}
        records.append(record)
    columns = [*WIDE]
    for name, interval in names.items():
        columns.append(Column(name, "number", label(name, "en")))
        for end, words in (("low", "lower"), ("high", "upper")) if interval else ():
            columns.append(Column(f"{name}:{end}", "number", f"{words} end of the 95 % interval of {name}"))
    return columns, [{column.name: record.get(column.name) for column in columns} for record in records]


def _cell(row: Row, source: str) -> Record:
    cell = row["cell"]
    axes = ("experiment", "encoder", "dataset", "space", "adapter", "loss", "seed", "variant")
    return {"key": row["key"], "source": source, **{name: cell.get(name) for name in axes}}


def _origin(row: Row) -> Record:
    error = row["error"]
    libraries = row["provenance"].get("libraries")
    return {
        "status": row["status"],
        "error": None if error is None else f"{error['type']}: {error['message']}",
        "read_from": row["provenance"].get("read_from"),
        "measure_version": row["inputs"].get("measure_version"),
        "versions": libraries if isinstance(libraries, dict) else None,
        "started_at": row["started_at"] or None,
    }
