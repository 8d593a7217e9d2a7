"""A cell's row from its setup to its end: resumed, claimed, filled and written.

Loaded in every pytest session of the environment, so it imports the standard library and pytest only.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import pytest

from mmgap.core import failures
from mmgap.core.identity import distributions
from mmgap.core.messages import note_of
from mmgap.harness import options
from mmgap.harness.claims import Claim, ClaimedError
from mmgap.rows.cell import Cell
from mmgap.rows.recorder import Recorder
from mmgap.rows.row import SCHEMA, NewerRowError, Row, RowError, read_row, row_bytes, row_key, row_path

#: When the session began, in UTC.
BEGAN = pytest.StashKey[str]()


def new_row(cell: Cell, inputs: dict[str, Any], started_at: str) -> Row:
    """The row of a cell that has begun: if its process dies, this is what remains."""
    coordinates = cell.to_dict()
    return {
        "schema": SCHEMA,
        "key": row_key(coordinates, inputs),
        "cell": coordinates,
        "inputs": inputs,
        "status": "running",
        "error": None,
        "metrics": {},
        "notes": [],
        "items": None,
        "time": {},
        "memory": {},
        "provenance": {},
        "started_at": started_at,
    }


def claimed(item: pytest.Item, row: Row) -> Claim:
    """The cell for this process alone, with its running row; or skip, or fail, where the row on disk answers for it."""
    folder = options.reports_dir(item.config) / "rows"
    _resume(item, row_path(folder, row), row["key"])
    try:
        claim = Claim.of(folder, row)
    except ClaimedError as error:
        skip(item, "absent", str(error))
    try:
        _resume(item, claim.path, row["key"])  # it may have been measured since
        with suppress(OSError):  # a full disk: the end of the cell tells, if there still is no room by then
            claim.begin()
    except BaseException:
        claim.release()
        raise
    return claim


def now() -> str:
    """The time in UTC, as rows have it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _resume(item: pytest.Item, path: Path, key: str) -> None:
    """Skip or fail here where the row on disk answers for the cell; return where it must run."""
    refresh = item.config.getoption("mmgap_refresh")
    try:
        known = read_row(path) if path.exists() else None
    except RowError as error:
        if refresh == "never" or isinstance(error, NewerRowError):
            raise pytest.fail.Exception(str(error), pytrace=False) from None
        tell(item, f"{str(error).partition('; ')[0]}; its cell is measured again")
        known = None
    if known is not None and row_key(known["cell"], known["inputs"]) != key:
        tell(item, f"{path} is not the row of its cell; the cell is measured again")
        known = None
    if known is not None and known["status"] == "running":
        known = None  # whoever began it is dead, or claims it
    if refresh == "never" and known is None:
        skip(item, "absent", "no row yet; leave out --refresh never to measure it")
    if known is None or (_due(known, refresh) and not known["started_at"] > item.config.stash[BEGAN]):
        return
    item.user_properties += [("mmgap_row", str(path)), ("mmgap_known", True)]
    if known["status"] == "ok":
        pytest.skip(f"measured already: {path.name}")
    why = known["error"] or {"type": known["status"], "message": "", "tail": ""}
    pytest.fail(f"failed before: {why['type']}: {why['message']}\n(--refresh failed runs it again)", pytrace=False)


def _due(known: Row, refresh: str) -> bool:
    """Whether a finished cell is to run again; one whose arrays could not be kept is, unless rows are only shown."""
    if refresh == "never":
        return False
    return refresh == "all" or "items_lost" in known["provenance"] or (known["status"] != "ok" and refresh == "failed")


def tell(item: pytest.Item, line: str) -> None:
    """A line for the end of the run."""
    item.user_properties.append(("mmgap_told", line))


def skip(item: pytest.Item, why: str, words: str) -> NoReturn:
    """Skip the cell; the end of the run counts it under ``why`` and shows the words."""
    item.user_properties.append(("mmgap_skip", f"{why}|{words}"))
    pytest.skip(words)


def fill(item: pytest.Item, row: Row, call: pytest.CallInfo[None], recorder: Recorder, seconds: float) -> None:
    """Put what the cell gave into its row, and its arrays into the cache."""
    from mmgap.rows.provenance import peak_memory, provenance

    row["status"] = "ok"
    if call.excinfo is not None:
        row["status"] = "oom" if failures.is_memory(call.excinfo.value) else "failed"
        row["error"] = {
            "type": call.excinfo.typename,
            "message": str(call.excinfo.value)[:2000],
            "tail": "\n".join(str(call.excinfo.getrepr(style="short")).splitlines()[-12:]),
        }
    row["metrics"], row["notes"] = recorder.metrics, [note_of(note) for note in recorder.notes]
    row["time"] = {**recorder.time, "total": seconds}
    row["memory"] = {**recorder.memory, **peak_memory()}
    row["provenance"] = {
        **provenance(item.config.rootpath, item.config.getoption("mmgap_device"), distributions(row["inputs"])),
        "seed": row["cell"]["seed"],
    }
    if recorder.items and row["status"] == "ok":
        from mmgap.core.cache import Cache, CacheError

        try:
            Cache().keep("items", {"row": row["key"]}, recorder.items)
            row["items"] = row["key"]
        except CacheError as error:
            row["provenance"]["items_lost"] = str(error)
            tell(item, f"{error}. The cell is measured again by the next run")


def complete(item: pytest.Item, claim: Claim) -> None:
    """Write the row; one that cannot be written is shown all the same, and written at the end if that is possible."""
    try:
        if claim.complete():
            item.user_properties.append(("mmgap_row", str(claim.path)))
        else:
            tell(item, f"{claim.path.name}: failed now; the earlier result stays")
    except OSError:
        item.user_properties.append(("mmgap_unwritten", row_bytes(claim.row).decode()))
