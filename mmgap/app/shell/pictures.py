"""Pictures of opened sources, by the source's key and the picture's number alone: no path reaches the disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Response, abort

if TYPE_CHECKING:
    from dash import Dash

    from mmgap.app.shell.source import Source


def picture_address(source: Source, place: int) -> str:
    """Return the address of a source's picture in the app."""
    return f"/picture/{source.key}/{place}"


def connect_pictures(app: Dash, find: Callable[[str], Source | None]) -> None:
    """Serve ``/picture/KEY/PLACE`` of the sources that ``find`` knows by their key; all else is not found.

    A picture that can no longer be read is not found, either: the page shows its name instead.
    """

    @app.server.get("/picture/<key>/<int:place>")
    def _picture(key: str, place: int) -> Response:
        source = find(key)
        try:
            found = None if source is None else source.picture(place)
        except (IndexError, OSError, ValueError):
            found = None
        if found is None:
            abort(404)
        return Response(found, mimetype="image/png", headers={"Cache-Control": "private, max-age=3600"})
