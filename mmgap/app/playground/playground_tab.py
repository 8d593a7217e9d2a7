"""The playground as a tab of the app: its page, and what its scripts ask the server for."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from flask import Response, abort, jsonify, request

from mmgap.app.playground.kept_descents import KeptDescents
from mmgap.app.playground.layout import layout
from mmgap.app.playground.page_setup import setup
from mmgap.app.playground.presets import TABLES, preset_states, published_row
from mmgap.app.playground.state import LIMITS, PlaygroundState, checked_loss, read_state
from mmgap.app.shell.page import language_of
from mmgap.app.shell.tab import Query, Tab
from mmgap.core.messages import N_
from mmgap.report.translation import translated

if TYPE_CHECKING:
    from mmgap.app.playground.descent import Descent

#: Frames of one answer.
MOST_FRAMES = 25


def playground_tab(folder: Path | None = None) -> Tab:
    """Return the tab.

    Args:
        folder: beside whose ``reports`` rows of the printed tables may lie; by default the working directory.
    """
    place = (folder or Path.cwd()).resolve()

    def page(query: Query, language: str) -> html.Div:
        state, said = read_state(query, preset_states())
        lines = [html.Div(translated(line, language)) for line in said]
        return html.Div(
            [
                layout(state, lines, language),
                dcc.Store(id="playground-setup", data=setup(language, place)),
                dcc.Store(id="playground-started"),
                dcc.Graph(id="playground-plotly", style={"display": "none"}),  # or Dash would not load Plotly
            ]
        )

    return Tab("playground", N_("Playground"), page, lambda app: _connect(app, place))


def warm_up() -> None:
    """Load torch and compile the metrics' kernels in the background, so that the page is there before they are."""

    def measure_a_few() -> None:
        from mmgap.app.playground.descent import Descent

        Descent(PlaygroundState(n=4)).landscape(1, time.monotonic())

    threading.Thread(target=measure_a_few, daemon=True).start()


def _connect(app: Dash, folder: Path) -> None:
    descents = KeptDescents()
    app.clientside_callback(
        ClientsideFunction("mmgap_playground", "start"),
        Output("playground-started", "data"),
        Input("playground-setup", "data"),
    )

    @app.server.get("/playground/readings")
    def _readings() -> Response:
        def answer(state: PlaygroundState) -> dict[str, Any]:
            found = descents.ask(state, state.step, lambda walk, _: walk.reading(state.step))
            return {"progress": found} if isinstance(found, int) else {**found, "landscape": None}

        return _answered(answer)

    @app.server.get("/playground/landscape")
    def _landscape() -> Response:
        def answer(state: PlaygroundState) -> dict[str, Any]:
            found = descents.ask(state, state.step, lambda walk, end: walk.landscape(state.step, end))
            if found is None:
                return {"progress": state.step}
            return {"progress": found} if isinstance(found, int) else found

        return _answered(answer)

    @app.server.get("/playground/frames")
    def _frames() -> Response:
        first, last = (_step(request.args.get(name, "")) for name in ("first", "last"))

        def answer(state: PlaygroundState) -> dict[str, Any]:
            def made(walk: Descent, end: float) -> list[dict[str, Any]]:
                return walk.frames(first, min(last, first + MOST_FRAMES - 1), end)

            found = descents.ask(state, first, made)
            return {"progress": found} if isinstance(found, int) else {"frames": found}

        return _answered(answer)

    @app.server.get("/playground/rows/<table>")
    def _row(table: str) -> Response:
        path = published_row(table, folder) if table in TABLES else None
        if path is None:
            abort(404, description="no row of such a table lies here")
        return Response(path.read_bytes(), mimetype="application/json")

    @app.server.get("/playground/page.html")
    def _page() -> Response:
        from mmgap.app.playground.exported_page import export

        state, _ = read_state(request.args, preset_states())
        with TemporaryDirectory() as place:
            path = Path(place) / "playground.html"
            export(path, language_of(request.args, "en"), state.query())
            content = path.read_bytes()
        attached = {"Content-Disposition": 'attachment; filename="playground.html"'}
        return Response(content, mimetype="text/html", headers=attached)


def _answered(answer: Any) -> Response:
    """JSON of an answer for the state that is asked for; ``{"error": words}`` where there can be none."""
    language = language_of(request.args, "en")
    try:
        if "loss" in request.args:
            checked_loss(request.args["loss"])
        state, said = read_state(request.args, preset_states())
        found = answer(state)
    except (ValueError, LookupError) as error:
        return jsonify({"error": translated(error.args[0], language)})
    lines = " ".join(translated(line, language) for line in said)
    return jsonify({"state": vars(state), "query": state.query(), "said": lines, **found})


def _step(text: str) -> int:
    low, high = (int(limit) for limit in LIMITS["step"])
    return min(high, max(low, int(text))) if text.isdecimal() and len(text) < 9 else low
