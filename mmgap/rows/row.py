"""The result row: one cell of the grid, what went in, what came out, and where it was made. Plain JSON.

The standard library only: every pytest session of the environment may import this.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from glob import escape
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict, cast

from mmgap.core.atomic import write_atomic
from mmgap.core.cache import canonical_json
from mmgap.core.checked_json import JsonError, conform, parse_json, read_content
from mmgap.core.integrity import DamagedError, check_seal, sealed_json, without_seal
from mmgap.core.messages import Note, text_of
from mmgap.rows.older_names import todays_name
from mmgap.rows.recall_names import recall_name

#: Version of this schema; a reader refuses rows of a newer one. 2: a note may be a message with its values.
SCHEMA = 2

#: Version of the measuring code; raising it makes every cell be measured again. 2: recalls in pools are exact where
#: images share a caption; misalignment, matched cosines, l2i, rmg and the recalls called ``…_own`` go by own pairs
#: alone; intervals are robust to clusters of captions; the gap is corrected for its bias too; the uniformity of texts
#: leaves out the pairs of one image. 3: intervals of skewed means are wider, those of recalls count hubs.
#: 4: hubness and the share of items never retrieved stand in every row.
MEASURE_VERSION = 4

Status = Literal["running", "ok", "failed", "oom"]


class CellDict(TypedDict):
    """The coordinates of a result in the grid."""

    experiment: str  # which protocol: "measure", "theory", "cones" …
    encoder: str | None  # spec, None where the experiment has no encoder
    dataset: str | None  # spec, None where the experiment has no data
    space: NotRequired[str]  # spec, absent where vectors are measured as they are
    adapter: NotRequired[str]  # spec, absent where nothing is classified
    loss: str | None  # expression, "initial" for no training
    seed: int  # of everything random in the cell
    variant: dict[str, Any]  # what else distinguishes it: captions, table, architecture, tuning …


class MetricDict(TypedDict):
    """One number, and how sure it is."""

    value: float
    ci_low: float | None  # lower end of the 95 % interval, None where none was estimated
    ci_high: float | None  # upper end
    n: int | None  # items behind the value
    unit: str | None  # None: a pure number; "share": in [0, 1]; "points"; "s" …
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
    inputs: dict[str, Any]  # everything that changes the result: identities of code, revisions, hashes, split, dtype …
    status: Status  # "running" on disk means that the process died: such a cell counts as unfinished
    error: ErrorDict | None
    metrics: dict[str, MetricDict]  # in the order they were recorded
    notes: list[str | Note]  # footnotes a reader must see: about the data, the protocol, what was left out
    items: str | None  # key of the per-item arrays in the cache's "items" folder, for paired tests and plots
    time: dict[str, float]  # seconds by phase: load, encode, measure, total …
    memory: dict[str, float]  # MB: peak resident size of the process
    provenance: dict[str, Any]  # git revision, library versions, device, threads, deterministic …
    started_at: str  # UTC, ISO 8601


class _CodeIdentity(TypedDict, total=False):
    """What is read of an entry of ``inputs.identities`` (`mmgap.core.identity`)."""

    version: int
    source: str | None
    file: str | None
    module: str | None
    distribution: str | None


class _CodeOfRow(TypedDict, total=False):
    """What is read of a row's inputs here."""

    measure_version: int
    experiment_source_hash: str | None
    identities: dict[str, _CodeIdentity]


class RowError(ValueError):
    """A row file that cannot be read; the message names it and the cure."""


class NewerRowError(RowError):
    """A row of a newer mmgap, which is not this one's to replace."""


def row_key(cell: CellDict, inputs: dict[str, Any]) -> str:
    """Return the SHA-256 of the canonical JSON of cell and inputs."""
    return hashlib.sha256(canonical_json({"cell": cell, "inputs": inputs}).encode()).hexdigest()


@lru_cache(maxsize=4096)  # a grid of thousands of cells is made of some hundred names
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
    axes = [cell["encoder"], cell["dataset"], cell.get("space"), cell.get("adapter"), cell["loss"]]
    variant = [f"{slug(name)}-{slug(str(value))}" for name, value in sorted(cell["variant"].items())]
    return "-".join([*(slug(a) for a in axes if a), *variant, f"s{cell['seed']}"])


def row_path(folder: Path, row: Row) -> Path:
    """Return where a row lies: ``<folder>/<experiment>-<cell>-<key>.json``, short enough for any file system."""
    return folder / f"{_stem(row['cell'])}-{row['key'][:16]}.json"


def row_files_of(folder: Path, cell: CellDict) -> list[Path]:
    """Return the files of a folder that should hold rows of a cell, whatever its inputs were."""
    return sorted(folder.glob(f"{escape(_stem(cell))}-{'[0-9a-f]' * 16}.json"))


def _stem(cell: CellDict) -> str:
    return f"{cell['experiment']}-{cell_slug(cell)}"[:160]


def write_row(folder: Path, row: Row) -> Path:
    """Write the whole row or nothing."""
    path = row_path(folder, row)
    write_atomic(path, row_bytes(row))
    return path


def row_bytes(row: Row) -> bytes:
    """Return what a row's file holds, with its seal (`mmgap.core.integrity`).

    Raises:
        ValueError: a number is not finite.
    """
    return sealed_json(cast(dict[str, Any], row))


