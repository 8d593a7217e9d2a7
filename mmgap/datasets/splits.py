"""Splits where none are official: a hash of the caption decides, so that no caption crosses a split."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

#: Share of the groups in each split.
SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}


def hashed_split(group: str, *, seed: int = 0) -> str:
    """Return ``"train"``, ``"validation"`` or ``"test"`` for everything that shares ``group``; case and outer space are
    ignored. The same on every machine and for any order or number of records.

    >>> hashed_split("Casa") == hashed_split(" casa")
    True
    """
    value = hashlib.sha256(f"{seed}:{group.strip().casefold()}".encode()).digest()
    position = int.from_bytes(value[:8], "big") / 2**64
    for split, share in SHARES.items():
        position -= share
        if position < 0:
            return split
    return "test"


def linked_groups(keys: Sequence[Iterable[str]]) -> list[str]:
    """Return one label per record: records that share a key, directly or through others, share the label.

    The label is the smallest key of the group, so that it does not depend on the records' order.

    Raises:
        ValueError: a record without keys.

    >>> linked_groups([["en:house", "es:casa"], ["es:casa"], ["en:tree"]])
    ['en:house', 'en:house', 'en:tree']
    """
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        parent.setdefault(key, key)
        while parent[key] != key:
            parent[key] = key = parent[parent[key]]
        return key

    firsts = []
    for number, record in enumerate(keys):
        roots = [root(key) for key in record]
        if not roots:
            raise ValueError(f"record {number} has no key to group it by")
        smallest = min(roots)
        for other in roots:
            parent[other] = smallest
        firsts.append(smallest)
    return [root(first) for first in firsts]
