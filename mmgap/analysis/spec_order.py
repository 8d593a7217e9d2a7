"""Where an encoder, a space or an adapter stands in a table: as its registry has it, strengths and counts by size."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import import_module

#: The axes whose values have a registry, and the package that it is in; some load numpy, so each only when it is asked.
REGISTRIES = {"encoder": "mmgap.encoders", "space": "mmgap.spaces", "adapter": "mmgap.adapters"}

_NUMBER = re.compile(r"(\d+(?:\.\d+)?)")


def spec_place(spec: str | None, known: Sequence[str]) -> tuple[int, tuple[tuple[float, str], ...]]:
    """Return a key to sort specs by.

    Args:
        spec: as cells have it; None stands first.
        known: the specs that a registry shows, in its order (`mmgap.core.registry.Registry.specs`). Of others the
            longest one that a spec begins with counts, else the last one of its name; what is in none stands last.

    >>> known = ["tiny-random", "tiny", "two-towers:a,b,random", "two-towers:a,b,cca"]
    >>> some = ["two-towers:a,b,cca:coco", "mine", "two-towers:x,y,cca", "tiny", "tiny-random", None]
    >>> sorted(some, key=lambda spec: spec_place(spec, known))
    [None, 'tiny-random', 'tiny', 'two-towers:a,b,cca:coco', 'two-towers:x,y,cca', 'mine']
    >>> sorted(["shift:1", "shift:0.5", "shift:10"], key=lambda spec: spec_place(spec, ["centre", "shift"]))
    ['shift:0.5', 'shift:1', 'shift:10']
    """
    if spec is None:
        return -1, ()
    name = spec.partition(":")[0]
    begun = [place for place, one in enumerate(known) if spec == one or spec.startswith((f"{one}:", f"{one},"))]
    named = [place for place, one in enumerate(known) if one.partition(":")[0] == name]
    place = max(begun, key=lambda one: len(known[one]), default=max(named, default=len(known)))
    return place, _by_size(spec)


def shown_specs(axis: str) -> list[str]:
    """Return the specs that an axis's registry shows, in its order."""
    found: list[str] = import_module(REGISTRIES[axis]).registry.specs()
    return found


def _by_size(text: str) -> tuple[tuple[float, str], ...]:
    """Texts and numbers in turn, so that 2 stands before 10."""
    parts = _NUMBER.split(text)
    return tuple((float(part), "") if place % 2 else (-1.0, part) for place, part in enumerate(parts))
