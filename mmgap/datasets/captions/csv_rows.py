"""The rows of a CSV file, in which a quote that is wrong costs its line and not what stands behind it."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from mmgap.datasets.captions.caption_records import Fault

#: A row by columns, or why it is none, with the number of its line.
Row = tuple[int, list[str] | Fault]

QUOTE = "a quote is opened here and not closed"
INNER_QUOTE = "a quote inside a quoted cell is not doubled"


def csv_rows(lines: Sequence[str], separator: str, known: Callable[[str], bool]) -> Iterator[Row]:
    """Yield each row that is not blank; a line that opens a quote for good costs itself alone."""
    spaced = any(f'{separator} "' in line for line in lines)  # a space before a quote would make the quote a letter
    start = 0
    while start < len(lines):
        rest = (lines[k] for k in range(start, len(lines)))
        reader = csv.reader(rest, delimiter=separator, skipinitialspace=spaced, strict=True)
        first, fault, ends = start, "", False
        try:
            for cells in reader:
                end = start + reader.line_num
                if end - first > 1 and _swallowed(lines[first:end], separator, known):
                    fault = QUOTE
                    break
                if any(cell.strip() for cell in cells):
                    yield end, cells
                first = end
        except csv.Error as error:
            several, ends = start + reader.line_num - first > 1, "unexpected end" in str(error)
            fault = QUOTE if several else INNER_QUOTE if "expected after" in str(error) else str(error)
        if not fault:
            return
        closed = ends and first + 1 == len(lines)
        yield first + 1, _mended(lines[first], separator, spaced, closed=closed) or Fault(fault)
        start = first + 1


def _mended(line: str, separator: str, spaced: bool, *, closed: bool) -> list[str]:
    """The cells of a line whose quotes are written ``\\"``, or whose last is ``closed`` by the end; else none."""
    if '\\"' in line:
        more: dict[str, Any] = {"escapechar": "\\", "doublequote": False, "strict": True}
    elif closed:
        more = {}
    else:
        return []
    try:
        return next(csv.reader([line], delimiter=separator, skipinitialspace=spaced, **more))
    except csv.Error:
        return []


def _swallowed(lines: Sequence[str], separator: str, known: Callable[[str], bool]) -> bool:
    """Whether a row of several lines is several rows behind a quote that was never closed."""
    return any(separator in line and any(map(known, line.split(separator)[:-1])) for line in lines[1:])
