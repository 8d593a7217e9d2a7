"""How far a streamed measurement has come, in a folder of the cache: killed, it goes on at its last strip.

A step is written to files that nobody reads before one small file says that it is done, so that a kill at any moment
leaves the state after the last whole step. The folder goes when the measurement is there.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from mmgap.core import paths
from mmgap.core.atomic import write_atomic
from mmgap.core.cache import canonical_json, key_digest
from mmgap.core.checked_json import JsonError, conform, read_json
from mmgap.core.locks import locked
from mmgap.evaluation.streaming.item_store import ItemStore
from mmgap.evaluation.streaming.tile_units import PassSums

#: Part of every key; raised when what is kept, or how it is computed, changes.
VERSION = 2

_STATE, _ABOUT = "state.json", "about.json"


class _Sums(TypedDict):
    total: float
    square: float
    absolute: float
    kernel: float
    counts: list[int]


class _Done(TypedDict):
    strips: int
    sums: _Sums


class Checkpoint:
    """The state of one measurement.

    Attributes:
        folder: where it lies.
        store: its arrays.
        resumed: strips that were there when it was opened.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.store = folder, ItemStore(folder)
        self._state: dict[str, _Done] = {}
        if (folder / _STATE).is_file():
            self._state = conform(read_json(folder / _STATE), dict[str, _Done], _STATE)
        self.resumed = sum(done["strips"] for done in self._state.values())

    def done(self, name: str) -> tuple[int, PassSums]:
        """Return how many strips of a pass are done, and what they summed up to."""
        if name not in self._state:
            return 0, PassSums()
        found: Any = self._state[name]
        sums = found["sums"]
        total, square, absolute, kernel = (float(sums[k]) for k in ("total", "square", "absolute", "kernel"))
        return found["strips"], PassSums(total, square, absolute, kernel, np.array(sums["counts"], dtype=np.int64))

    def commit(self, name: str, strips: int, sums: PassSums) -> None:
        """Say that so many strips of a pass are done, once all that they changed is on the disk."""
        self.store.flush()
        told: _Sums = {
            "total": sums.total,
            "square": sums.square,
            "absolute": sums.absolute,
            "kernel": sums.kernel,
            "counts": sums.counts.tolist(),
        }
        self._state[name] = {"strips": strips, "sums": told}
        write_atomic(self.folder / _STATE, json.dumps(self._state, allow_nan=False).encode())
        self.store.release()


@contextmanager
def checkpoint(key: Mapping[str, Any], files: list[str], say: Callable[[str], Any]) -> Iterator[Checkpoint]:
    """Hold the checkpoint of a measurement while it is made; it is removed when the block ends well.

    Another process that measures the same waits. What was left of the same files with other content is removed, and
    ``say`` gets a sentence about it, as about what is resumed.

    Args:
        key: all that changes the state: contents and options.
        files: what the measurement reads, for people.
        say: takes a line of text.
    """
    whole = {"version": VERSION, **key}
    root = streaming_dir()
    folder = root / key_digest(whole)[:32]
    with locked(root / f"{folder.name}.lock"):
        _drop_outdated(root, folder, whole, files, say)
        folder.mkdir(parents=True, exist_ok=True)
        write_atomic(folder / _ABOUT, canonical_json({"files": files, "key": whole}).encode())
        try:
            found = Checkpoint(folder)
        except JsonError as error:
            say(f"the state in {folder} is damaged ({error}): measuring starts anew")
            shutil.rmtree(folder)
            folder.mkdir()
            write_atomic(folder / _ABOUT, canonical_json({"files": files, "key": whole}).encode())
            found = Checkpoint(folder)
        yield found
        shutil.rmtree(folder)


def streaming_dir() -> Path:
    """Return the folder of what streamed measurements keep while they run."""
    return paths.cache_dir() / "streaming"


def columns_dir() -> Path:
    """Return the folder that columns of tables are copied to, where their rows can be read."""
    return streaming_dir() / "columns"


def _drop_outdated(
    root: Path, folder: Path, whole: Mapping[str, Any], files: list[str], say: Callable[[str], Any]
) -> None:
    """Remove unfinished states of these files from when they held something else, or other code read them."""
    from filelock import FileLock, Timeout

    for about in sorted(root.glob(f"*/{_ABOUT}")):
        try:
            other = read_json(about)
        except (JsonError, OSError):
            continue
        if about.parent == folder or not isinstance(other, dict) or other.get("files") != files:
            continue
        key = other.get("key", {})
        changed = [name for name in ("content", "version") if key.get(name) != whole.get(name)]
        if not changed:
            continue
        try:
            with FileLock(root / f"{about.parent.name}.lock", timeout=0):
                shutil.rmtree(about.parent, ignore_errors=True)
        except (Timeout, OSError):  # somebody still measures what was there
            continue
        why = "the files have changed" if "content" in changed else "mmgap has changed"
        say(f"an unfinished measurement of {', '.join(files)} cannot be resumed, {why}: it starts anew")
