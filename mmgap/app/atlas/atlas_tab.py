"""The tab of the app: its page, and the two addresses that its script asks: a map, and Plotly."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

from dash import ClientsideFunction, Input, Output, dcc, html
from flask import Response, jsonify, request

from mmgap.app.atlas.atlas_payload import atlas_payload
from mmgap.app.atlas.embedding_maps import Embeddings
from mmgap.app.atlas.page_words import page_words
from mmgap.app.atlas.plane_places import KINDS, check_kind
from mmgap.app.shell.jobs import Jobs
from mmgap.app.shell.page import language_of
from mmgap.app.shell.tab import Query, Tab
from mmgap.core.failures import line
from mmgap.core.messages import N_, Message, quoted
from mmgap.evaluation.neighbour_maps import umap_is_there
from mmgap.report.translation import translated
from mmgap.spaces import canonical, registry

if TYPE_CHECKING:
    from dash import Dash

#: What points can be coloured by.
COLOURS = ("modality", "category", "rank", "hubness")

#: The vectors without a space, in addresses.
AS_IS = "as-is"

#: Letters of a space in an address: more are none.
LONGEST_SPACE = 200

#: Seconds that a question for a map waits before it is told how far the work is.
PATIENCE = 0.4


def atlas_tab(embeddings: Embeddings, *, space: str | None = None, kind: str = "pca", colour: str = "modality") -> Tab:
    """Return the tab that shows one source.

    Args:
        embeddings: what is shown.
        space, kind, colour: where the address names none.
    """

    def layout(query: Query, language: str) -> Any:
        return _layout(embeddings, {"space": space or AS_IS, "map": kind, "colour": colour}, query, language)

    return Tab("atlas", N_("Atlas"), layout, lambda app: _connect(app, embeddings))


def plotly_script() -> bytes:
    """Return Plotly's own script."""
    return files("plotly").joinpath("package_data", "plotly.min.js").read_bytes()


def atlas_title(embeddings: Embeddings) -> str:
    """Return what is shown, in a line."""
    first, second = embeddings.first, embeddings.second
    if second is None:
        return first.title
    return f"{first.encoder.name} | {second.encoder.name} × {first.dataset.name}"


def _layout(embeddings: Embeddings, usual: dict[str, str], query: Query, language: str) -> Any:
    state, said = _state(usual, query, language)
    maps = [name for name in registry.specs() if registry.get(name).kind == "map"]
    shown = [state["space"]] if state["space"] not in (*maps, AS_IS) else []
    setup = {
        "words": page_words(language),
        "language": language,
        "kinds": [{"name": name, "label": label} for name, label in KINDS.items() if name != "umap" or umap_is_there()],
        "spaces": [*shown, *maps] if embeddings.second is None and len(embeddings.first.dataset.captions) else [],
        "asIs": AS_IS,
        "state": state,
        "work": "/atlas/map",
        "plotly": "/atlas/plotly.js",
        "said": said,
    }
    return [
        html.H1(quoted(atlas_title(embeddings))),
        html.Div(id="atlas-root"),
        dcc.Store(id="atlas-setup", data=setup),
        dcc.Store(id="atlas-started"),
    ]


def _state(usual: dict[str, str], query: Query, language: str) -> tuple[dict[str, str], str]:
    """The state that a query says, and a line where it makes no sense."""
    state, wrong = {**usual, "lines": "0" if query.get("lines") == "0" else "1"}, []
    for name, known in (("map", tuple(KINDS)), ("colour", COLOURS)):
        if name in query and query[name] in known:
            state[name] = query[name]
        elif name in query:
            wrong.append(name)
    if "space" in query:
        try:
            state["space"] = _space(query["space"]) or AS_IS
        except (LookupError, ValueError):
            wrong.append("space")
    state["chosen"] = query.get("chosen", "")
    if not wrong:
        return state, ""
    asked = ", ".join(f"{name}={quoted(query[name], 40)}" for name in wrong)
    said = translated("The address asks for what there is not ({asked}): the usual is shown.", language, asked=asked)
    return state, said


def _space(asked: str) -> str | None:
    """The canonical spelling of a space in an address; None for the vectors as they are."""
    if asked in ("", AS_IS):
        return None
    if len(asked) > LONGEST_SPACE:
        raise ValueError(f"a space of {len(asked)} letters")
    return canonical(asked)


def _connect(app: Dash, embeddings: Embeddings) -> None:
    app.clientside_callback(
        ClientsideFunction("atlas", "start"), Output("atlas-started", "data"), Input("atlas-setup", "data")
    )
    quick, slow = Jobs(2), Jobs(1)  # a map that takes minutes stands in nobody's way but that of another such map

    @app.server.get("/atlas/plotly.js")
    def _plotly() -> Response:
        return Response(plotly_script(), mimetype="text/javascript", headers={"Cache-Control": "private, max-age=3600"})

    @app.server.get("/atlas/map")
    def _map() -> Response:
        language, kind = language_of(request.args, "en"), request.args.get("map", "pca")
        try:
            space = _space(request.args.get("space", ""))
            check_kind(kind)
        except (LookupError, ValueError) as error:
            return jsonify({"error": line(error)})
        jobs = quick if kind == "pca" else slow
        job = jobs.start(embeddings.key(space, kind), lambda tell: embeddings.atlas(space, kind, tell))
        if not job.wait(PATIENCE):
            progress = job.progress
            return jsonify({"progress": translated(progress, language) if isinstance(progress, Message) else progress})
        if job.error:
            return jsonify({"error": job.error})
        source = embeddings.first
        pictures = None if source.dataset.vectors is not None else {"address": f"/picture/{source.key}/"}
        return jsonify(atlas_payload(job.result, language, captions=True, pictures=pictures))
