"""The app's server: on this machine alone, for any number of browsers, whose states stand in their addresses."""

from __future__ import annotations

import socket
import threading
import webbrowser
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any

from dash import Dash, Input, Output, State
from flask import Response, abort, request

from mmgap.app.shell.page import frame, language_of, page, query_of
from mmgap.app.shell.tab import Tab

#: Where the server listens, and the names by which a browser may ask for it: a page elsewhere that resolves its own
#: name to this machine is refused.
HOST = "127.0.0.1"
HOST_NAMES = frozenset({HOST, "localhost", "[::1]"})

#: The port when none is asked for; the next free one where it is taken.
PORT = 8050


def make_app(tabs: Sequence[Tab], language: str = "en") -> Dash:
    """Return the app with these tabs, of which the first also answers to ``/``.

    Args:
        tabs: in the order of the navigation.
        language: of pages whose address names none.

    Raises:
        ValueError: no tabs.
    """
    if not tabs:
        raise ValueError("the app needs at least one tab")
    app = _App(
        language,
        "mmgap",
        title="mmgap",
        update_title="",
        assets_folder=str(files("mmgap.app").joinpath("assets")),
        suppress_callback_exceptions=True,  # only one tab's page is there at a time
        serve_locally=True,
    )
    app.layout = frame()

    @app.callback(Output("page", "children"), Input("address", "pathname"), State("address", "search"))
    def _page(path: str | None, search: str | None) -> object:
        return page(tabs, path, search, language)

    for tab in tabs:
        tab.connect(app)
    _guard(app)
    return app


class _App(Dash):
    """Dash, but that a page says its language from the start, as its address has it."""

    def __init__(self, language: str, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._language = language

    def interpolate_index(self, *given: Any, **parts: Any) -> str:
        """Return the page that a browser loads first; every other language of the app is another address."""
        shown = language_of(query_of(request.query_string.decode(errors="replace")), self._language)
        return super().interpolate_index(*given, **parts).replace("<html>", f'<html lang="{shown}">', 1)


def serve(
    app: Dash, path: str, port: int | None = None, browser: bool = True, said: Callable[[str], None] = print
) -> None:
    """Serve the app until it is interrupted, and open a browser on ``path``.

    Args:
        app: as `make_app` returns it.
        path: of the page to open, with its query.
        port: where to listen, 0 for any free one; None is `PORT`, or the next that is free.
        browser: whether one is opened.
        said: is given one line, with the address.

    Raises:
        OSError: the port is taken or not allowed; the message says what to do.
    """
    from waitress import create_server

    listener = _listener(port)
    address = f"http://{HOST}:{listener.getsockname()[1]}{path}"
    said(f"{address}   (Ctrl+C ends it)")
    if browser:
        threading.Timer(0.5, webbrowser.open, [address]).start()
    server = create_server(app.server, sockets=[listener], threads=8)
    try:
        server.run()
    finally:
        server.close()


def _listener(port: int | None) -> socket.socket:
    for candidate in range(PORT, PORT + 20) if port is None else (port,):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, candidate))
            listener.listen(128)
            return listener
        except OSError as error:
            listener.close()
            failure = error
    asked = f"ports {PORT} to {PORT + 19} are" if port is None else f"port {port} is"
    raise OSError(f"{asked} not to be had ({failure.strerror}); give another one: --port 0 takes any free one")


def _guard(app: Dash) -> None:
    """Refuse requests that ask for another host, and tell browsers to load nothing from elsewhere."""
    hashes = " ".join(app.csp_hashes())
    policy = (
        # regl, which draws Plotly's WebGL traces, compiles its shaders' calls: unsafe-eval
        f"default-src 'self'; script-src 'self' 'unsafe-eval' {hashes}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
        "frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
    )

    @app.server.before_request
    def _only_this_machine() -> None:
        if request.host.rsplit(":", 1)[0] not in HOST_NAMES:
            abort(403, description="this server answers to this machine alone")

    @app.server.after_request
    def _from_here_alone(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response
