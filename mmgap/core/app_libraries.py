"""The libraries of the web app, which come with an extra of their own."""

from __future__ import annotations

from importlib.util import find_spec

NEEDED = ("dash", "plotly", "waitress")


class NoAppError(ImportError, ValueError):
    """A library of the web app is not installed."""


def require_app() -> None:
    """Check that the libraries of the web app are installed; none is loaded.

    Raises:
        NoAppError: one is not; the message names the extra that brings them.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise NoAppError(f"the web app needs {', '.join(missing)}: pip install 'mmgap[app]'")
