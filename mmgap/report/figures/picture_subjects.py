"""What pictures show, one row or several, and which files of which names they are.

A picture's name holds the key of what it shows, its language and the version of the drawing code. A row that was
measured again has the same key: pictures older than it are drawn again, under the same name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mmgap.analysis.row_items import key_of, read_all
from mmgap.core.cache import Cache, key_digest
from mmgap.core.messages import Message
from mmgap.report.figures.figure_entries import figures
from mmgap.report.figures.kinds import FigureKind
from mmgap.report.sections import section_of
from mmgap.rows.row import Row, cell_slug

#: What a page needs to draw it anew lies beside a picture.
EXPLORED = ".json"

#: What LaTeX includes of a drawing: its lines and letters stay outlines.
PRINTED = ".pdf"

#: Below the folder of figures: those that must not leave this machine.
LOCAL = "local"


@dataclass(frozen=True)
class Subject:
    """What pictures show: one row, or several side by side; with all seeds of these, where a kind shows them."""

    rows: tuple[Row, ...]
    seeds: tuple[Row, ...] = ()

    @property
    def key(self) -> str:
        """The row's own, or one for all of them."""
        return key_of(*self.rows)

    def shown(self, *, seeds: bool) -> tuple[Row, ...]:
        """Return what a kind shows: the rows, or all seeds of them."""
        return self.seeds if seeds and self.seeds else self.rows

    def measured(self, *, seeds: bool) -> float:
        """Return when the newest of these began, in seconds since 1970; what is older shows an earlier measurement."""
        return max(datetime.fromisoformat(row["started_at"]).timestamp() for row in self.shown(seeds=seeds))

    @property
    def stem(self) -> str:
        cell = self.rows[-1]["cell"]
        if len({row["cell"]["loss"] for row in self.rows}) > 1:
            cell = {**cell, "loss": None}
        if len({row["cell"].get("space") for row in self.rows}) > 1:
            cell = {**cell, "space": ""}
        return re.sub(r"[^a-z0-9]+", "-", f"{cell['experiment']}-{cell_slug(cell)}".lower())[:90].strip("-")

    @property
    def title(self) -> str:
        """``encoder · dataset · loss``, or ``encoder → encoder · dataset``: what stands over a picture.

        Of an experiment without any it is its section's title, which is translated where it is shown.
        """
        cells = [row["cell"] for row in self.rows]
        encoders = " → ".join(dict.fromkeys(cell["encoder"] for cell in cells if cell["encoder"]))
        losses = {cell["loss"] for cell in cells}
        parts = [encoders, cells[0]["dataset"], *(losses if len(losses) == 1 and losses != {"initial"} else ())]
        return " · ".join(part for part in parts if part) or Message(section_of(cells[0]["experiment"]).title)

    @property
    def kinds(self) -> list[FigureKind]:
        """The figures there can be of it."""
        section = section_of(self.rows[0]["cell"]["experiment"])
        found = figures(section.figures, section.experiment, several=len(self.rows) > 1)
        return [kind for kind in found if kind.of(self.rows[0])]

    def items(self, cache: Cache, *, seeds: bool = False) -> Any:
        """Return the row's arrays; of several rows a list, each with its arrays; None where any are gone."""
        found = read_all(self.shown(seeds=seeds), cache)
        return found[0].arrays if found and len(self.rows) == 1 else found

    def files(self, kind: FigureKind, language: str, drawing: int, labels: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return the files of one of its figures by the drawing code of a version, below the folder of figures.

        Pictures with labelled items have names of their own: those without stay as they are.
        """
        base = f"{self.stem}-{self.key[:12]}-{kind.name}-{language}{drawing}"
        if labels and kind.ids:
            base += f"-{key_digest({'labels': labels})[:8]}"
        suffixes = (*kind.suffixes, *[PRINTED] * kind.vector, *[EXPLORED] * (kind.interactive is not None))
        return tuple(f"{LOCAL}/{base}{suffix}" if kind.local else base + suffix for suffix in suffixes)
