"""The rows of the printed tables 5.1 to 5.4 as states of the playground, beside what a hundred draws of them gave."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mmgap.app.playground.state import PlaygroundState
from mmgap.rows.row import RowError, latest, read_row
from mmgap.theory.printed import printed
from mmgap.theory.printed_cells import TheoryCell, cells_of

#: The tables that have presets; what `mmgap.theory.printed_tables` measures.
TABLES = ("5.1", "5.2", "5.3", "5.4")

#: How a table is drawn, and losses that show its columns, as `mmgap.theory.printed_tables` has it, but for what varies.
_DRAWN: dict[str, PlaygroundState] = {
    "5.1": PlaygroundState(n=500, angle=0.0),
    "5.2": PlaygroundState(n=500),
    "5.3": PlaygroundState(n=50, kappa_image=500.0, kappa_text=500.0, loss="cyclip+intra+inter+var", scale=1.0),
    "5.4": PlaygroundState(
        n=500, angle=0.0, loss="cyclip(lambda_inter=15.4449,lambda_intra=15.4449)+intra+inter+var", scale=3.93
    ),
}

#: Where a printed column stands in a reading: among its metrics, or its terms.
COLUMNS = {
    "uniformity": ("metric", "uniformity"),
    "gap": ("metric", "gap"),
    "o_intra": ("term", "intra"),
    "o_inter": ("term", "inter"),
    "cyclip": ("term", "cyclip"),
    "variance": ("term", "var"),
}


@dataclass(frozen=True)
class Preset:
    """One row of a printed table.

    Attributes:
        table: ``"5.2"``.
        row: what varies, ``"theta_deg=90"``.
        state: that draws it.
        figures: column → as printed.
    """

    table: str
    row: str
    state: PlaygroundState
    figures: Mapping[str, str]


@functools.cache
def presets() -> dict[str, Preset]:
    """Return every printed row by its id.

    >>> presets()["5.2/theta_deg=90"].figures
    {'gap': '1.40'}
    """
    found = {}
    for table, drawn in _DRAWN.items():
        for line in printed(table):
            (varied, value), *figures = line.items()
            changed = ("angle",) if varied == "theta_deg" else ("kappa_image", "kappa_text")
            name = f"{table}/{varied}={value}"
            values = vars(drawn) | dict.fromkeys(changed, float(value)) | {"preset": name}
            found[name] = Preset(table, f"{varied}={value}", PlaygroundState(**values), dict(figures))
    return found


def preset_states() -> dict[str, PlaygroundState]:
    """Return the state of every preset, as `mmgap.app.playground.state.read_state` takes them."""
    return {name: preset.state for name, preset in presets().items()}


def command_of(table: str) -> str:
    """Return the command that measures a table, for where there is no row of it.

    >>> command_of("5.2")
    "pytest --pyargs mmgap.benchmarks.test_theory -k 'table and 5.2'"
    """
    return f"pytest --pyargs mmgap.benchmarks.test_theory -k 'table and {table}'"


def published_row(table: str, folder: Path) -> Path | None:
    """Return the file of a table's newest finished row in ``reports/published`` or ``reports`` of a folder, if any.

    A link is no row: nothing outside these folders can be reached by one.

    Raises:
        ValueError: no such table.
    """
    if table not in TABLES:
        raise ValueError(f"no theory table {table!r}; there are {', '.join(TABLES)}")
    for place in ("reports/published", "reports/rows", "reports"):
        files, rows = {}, []
        for path in sorted((folder / place).glob(f"theory-table-{table}-*.json")):
            if path.is_file() and path.resolve() == path.absolute().parent.resolve() / path.name:
                try:
                    row = read_row(path)
                except RowError:
                    continue
                if row["status"] == "ok":
                    rows.append(row)
                    files[row["key"]] = path
        if rows:
            return files[latest(rows)[-1]["key"]]
    return None


def published_cells(table: str, folder: Path) -> list[TheoryCell]:
    """Return the cells of a table's published row; none where there is no row."""
    path = published_row(table, folder)
    return [] if path is None else cells_of(read_row(path))