def read_row(path: Path) -> Row:
    """Return a row as it was written.

    Raises:
        NewerRowError: it is of a newer schema.
        RowError: the file holds no row, or another than was written into it.
    """
    content = b""
    try:
        content = read_content(path)
        found = parse_json(content, str(path))
    except (JsonError, OSError) as error:
        raise _no_row(path, content, "not a readable row", error) from error
    schema = found.get("schema") if isinstance(found, dict) else None
    if isinstance(schema, int) and schema > SCHEMA:  # whose seal may be of another kind, too
        raise NewerRowError(f"{path}: schema {schema} is newer than this mmgap reads ({SCHEMA}); update mmgap")
    try:
        conform(found, Row, str(path))
        conform(found["inputs"], _CodeOfRow, f"{path}: inputs")
        return cast(Row, without_seal(found, str(path), has_seal=check_seal(content, str(path))))
    except (JsonError, DamagedError) as error:
        raise _no_row(path, content, "not a row, or not as it was written", error) from error


def _no_row(path: Path, content: bytes, what: str, error: Exception) -> RowError:
    """What is wrong with a file; only what mmgap wrote, by its name or its first bytes, is said to be deleted."""
    ours = re.search(r"-[0-9a-f]{16}\.json$", path.name) or re.match(rb'\s*\{\s*"(sha256|schema)"', content)
    cure = "delete it to measure its cell again" if ours else "mmgap did not write it: name another file or folder"
    return RowError(f"{path}: {what} ({_without(path, error)}); {cure}")


def _without(path: Path, error: Exception) -> str:
    """What an error says of a file that has been named already."""
    return str(error).removeprefix(str(path)).lstrip(": ")


def read_rows(folder: Path) -> tuple[list[Row], list[str]]:
    """Return the rows of a folder by file name, or of one file, and why each file that holds none could not be read.

    Of a folder of reports, as ``pytest --reports`` makes it, those in its ``rows`` are read. A data set that was called
    otherwise then has today's name (`mmgap.rows.older_names`). `latest` leaves one row a cell.

    Raises:
        FileNotFoundError: there is neither.
    """
    if not folder.exists():
        raise FileNotFoundError(f"{folder}: no such file or folder")
    rows, refused = [], []
    for path in [folder] if folder.is_file() else row_files(folder) or row_files(folder / "rows"):
        try:
            rows.append(_renamed(read_row(path)))
        except RowError as error:
            refused.append(str(error))
    return rows, refused


def _renamed(row: Row) -> Row:
    """The row with its data set under today's name; itself where that has not changed."""
    dataset = row["cell"]["dataset"]
    if dataset is None:
        return row
    name = todays_name(dataset, code_identities(row).get("dataset", {}).get("version", 1))
    return row if name == dataset else {**row, "cell": {**row["cell"], "dataset": name}}


def row_files(folder: Path) -> list[Path]:
    """Return the files of a folder that should hold rows, by name."""
    return sorted(path for path in folder.glob("*.json") if not path.name.startswith("."))


def latest(rows: Iterable[Row]) -> list[Row]:
    """Return the newest row of each cell: rows of older code or data stay on disk but are not shown."""
    newest: dict[str, Row] = {}
    for row in rows:
        cell = canonical_json(row["cell"])
        if cell not in newest or row["started_at"] >= newest[cell]["started_at"]:
            newest[cell] = row
    return list(newest.values())


def notes_of(row: Row) -> list[str]:
    """Return the footnotes of a row in English; those that are a `mmgap.core.messages.Message` can be translated."""
    return [text_of(note) for note in row["notes"]]


def measure_version(row: Row) -> int:
    """Return which measuring code a row is of; 1 where it does not say."""
    return int(row["inputs"].get("measure_version", 1))


def code_identities(row: Row) -> dict[str, Any]:
    """Return the code behind a row by what it is of; of rows without identities the hash of the experiment's file."""
    inputs = row["inputs"]
    return inputs.get("identities") or {"experiment": {"source": inputs.get("experiment_source_hash")}}


def migrated(row: Row) -> Row:
    """Return a row with its metrics under the names of this measuring code, values as they were; itself where it has
    them.

    Of version 1: ``X_strict`` becomes ``X_own``; a recall without it, all of whose captions are distinct, is its own.
    ``inputs.measure_version`` stays what it is, and ``provenance.metrics_named_as`` says whose names they are.
    """
    if measure_version(row) >= MEASURE_VERSION:
        return row
    recalls = {name: found for name in row["metrics"] if (found := recall_name(name)) is not None}
    own = {name: str(replace(recall, relevance="own")) for name, recall in recalls.items()}
    strict = {name for name, recall in recalls.items() if recall.relevance == "strict"}
    metrics = {own[name] if name in strict else name: metric for name, metric in row["metrics"].items()}
    for name in (name for name, recall in recalls.items() if recall.plain):
        metrics.setdefault(own[name], row["metrics"][name])
    if metrics.keys() == row["metrics"].keys():
        return row
    return {**row, "metrics": metrics, "provenance": {**row["provenance"], "metrics_named_as": MEASURE_VERSION}}
