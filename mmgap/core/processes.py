"""Which processes of this host are alive, and since when. The standard library only."""

from __future__ import annotations

import os
from pathlib import Path


def alive(process: int) -> bool:
    """Return whether there is a process of this number, whoever it is of.

    >>> alive(os.getpid())
    True
    """
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # it is somebody else's
        return True
    return True


def started(process: int) -> float | None:
    """When a process began, in seconds since 1970; None where the system does not say (Linux does)."""
    try:
        ticks = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19])
        (boot,) = (line.split()[1] for line in Path("/proc/stat").read_text().splitlines() if line.startswith("btime"))
    except (OSError, ValueError, IndexError):
        return None
    return int(boot) + ticks / os.sysconf("SC_CLK_TCK")
