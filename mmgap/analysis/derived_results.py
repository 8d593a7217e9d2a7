"""Results that were derived from rows, kept as JSON beside the report: they outlive the arrays they were made from.

An earlier result is taken again where its file is as it was written, its format is today's, and it stands for the very
same measurements: a row that was measured again has the same key, but another start.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import Any, TypeAlias

from mmgap.core.atomic import write_atomic
from mmgap.core.checked_json import parse_json, read_content
from mmgap.core.integrity import check_seal, without_seal, write_sealed_json
from mmgap.rows.row import Row

#: A row's key and its start: what tells it from the same cell measured again.
Version: TypeAlias = tuple[str, str]

#: Of a result: what it is, and the versions of the rows behind it.
Identity: TypeAlias = Hashable


def version(row: Row) -> Version:
    """Return which measurement a row is."""
    return row["key"], row["started_at"]


class DerivedResults:
    """The results of one kind that earlier reports left.

    Args:
        files: where they lie; each holds one result, or a list of them.
        format: of today's results: others are made again.
        identity: of a result.
        part: name of the list in a file that holds the results; None takes the whole.
    """

    def __init__(
        self, files: Iterable[Path], format: int, identity: Callable[[Any], Identity], part: str | None = None
    ) -> None:
        self._earlier: dict[Identity, Any] = {}
        self._taken: set[Identity] = set()
        for path in files:
            try:
                self._earlier |= {identity(found): found for found in _results(path, format, part)}
            except (ValueError, OSError, TypeError, KeyError):
                continue  # none yet, damaged, or somebody's edit: it is written again

    def of(self, identity: Identity, make: Callable[[], Any | None]) -> Any | None:
        """Return an earlier result, or what ``make`` gives: None where it cannot be made."""
        found = self._earlier.get(identity) or make()
        if found is not None:
            self._taken.add(identity)
        return found

    @property
    def changed(self) -> bool:
        """Whether other results stand together now than in the earlier files."""
        return self._taken != self._earlier.keys()


def write_results(path: Path, content: Any) -> None:
    """Write one result, with its seal, or a list of them; the whole file or nothing."""
    if isinstance(content, dict):
        write_sealed_json(path, content)
    else:
        write_atomic(path, (json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode())


def _results(path: Path, format: int, part: str | None) -> list[Any]:
    """The results of a file that are of this format."""
    content = read_content(path)
    found = parse_json(content, str(path))
    whole = (
        found if isinstance(found, list) else [without_seal(found, str(path), has_seal=check_seal(content, str(path)))]
    )
    of_format = [one for one in whole if one["format"] == format]
    return [entry for one in of_format for entry in one[part]] if part else of_format
