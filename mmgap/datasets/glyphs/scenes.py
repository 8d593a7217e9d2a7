"""What the glyphs show: every thing in every colour, in six scenes each, and pairs of things side by side.

Splits hold out combinations: each thing has two of the ten colours in the test split only and one in the validation
split only, so that every thing and every colour is known from training and their combination is not. A scene of two
things takes both from the combinations of its own split.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache

from mmgap.datasets.glyphs.vocabulary import COLOURS, NOUNS

SIZES = ("small", "large")
PATTERNS = ("striped", "spotted")
COUNTS = ("two", "three", "four")
FRAMES = ("circle", "square", "crossed")
RELATIONS = ("above", "below", "left", "right")

#: Partners that each combination is set beside.
_PARTNERS = 3

Thing = tuple[str, str]  # noun and colour, keys of NOUNS and COLOURS
Draft = tuple[str, tuple[Thing, ...], str, bool]  # a scene without its number


@dataclass(frozen=True)
class Scene:
    """One image: what it shows and which split it belongs to.

    Attributes:
        number: its id, from 1.
        things: one (noun, colour), or the two of a relation.
        kind: ``"plain"``, or one of `SIZES`, `PATTERNS`, `COUNTS`, `FRAMES`, `RELATIONS`.
        again: a second drawing of a plain scene, which shares its words with the first.
    """

    number: int
    split: str
    things: tuple[Thing, ...]
    kind: str
    again: bool = False


@cache
def scenes() -> tuple[Scene, ...]:
    """Return all scenes, in a fixed order."""
    drafts: list[Draft] = []
    for thing, split in combinations().items():
        drafts += [(split, (thing,), kind, False) for kind in ("plain", *_kinds(thing))]
        if chance("again", *thing) % 4 == 0:
            drafts.append((split, (thing,), "plain", True))
    drafts += _pairs()
    return tuple(Scene(number, *draft) for number, draft in enumerate(drafts, start=1))


@cache
def combinations() -> dict[Thing, str]:
    """Return the split of each (noun, colour): a Latin-square pattern, seven colours of each noun for training."""
    held_out = {0: "test", 3: "test", 6: "validation"}
    return {
        (noun, colour): held_out.get((c - n) % len(COLOURS), "train")
        for n, noun in enumerate(NOUNS)
        for c, colour in enumerate(COLOURS)
    }


def chance(*words: object) -> int:
    """Return a number below 2³² that looks random and is the same everywhere."""
    return int.from_bytes(hashlib.sha256("|".join(map(str, words)).encode()).digest()[:4], "big")


def _kinds(thing: Thing) -> list[str]:
    """One size, one pattern, two counts and one frame."""
    left_out = COUNTS[chance("count", *thing) % 3]
    return [
        SIZES[chance("size", *thing) % 2],
        PATTERNS[chance("pattern", *thing) % 2],
        *(count for count in COUNTS if count != left_out),
        FRAMES[chance("frame", *thing) % 3],
    ]


def _pairs() -> list[Draft]:
    """Two different things of one split in a relation; no two of these show the same pair."""
    pairs: list[Draft] = []
    seen: set[frozenset[Thing]] = set()
    for thing, split in combinations().items():
        others = [other for other, its in combinations().items() if its == split and other[0] != thing[0]]
        for turn in range(_PARTNERS):
            partner = others[chance("partner", turn, *thing) % len(others)]
            pair = frozenset((thing, partner))
            if pair not in seen:
                seen.add(pair)
                relation = RELATIONS[chance("relation", turn, *thing) % 4]
                pairs.append((split, (thing, partner), relation, False))
    return pairs
