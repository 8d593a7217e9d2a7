"""Results of mteb read as rows: a file a task, as ``mteb.TaskResult`` writes it; no interval is invented.

A result that mmgap wrote for mteb has its row with it, which comes back as it was.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from mmgap.core.checked_json import JsonError, conform, parse_json, read_content
from mmgap.core.messages import Message, quoted, reason
from mmgap.rows.row import SCHEMA, CellDict, MetricDict, Row, row_key

#: The experiment of rows that mteb measured.
EXPERIMENT = "mteb"

#: Under which name a result holds the row that mmgap measured.
OWN = "mmgap_row"

#: Scores that are shares: the mean over queries of something between 0 and 1.
_SHARES = re.compile(r"(ndcg|map|mrr|recall|precision|hit_rate)_at_\d+|accuracy|f1|f1_weighted|ap|lrap|v_measure")
_NAME = re.compile(r"[a-z][a-z0-9_.+*-]*")


def is_mteb(content: Any) -> bool:
    """Return whether the content of a JSON file is a result of mteb."""
    return isinstance(content, dict) and "task_name" in content and isinstance(content.get("scores"), dict)


def mteb_rows(path: Path) -> tuple[list[Row], list[str]]:
    """Return the rows of a result file, or of all below a folder, a row for each split and subset; and in words, which
    files are no result.

    The encoder is the model's name as the folders say it (``results/MODEL/REVISION/TASK.json``, else None), the data
    set the task, every finite score a metric. `provenance.read_from` names mteb's version.
    """
    rows: list[Row] = []
    refused: list[str] = []
    for file in [path] if path.is_file() else sorted(path.rglob("*.json")):
        try:
            content = json.loads(read_content(file))
            if is_mteb(content):
                rows += _rows(content, file)
            elif isinstance(content, dict) and "mteb_dataset_name" in content:
                refused.append(f"{file}: a result of mteb before 1.11: read and save it by mteb.TaskResult")
        except (ValueError, OSError, RecursionError) as error:
            refused.append(f"{file}: not a readable result of mteb ({reason(error)})")
    return rows, refused


def _rows(content: dict[str, Any], file: Path) -> Iterator[Row]:
    version = content.get("mteb_version")
    for split, entries in content["scores"].items():
        if not isinstance(entries, list):
            raise JsonError(f"the scores of split {quoted(split)!r} are no list")
        for entry in entries:
            if not isinstance(entry, dict) or "main_score" not in entry:
                raise JsonError(f"a score of split {quoted(split)!r} has no main_score")
            if OWN in entry:
                yield _own(entry[OWN], file)
            else:
                yield _foreign(content, str(split), entry, str(entry.get("mteb_version") or version or "unknown"), file)


def _own(row: Any, file: Path) -> Row:
    """The row that mmgap exported, and where it was read."""
    conform(parse_json(json.dumps(row), str(file)), Row, str(file))
    return cast(Row, {**row, "provenance": {**row["provenance"], "read_from": "mmgap, by way of mteb's format"}})


def _foreign(content: Mapping[str, Any], split: str, entry: Mapping[str, Any], version: str, file: Path) -> Row:
    model, revision = _model(file)
    subset = str(entry.get("hf_subset", "default"))
    cell: CellDict = {
        "experiment": EXPERIMENT,
        "encoder": model,
        "dataset": str(content["task_name"]),
        "loss": None,
        "seed": 0,
        "variant": {"split": split, "subset": subset},
    }
    inputs = {
        "mteb_version": version,
        "dataset_revision": content.get("dataset_revision"),
        "split": split,
        "languages": entry.get("languages"),
        "model_revision": revision,
    }
    metrics = {name.lower(): metric for name, value in entry.items() if (metric := _metric(name.lower(), value))}
    seconds = content.get("evaluation_time")
    date = content.get("date")
    return {
        "schema": SCHEMA,
        "key": row_key(cell, inputs),
        "cell": cell,
        "inputs": inputs,
        "status": "ok",
        "error": None,
        "metrics": metrics,
        "notes": [Message("Read from a result of mteb {version}: it has no intervals.", version=version)],
        "items": None,
        "time": {"total": float(seconds)} if isinstance(seconds, int | float) and math.isfinite(seconds) else {},
        "memory": {},
        "provenance": {"read_from": f"mteb {version}", "libraries": {"mteb": version}},
        "started_at": "" if date is None else str(date),
    }


def _metric(name: str, value: Any) -> MetricDict | None:
    """A score; None for what is no finite number, as lists of single runs, words and NaN."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    if not _NAME.fullmatch(name):
        return None
    share = bool(_SHARES.fullmatch(name))
    return {
        "value": float(value),
        "ci_low": None,
        "ci_high": None,
        "n": None,
        "unit": "share" if share and 0 <= value <= 1 else None,
        "higher_is_better": True if share or name == "main_score" else None,
    }


def _model(file: Path) -> tuple[str | None, str | None]:
    """The model and its revision, as the folders of mteb's cache have them; None where there are no such folders."""
    folders = file.resolve().parts
    if len(folders) < 4 or folders[-4] != "results":
        return None, None
    return folders[-3].replace("__", "/"), folders[-2]
