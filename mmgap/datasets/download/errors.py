"""What can go wrong between a portal and the disk; every message names the thing and the cure."""

from __future__ import annotations


class FetchError(OSError):
    """Something could not be fetched, or what came is not what was promised."""


class NotThereError(FetchError):
    """The server has no such file (404, 410): asking again does not help."""


class WrongContentError(FetchError):
    """What came, twice, is not what was promised: size, digest or kind of file."""


class OfflineError(FetchError):
    """The host cannot be reached at all."""


class StoppedError(FetchError):
    """The download was called off; what arrived so far is kept."""
