"""Amounts as people type them: bytes and seconds with their units."""

from __future__ import annotations

import re

_BYTES = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}
_SECONDS = {"": 1, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}


def bytes_of(amount: str) -> int:
    """Return ``"500MB"``, ``"2 GiB"`` or ``"1000000"`` in bytes.

    Raises:
        ValueError: it is none of these.

    >>> bytes_of("500MB"), bytes_of("1.5 GiB")
    (500000000, 1610612736)
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?i?)b?", amount.strip().lower())
    if found is None or found[2] not in _BYTES or not float(found[1]):
        raise ValueError(f"{amount!r} is no amount of memory: write it as 500MB or 2GiB")
    return round(float(found[1]) * _BYTES[found[2]])


def seconds_of(time: str) -> float:
    """Return ``"60s"``, ``"5m"``, ``"1.5h"`` or ``"90"`` in seconds.

    Raises:
        ValueError: it is none of these.

    >>> seconds_of("60s"), seconds_of("5m"), seconds_of("90")
    (60.0, 300.0, 90.0)
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", time.strip().lower())
    if found is None or found[2] not in _SECONDS or not float(found[1]):
        raise ValueError(f"{time!r} is no time: write it as 60s, 5m or 2h")
    return float(found[1]) * _SECONDS[found[2]]
