"""When a difference is a verdict on a loss, and which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: From so many seeds on a difference is a verdict on the loss; fewer say little of how much another seed would differ.
VERDICT_SEEDS = 3


def verdict(change: Mapping[str, Any]) -> str:
    """What a difference says of its loss: ``"higher"``, ``"lower"`` or, where its interval includes 0, ``"open"``.

    ``"none"`` with fewer than three seeds: the difference and its interval stand without a verdict.
    """
    if change["seeds"] < VERDICT_SEEDS:
        return "none"
    if change["low"] <= 0 <= change["high"]:
        return "open"
    return "higher" if change["low"] > 0 else "lower"
