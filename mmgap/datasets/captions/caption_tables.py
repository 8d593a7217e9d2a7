"""Captions in a table: CSV, TSV, with ``;`` or ``|``, with a header or without; and Flickr8k's token lines."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable, Sequence

from mmgap.datasets.base import DatasetError
from mmgap.datasets.captions.caption_records import Fault
from mmgap.datasets.captions.columns import NAMES, Columns, columns, folded
from mmgap.datasets.captions.csv_rows import Row, csv_rows

#: Separators, the likeliest first.
SEPARATORS = ",;\t|"

#: The columns of a table that has no header, by their number.
UNNAMED = {2: ("filename", "caption"), 3: ("filename", "category", "caption")}

#: Rows among which the header is looked for.
HEADED = 5

#: Rows that are looked at where it is to be found out which column holds what.
SAMPLE = 200

BEFORE = "it stands before the header"
EXPECTED = "expected a column filename, image or file_name, and one caption, text or title"

_TOKEN = re.compile(r"(?P<file>[^\t]+)(?P<place>#\d+)\t(?P<caption>.*)")
_SPACED = re.compile(r"(?P<file>\S+\.\w+)(?P<place>:? +)(?P<caption>[^\s,;|].*)")


def read_table(text: str, known: Callable[[str], bool]) -> list[tuple[int, dict[str, str] | Fault]]:
    """Return the rows of a table by column, with their lines.

    A row that has more cells than columns had separators in its last column, if that is the caption.

    Args:
        text: of the file.
        known: whether a cell names a picture that is there: it tells columns of names from others.

    Raises:
        DatasetError: it is empty, is no table at all, or has no column that could be the pictures' names.
    """
    lines = list(io.StringIO(text, newline=""))
    if not any(line.strip() for line in lines):
        raise DatasetError("is empty")
    if tokens := _token_lines(lines, known):
        return tokens
    lines, given = _without_hint(lines)
    rows, separator = _split(lines, given, known)
    sound = [cells for _, cells in rows if not isinstance(cells, Fault)]
    if not sound:
        line, fault = rows[0]
        reason = fault.reason if isinstance(fault, Fault) else ""
        raise DatasetError(f"is not CSV: line {line}: {reason}; look for a quote that is opened and never closed")
    sound = sound[_top(sound, known) :]
    header, headed = _header(sound, known)
    if not headed and separator == "\t" and len(sound[0]) > len(header):
        raise DatasetError(f"has {len(sound[0])} columns and no header: {EXPECTED}")
    if headed:
        top = next(position for position, (_, cells) in enumerate(rows) if cells is sound[0])
        rows = [*((line, Fault(BEFORE)) for line, _ in rows[:top]), *rows[top + 1 :]]
    return [(line, _by_column(cells, header, separator)) for line, cells in rows]


def _by_column(cells: list[str] | Fault, header: tuple[str, ...], separator: str) -> dict[str, str] | Fault:
    if isinstance(cells, Fault):
        return cells
    if len(cells) > len(header) and header[-1] in columns(header).captions:
        cells = [*cells[: len(header) - 1], separator.join(cells[len(header) - 1 :])]
    if len(cells) != len(header):
        return Fault("not as many cells as columns")
    return dict(zip(header, cells, strict=True))


def _token_lines(lines: Sequence[str], known: Callable[[str], bool]) -> list[tuple[int, dict[str, str] | Fault]]:
    """Lines ``name.jpg#0<TAB>caption`` or ``name.jpg: caption``, in which a quote is a letter; none where most lines
    are something else."""
    found: list[tuple[int, dict[str, str] | Fault]] = []
    matches = 0
    for number, line in enumerate(lines, start=1):
        text = line.rstrip("\r\n")
        match = _TOKEN.fullmatch(text) or _SPACED.fullmatch(text)
        if match and ("#" in match["place"] or known(match["file"])):
            found.append((number, {"filename": match["file"], "caption": match["caption"]}))
            matches += 1
        elif line.strip():
            found.append((number, Fault("not IMAGE#NUMBER<tab>CAPTION")))
    return found if 2 * matches > len(found) else []


def _without_hint(lines: list[str]) -> tuple[list[str], str]:
    """The lines without the ``sep=;`` that spreadsheets write first, and the separator that it gives."""
    hint = re.fullmatch(r"\"?sep=(.)\"?\s*", lines[0], re.IGNORECASE)
    return (["\n", *lines[1:]], hint[1]) if hint else (lines, "")


def _split(lines: Sequence[str], given: str, known: Callable[[str], bool]) -> tuple[list[Row], str]:
    """The rows by the separator that is meant: one that gives a header, that leaves pictures' names in cells of their
    own, that splits most rows, that gives most of them the first's width."""

    def merit(split: tuple[list[Row], str]) -> tuple[int, int, int]:
        several = [cells for _, cells in split[0] if not isinstance(cells, Fault) and len(cells) > 1]
        named = sum(any(map(known, cells)) for cells in several[:SAMPLE])
        return named, len(several), sum(len(cells) == len(several[0]) for cells in several)

    likely = given or [s for s in SEPARATORS if _has_header(lines, s, known)] or SEPARATORS
    return max((([*csv_rows(lines, s, known)], s) for s in likely), key=merit)


