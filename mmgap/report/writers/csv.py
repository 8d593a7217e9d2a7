"""A table as CSV for programs: an interval is three columns of numbers, so that nothing is left to take apart."""

from __future__ import annotations

import csv
import io
import re

from mmgap.report.blocks import MISSING, Table, one_line
from mmgap.report.translation import translated

_NUMBER = r"[-−+]?[\d.]+(?:e[-+]?\d+)?"
_ENDS = re.compile(rf"^({_NUMBER})\s*\[\s*({_NUMBER})\s*,\s*({_NUMBER})\s*\]$")


def table_files(block: Table, language: str = "en") -> dict[str, str]:
    """File name → content."""
    return {f"{block.name}.csv": write(block, language)}


def write(block: Table, language: str = "en") -> str:
    """Return a header and a line a row, quoted where needed; what was not measured is empty.

    A column in which some cell is ``value [low, high]`` is followed by two of its ends. Numbers have a plain minus.
    """
    ends = [any(_ENDS.match(row[place]) for row in block.rows) for place in range(len(block.columns))]
    sides = translated("low", language), translated("high", language)
    heads: list[str] = []
    for column, three in zip(block.columns, ends, strict=True):
        head = one_line(column.header)
        heads += [head, *(f"{head}: {end}" for end in sides)] if three else [head]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(heads)
    for row in block.rows:
        cells: list[str] = []
        for text, three in zip(row, ends, strict=True):
            cells += _three(text) if three else [_plain(text)]
        writer.writerow(cells)
    return out.getvalue()


def _three(text: str) -> list[str]:
    found = _ENDS.match(text)
    return [_plain(part) for part in found.groups()] if found else [_plain(text), "", ""]


def _plain(text: str) -> str:
    text = one_line(text)
    if text == MISSING:
        return ""
    return text.replace("−", "-") if re.fullmatch(_NUMBER, text) else text
