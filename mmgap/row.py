"""The result row: one cell of the grid, what went in, what came out, and where it was made. Plain JSON.

The standard library only: every pytest session of the environment may import this.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, TypedDict, cast

from mmgap.cache import canonical_json, write_atomic

#: Version of this schema; a reader refuses rows of a newer one.
SCHEMA = 1

#: Version of the measuring code; raising it makes every cell be measured again.
MEASURE_VERSION = 1

Status = Literal["running", "ok", "failed", "oom"]


class CellDict(TypedDict):
    """The coordinates of a result in the grid."""

    experiment: str  # which protocol: "measure", "theory", "cones" …
    encoder: str | None  # spec, None where the experiment has no encoder
    dataset: str | None  # spec, None where the experiment has no data
    loss: str | None  # expression, "initial" for no training
    seed: int  # of everything random in the cell
    variant: dict[str, Any]  # what else distinguishes it: captions, table, architecture, tuning …


class Metric(TypedDict):
    """One number, and how sure it is."""

    value: float
    ci_low: float | None  # lower end of the 95 % interval, None where none was estimated
    ci_high: float | None  # upper end
    n: int | None  # items behind the value
    unit: str | None  # None: a pure number; "share": in [0, 1]; "s"; "MB" …
    higher_is_better: bool | None  # None: neither


class ErrorDict(TypedDict):
    """Why a cell failed."""

    type: str  # class of the exception
    message: str  # its words
    tail: str  # last lines of the traceback


class Row(TypedDict):
    """One result. Rows are written when their cell ends, and never changed afterwards."""

    schema: int  # version of this layout
    key: str  # SHA-256 of canonical JSON of cell + inputs: equal key, equal result expected
    cell: CellDict
    inputs: dict[str, Any]  # everything that changes the result: revisions, hashes, split, prompt, dtype, pool …
    status: Status  # "running" on disk means that the process died: such a cell counts as unfinished
    error: ErrorDict | None
    metrics: dict[str, Metric]  # in the order they were recorded
    notes: list[str]  # footnotes a reader must see: about the data, the protocol, what was left out
    items: str | None  # key of the per-item arrays in the cache's "items" folder, for paired tests and plots
    time: dict[str, float]  # seconds by phase: load, encode, measure, total …
    memory: dict[str, float]  # MB: peak resident size of the process
    provenance: dict[str, Any]  # git revision, library versions, device, threads, deterministic …
    started_at: str  # UTC, ISO 8601


class RowError(ValueError):
    """A row file that cannot be read; the message names it."""


def row_key(cell: CellDict, inputs: dict[str, Any]) -> str:
    """SHA-256 of the canonical JSON of cell and inputs."""
    return hashlib.sha256(canonical_json({"cell": cell, "inputs": inputs}).encode()).hexdigest()


def slug(text: str) -> str:
    """Lower-case words joined by hyphens, which ``-k`` can match: what ids and file names are made of.

    Accents fall away; letters of other scripts do, too, and leave a digest of the text behind.

    >>> slug("two-towers:mobilenet-v2,minilm,random"), slug("folder:Straße Ñandú")
    ('two-towers-mobilenet-v2-minilm-random', 'folder-strasse-nandu')
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    lost = any(c.isalnum() and not c.isascii() for c in plain)
    told = f"{plain}-{hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()[:6]}" if lost else plain
    return re.sub(r"[^a-z0-9.+_]+", "-", told).strip("-")


def cell_slug(cell: CellDict) -> str:
    """Readable id of a cell, the same wherever it is shown: ``tiny-random-glyphs-en-initial-captions-first-s0``."""
    axes = [cell["encoder"], cell["dataset"], cell["loss"]]
    variant = [f"{slug(name)}-{slug(str(value))}" for name, value in sorted(cell["variant"].items())]
    return "-".join([*(slug(a) for a in axes if a), *variant, f"s{cell['seed']}"])


def row_path(folder: Path, row: Row) -> Path:
    """Where a row lies: ``<folder>/<experiment>-<cell>-<key>.json``, short enough for any file system."""
    name = f"{row['cell']['experiment']}-{cell_slug(row['cell'])}"
    return folder / f"{name[:160]}-{row['key'][:16]}.json"


def write_row(folder: Path, row: Row) -> Path:
    """Write the whole row or nothing."""
    path = row_path(folder, row)
    write_atomic(path, (json.dumps(row, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode())
    return path


def read_row(path: Path) -> Row:
    """Raises `RowError` for a file that is no row, or one of a newer schema."""
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RowError(f"{path}: not a readable row ({error}); delete it to measure its cell again") from error
    missing = Row.__required_keys__ - set(row) if isinstance(row, dict) else {"schema"}
    if missing:
        raise RowError(f"{path}: not a row, it lacks {', '.join(sorted(missing))}")
    if row["schema"] > SCHEMA:
        raise RowError(f"{path}: schema {row['schema']} is newer than this mmgap reads ({SCHEMA}); update mmgap")
    return cast(Row, row)


def read_rows(folder: Path) -> list[Row]:
    """All rows of a folder, in the order of their file names; see `latest` for one row a cell."""
    return [read_row(path) for path in sorted(folder.glob("*.json")) if not path.name.startswith(".")]


def latest(rows: Iterable[Row]) -> list[Row]:
    """The newest row of each cell: rows of older code or data stay on disk but are not shown."""
    newest: dict[str, Row] = {}
    for row in rows:
        cell = canonical_json(row["cell"])
        if cell not in newest or row["started_at"] >= newest[cell]["started_at"]:
            newest[cell] = row
    return list(newest.values())