def _has_header(lines: Sequence[str], separator: str, known: Callable[[str], bool]) -> bool:
    """Whether this separator makes a header of the first line."""
    _, cells = next(csv_rows(lines, separator, known), (0, []))
    return not isinstance(cells, Fault) and len(cells) > 1 and _is_header(_columns(cells), cells, known)


def _columns(cells: Sequence[str]) -> Columns:
    return columns(_names(cells))


def _names(cells: Sequence[str]) -> tuple[str, ...]:
    """Folded names; one that stands twice gets its number, so that both are read."""
    seen: Counter[str] = Counter()
    names = []
    for name in map(folded, cells):
        seen[name] += 1
        names.append(f"{name}_{seen[name]}" if seen[name] > 1 else name)
    return tuple(names)


def _is_header(found: Columns, cells: Sequence[str], known: Callable[[str], bool]) -> bool:
    if found.file is None or any(map(known, cells)):
        return False
    told = found.file in NAMES["file"][:4]  # words that are nothing but names of columns
    return told or bool(found.captions or found.category or found.split)


def _top(rows: Sequence[list[str]], known: Callable[[str], bool]) -> int:
    """The header's position among the first rows, where a title or a comment stands before it; else 0."""
    for position, cells in enumerate(rows[:HEADED]):
        if any(map(known, cells)):
            break
        if len(cells) > 1 and _is_header(_columns(cells), cells, known):
            return position
    return 0


def _header(rows: Sequence[list[str]], known: Callable[[str], bool]) -> tuple[tuple[str, ...], bool]:
    """(names of the columns, whether the first row holds them)."""
    names, found = _names(rows[0]), _columns(rows[0])
    if _is_header(found, rows[0], known):
        return _with_caption(names, found, rows[1:]), True
    width = len(rows[0])
    some = [cells for cells in rows[:SAMPLE] if len(cells) == width]
    named = [sum(known(cells[column]) for cells in some) for column in range(width)]
    column = named.index(max(named))
    if max(named) * 2 < len(some) or not max(named):
        return _unnamed(rows)
    if known(rows[0][column]):
        return _by_place(width, column, some) or _unnamed(rows)[0], False
    names = tuple("filename" if k == column else f"other {n}" if n == "filename" else n for k, n in enumerate(names))
    return _with_caption(names, columns(names), rows[1:]), True


def _by_place(width: int, column: int, rows: Sequence[list[str]]) -> tuple[str, ...]:
    """The columns of a table without a header whose names of pictures are not in the first one."""
    if (width, column) == (2, 1):
        return "caption", "filename"
    if (width, column) == (3, 1):
        numbered = all(cells[0].strip().isdecimal() for cells in rows)
        return "number" if numbered else "category", "filename", "caption"
    return ()


def _unnamed(rows: Sequence[list[str]]) -> tuple[tuple[str, ...], bool]:
    pairs = sum(len(cells) == 2 for cells in rows)
    return UNNAMED[2 if 2 * pairs > len(rows) else 3], False


def _with_caption(names: tuple[str, ...], found: Columns, rows: Sequence[list[str]]) -> tuple[str, ...]:
    """Where no column is called a caption, the only other one is, if it holds words."""
    if found.captions or found.unread:
        return names
    others = [k for k, name in enumerate(names) if name not in (found.file, found.category, found.split)]
    if len(others) != 1:
        return names
    (column,) = others
    some = [cells[column].split() for cells in rows[:SAMPLE] if len(cells) > column]
    wordy = sum(len(words) > 1 and any(word.isalpha() for word in words) for words in some)
    return tuple("caption" if k == column else name for k, name in enumerate(names)) if 2 * wordy > len(some) else names
