"""In which machines, libraries and measuring code two runs differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from mmgap.core.cache import canonical_json
from mmgap.rows.row import Row, measure_version

#: What is looked at of a row's provenance, besides its libraries.
PLACES = ("python", "platform", "cpus", "device", "device_name", "cuda", "threads", "deterministic")


def machine_changes(before: Iterable[Row], after: Iterable[Row]) -> list[str]:
    """Return what differs between the two rows of cells that both runs have, in words, with how many cells it does in.

    >>> from mmgap.rows.row import Row
    >>> machine_changes([], [])
    []
    """
    a, b = ({canonical_json(row["cell"]): row for row in rows} for rows in (before, after))
    found: Counter[str] = Counter()
    for cell in a.keys() & b.keys():
        ours, theirs = _told(a[cell]), _told(b[cell])
        for name in {**ours, **theirs}:
            if ours.get(name) != theirs.get(name):
                found[f"{name} {_shown(ours.get(name))} → {_shown(theirs.get(name))}"] += 1
    return [f"{words} ({count} {'cell' if count == 1 else 'cells'})" for words, count in sorted(found.items())]


def _told(row: Row) -> dict[str, Any]:
    record = row["provenance"]
    libraries = record.get("libraries")
    return {
        "measure_version": measure_version(row),
        **{name: record.get(name) for name in PLACES},
        **(libraries if isinstance(libraries, dict) else {}),
    }


def _shown(value: Any) -> str:
    return "—" if value is None else str(value)
