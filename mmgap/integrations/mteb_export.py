"""Rows as results of mteb: ``MODEL/REVISION/TASK.json`` and ``model_meta.json``, in the layout of mteb's own cache."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mmgap.core.atomic import write_atomic
from mmgap.rows.mteb_results import OWN
from mmgap.rows.row import Row, cell_slug, slug

#: The first of these that a row has is its main score; where it has none, the first of which more is better.
MAIN = ("t2i_r1", "i2t_r1", "top1", "accuracy", "t2i_r1_own", "i2t_r1_own", "main_score")

#: Codes of libraries for languages that have another in ISO 639-3, which mteb has.
_BIBLIOGRAPHIC = set(
    "alb arm baq bur chi cze dut fre geo ger gre ice mac mao may per rum slo tib wel".split()  # noqa: SIM905
)


def mteb_result(row: Row) -> dict[str, Any]:
    """Return a finished row of an encoder on a data set as the content of a result file of mteb.

    ``scores`` has one split with one subset, every metric by mmgap's name, the languages and the main score; beside
    them the row itself with its intervals, which `mmgap.rows.mteb_results` reads back as it was. ``mteb_version`` is
    null: mteb measured nothing.

    Raises:
        ValueError: the row has no encoder, data set or metrics.
    """
    cell, inputs, metrics = row["cell"], row["inputs"], row["metrics"]
    if not (cell["encoder"] and cell["dataset"] and metrics and row["status"] == "ok"):
        raise ValueError("a result of mteb is of a model on a task, finished, with scores")
    main = _main(row)
    entry = {
        "hf_subset": "default",
        "languages": [_language(str(inputs.get("language") or ""))],
        "main_score": metrics[main]["value"],
        **{name: metric["value"] for name, metric in metrics.items()},
        "main_metric": main,
        OWN: row,
    }
    return {
        "dataset_revision": str(inputs.get("dataset_revision") or "unknown"),
        "task_name": task_name(row),
        "mteb_version": None,
        "scores": {str(inputs.get("split") or "test"): [entry]},
        "evaluation_time": row["time"].get("total"),
        "kg_co2_emissions": None,
        "date": row["started_at"] or None,
    }


def write_mteb(folder: Path, rows: Iterable[Row]) -> tuple[list[Path], int]:
    """Write the results of rows below ``folder``; return the files, and how many rows are of no model on a task.

    The model is the encoder; what else tells a row from others (space, loss, variant, seed) is its revision, so that
    no two rows share a file.
    """
    written, left = [], 0
    for row in rows:
        try:
            result = mteb_result(row)
        except ValueError:
            left += 1
            continue
        name = _file_name(str(row["cell"]["encoder"]).replace("/", "__"))
        revision = f"{cell_slug({**row['cell'], 'encoder': None, 'dataset': None})[:100]}-{row['key'][:12]}"
        place = folder / name / revision
        place.mkdir(parents=True, exist_ok=True)
        meta = {"name": name.replace("__", "/"), "revision": revision}
        for file, content in ((f"{result['task_name']}.json", result), ("model_meta.json", meta)):
            text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
            write_atomic(place / file, f"{text}\n".encode())
        written.append(place / f"{result['task_name']}.json")
    return written, left


def task_name(row: Row) -> str:
    """Return what a row's task is called: experiment and data set, ``measure-glyphs-en``."""
    return f"{row['cell']['experiment']}-{slug(str(row['cell']['dataset']))}"


def _main(row: Row) -> str:
    metrics = row["metrics"]
    better = (name for name, metric in metrics.items() if metric["higher_is_better"])
    return next((name for name in MAIN if name in metrics), None) or next(better, next(iter(metrics)))


def _language(code: str) -> str:
    """A language as mteb spells it, with its script: ``en`` → ``eng-Latn``; ``und-Zyyy`` where nobody says it."""
    from babel.core import get_global

    short = code.split("-")[0].split("_")[0].lower()
    likely = get_global("likely_subtags").get(short, "").split("_")
    long = [three for three, two in get_global("language_aliases").items() if two == short and len(three) == 3]
    long = [code for code in long if code not in _BIBLIOGRAPHIC]
    return f"{long[0]}-{likely[1]}" if long and len(likely) == 3 else "und-Zyyy"


def _file_name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._+-]+", "-", text).strip("-")
