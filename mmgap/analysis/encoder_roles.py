"""What an encoder is to the practices: two towers from before CLIP, or one that was trained on pairs."""

from __future__ import annotations

from mmgap.rows.row import Row

#: What encoders are, and how their files begin: two towers that were never trained together, and CLIP.
ROLES = ("preclip", "clip")

#: Encoders, by their registered names, whose two towers were never trained together.
UNTRAINED_TOGETHER = ("two-towers",)


def role(row: Row) -> str:
    """Return ``"preclip"`` for two towers that were never trained together, else ``"clip"``."""
    name = str(row["cell"]["encoder"]).partition(":")[0]
    return ROLES[0] if name in UNTRAINED_TOGETHER else ROLES[1]


def stage(row: Row) -> int:
    """Return where an encoder stands in time: 0 for two towers that were never trained together, 1 for random weights,
    2 for trained ones."""
    if role(row) == ROLES[0]:
        return 0
    return 1 if str(row["cell"]["encoder"]).partition(":")[0].endswith("-random") else 2


def order(row: Row) -> tuple[int, str, str]:
    """Return where a row stands: encoders from before CLIP first, those of one role as they were measured."""
    return ROLES.index(role(row)), row["started_at"], str(row["cell"]["encoder"])
