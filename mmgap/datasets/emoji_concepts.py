"""What every data set of emoji shares: the concept behind a sequence of code points, its group, its split."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from mmgap.datasets.splits import hashed_split

#: Unicode's groups by their numbers in emojibase.
GROUPS = (
    *("Smileys & Emotion", "People & Body", "Component", "Animals & Nature", "Food & Drink"),
    *("Travel & Places", "Activities", "Objects", "Symbols", "Flags"),
)

#: Concepts that share a name in some language, and so a split: in Vietnamese Leo is a lion, Scorpius a scorpion.
TOGETHER = {"264C": "1F981", "264F": "1F982"}

_SKIN_TONES = frozenset(("1F3FB", "1F3FC", "1F3FD", "1F3FE", "1F3FF"))
_VARIATION = "FE0F"


def concept(code_points: str) -> str:
    """Return the id of a concept: its code points in upper case, without those that only say how it is drawn.

    >>> concept("2764-fe0f")
    '2764'
    """
    return "-".join(point for point in code_points.upper().split("-") if point != _VARIATION)


def code_points(emoji: str) -> str:
    """Return the code points of an emoji, in hexadecimal with hyphens between.

    >>> code_points("\\u2764\\ufe0f")
    '2764-FE0F'
    """
    return "-".join(f"{ord(letter):04X}" for letter in emoji)


def has_skin_tone(identifier: str) -> bool:
    """Return whether a concept shows skin of one of the five tones."""
    return not _SKIN_TONES.isdisjoint(identifier.split("-"))


def is_country_flag(identifier: str) -> bool:
    """Return whether a concept is the flag of a country or of a part of one, whose name is the country's.

    >>> is_country_flag("1F1EA-1F1F8"), is_country_flag("1F3C1")
    (True, False)
    """
    points = identifier.split("-")
    regional = all("1F1E6" <= point <= "1F1FF" for point in points)
    return regional or (points[0] == "1F3F4" and any(point.startswith("E00") for point in points))


def concept_split(identifier: str) -> str:
    """Return ``"train"``, ``"validation"`` or ``"test"``: the same in every language, style and data set of emoji.

    >>> concept_split("264C") == concept_split("1F981")
    True
    """
    return hashed_split(TOGETHER.get(identifier, identifier))


def group_of(identifier: str) -> str | None:
    """Return the name of a concept's group in Unicode's list of emoji; None for one that is newer than the list here.

    >>> group_of("1F600"), group_of("1F1EA-1F1F8")
    ('Smileys & Emotion', 'Flags')
    """
    return "Flags" if is_country_flag(identifier) else _groups().get(identifier)


@cache
def _groups() -> dict[str, str]:
    text = Path(__file__).with_name("emoji_groups.json").read_text(encoding="utf-8")
    return {one: name for name, ids in json.loads(text)["groups"].items() for one in ids.split()}
