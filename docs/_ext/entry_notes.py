"""The notes of ``docs/_notes``: what the catalogue and the docstrings do not say of an entry."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from mmgap.core.registry import loaded

NOTES = Path(__file__).parents[1] / "_notes"


@cache
def notes(kind: str) -> list[dict[str, Any]]:
    """Return the notes of a kind of entry: ``"metrics"``, ``"datasets"`` or ``"encoders"``."""
    return tomllib.loads((NOTES / f"{kind}.toml").read_text(encoding="utf-8"))["note"]


def note_of(kind: str, name: str) -> dict[str, Any]:
    """Return the one note of an entry.

    Raises:
        LookupError: it has none, or several.
    """
    found = [note for note in notes(kind) if any(re.fullmatch(pattern, name) for pattern in note["names"])]
    if len(found) != 1:
        raise LookupError(f"{kind}: {name!r} has {len(found)} notes in docs/_notes/{kind}.toml, and needs one")
    return found[0]


def licence(note: dict[str, Any]) -> str:
    """Return the licence that a note states, or the constant of mmgap that it names."""
    told = note["licence"]
    return loaded(told) if re.fullmatch(r"mmgap\.[\w.]+:[A-Z_]+", told) else told


def advice(note: dict[str, Any]) -> str:
    """Return when to use an entry and when not, and its paper, as Markdown."""
    parts = [
        f"**Use it** {note['use']}" if "use" in note else "",
        f"**Do not use it** {note['not']}",
        f"Source: {note['paper']}" if "paper" in note else "",
    ]
    return "\n\n".join(filter(None, parts))
