"""What a machine does of a sweep: run some cells in a session of pytest of its own, and give each as it ends.

Whoever calls it shares the folder of rows and the cache, or gets their files with the events.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mmgap.core.atomic import write_atomic
from mmgap.core.cache import Cache
from mmgap.core.paths import cache_dir
from mmgap.harness.sweep.told_cells import ASKED, Asked
from mmgap.rows.row import row_path

#: What is told of a cell: ``kind``, ``nodeid``, ``row`` …, see `mmgap.harness.sweep.told_cells`.
Event = dict[str, Any]

#: Seconds between two looks at what a session told, and letters of its last words that are kept.
LOOK, WORDS = 0.1, 2000


class NoProjectError(FileNotFoundError):
    """A machine without the folder that the sweep was started in."""


@dataclass(frozen=True)
class CellTask:
    """Some cells of a selection.

    Attributes:
        arguments: of pytest, as the sweep was given them.
        nodeids: of the cells; None for a plan, which measures none.
        folder: that the sweep was started in, on every machine.
        reports: folder of rows and report.
        token: name of a file that lies in ``reports`` and in the cache of who asks: where it is seen, they are shared.
        began: when the sweep began, in UTC.
        environment: variables that the session gets beside those of its machine.
        rows: content by file name of the rows that there are of these cells, for who does not share them.
    """

    arguments: tuple[str, ...]
    nodeids: tuple[str, ...] | None
    folder: str
    reports: str = ""
    token: str = ""
    began: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, bytes] = field(default_factory=dict)


def run_cells(task: CellTask) -> Iterator[Event]:
    """Run the cells, and yield what is told of each.

    The last event is of the session: ``{"kind": "ended", "code": …, "words": …}``, its exit status and last words.

    Raises:
        NoProjectError: the folder is not on this machine.
    """
    if not Path(task.folder).is_dir():
        raise NoProjectError(
            f"{socket.gethostname()} has no folder {task.folder}: every machine needs the project there"
        )
    with tempfile.TemporaryDirectory(prefix="mmgap-sweep-") as place:
        here = Path(place)
        shared = not task.token or Path(task.reports, task.token).exists()
        reports = Path(task.reports) if shared else here / "reports"
        for name, content in () if shared else task.rows.items():
            (reports / "rows").mkdir(parents=True, exist_ok=True)
            write_atomic(reports / "rows" / name, content)
        for event in _session(task, here, str(reports) if task.reports else ""):
            yield event | _files(event, task, shared=shared)


def all_of(task: CellTask) -> list[Event]:
    """Return what `run_cells` yields, when all of it is there."""
    return list(run_cells(task))


def _session(task: CellTask, place: Path, reports: str) -> Iterator[Event]:
    told, asked, log = place / "told.jsonl", place / "asked.json", place / "log.txt"
    told.touch()
    nodeids = None if task.nodeids is None else list(task.nodeids)
    about = Asked(told=str(told), parent=os.getpid(), chosen=nodeids, began=task.began)
    asked.write_text(json.dumps(about), encoding="utf-8")
    words = [
        "-p",
        "mmgap.harness.sweep.told_cells",
        "-p",
        "no:cacheprovider",
        *task.arguments,
        "--mmgap-no-report",
        "-q",
    ]
    words += ["-n", "0"] if find_spec("xdist") else []
    words += [f"--mmgap-reports={reports}"] if reports else []  # a path by itself would change what ids are relative to
    environment = {**os.environ, **task.environment, ASKED: str(asked)}
    with log.open("wb") as out:
        session = subprocess.Popen(
            [sys.executable, "-m", "pytest", *words],
            cwd=task.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            with told.open(encoding="utf-8") as lines:
                yield from _told(lines, session)
        finally:
            if session.poll() is None:
                session.kill()
            session.wait()
    last = log.read_text(encoding="utf-8", errors="replace").strip()[-WORDS:]
    yield {"kind": "ended", "code": session.returncode, "words": last}


def _told(lines: Any, session: subprocess.Popen[bytes]) -> Iterator[Event]:
    """The lines of the file as they are written, until the session is over."""
    rest, over = "", False
    while True:
        rest += lines.read()
        *whole, rest = rest.split("\n")
        yield from map(json.loads, whole)
        if over:
            return
        over = session.poll() is not None  # what it wrote before is read once more
        if not over:
            time.sleep(LOOK)


def _files(event: Event, task: CellTask, *, shared: bool) -> Event:
    """The files behind a row that whoever asked does not see: its own, and its arrays in the cache."""
    if event["kind"] == "unwritten":
        row = json.loads(event["content"])
        return {"name": row_path(Path(), row).name, "content": event["content"].encode(), "arrays": {}}
    if event["kind"] not in ("measured", "known"):
        return {}
    path = Path(event["row"])
    content = path.read_bytes()
    key = json.loads(content)["items"]
    arrays: dict[str, bytes] = {}
    if key and task.token and not Path(_cache(task), task.token).exists():
        cache = Cache(Path(_cache(task)))
        file = cache.path("items", {"row": key})
        there = [one for one in (file, file.with_suffix(".json")) if one.exists()]
        arrays = {one.relative_to(cache.root).as_posix(): one.read_bytes() for one in there}
    return {"name": path.name, "arrays": arrays} | ({} if shared else {"content": content})


def _cache(task: CellTask) -> str:
    return task.environment.get("MMGAP_CACHE") or str(cache_dir())
