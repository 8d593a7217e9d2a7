"""The playground as one file: the app's page, with an engine in JavaScript in place of the server."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Iterable
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from mmgap.app.playground.layout import layout
from mmgap.app.playground.page_setup import setup
from mmgap.app.playground.presets import preset_states
from mmgap.app.playground.state import PlaygroundState, read_state
from mmgap.core.atomic import write_atomic
from mmgap.report.translation import LANGUAGES, translated

#: The page's scripts in the order in which they need one another.
SCRIPTS = (
    *("expression", "state", "fields", "tables", "files", "cloud", "sphere_marks", "scene", "charts", "player"),
    *("controls", "page"),
)

#: What the worker runs, in order; it reads expressions as the page does.
ENGINE = ("philox", "beta_quantile", "draws", "cosines", "losses", "measures", "descent", "worker")

#: Terms that the engine has, which are those of the thesis's seven losses.
KNOWN = ("ce", "intra", "inter", "anti", "var", "cyclip_inter", "cyclip_intra", "cyclip")

#: Numbers of one set of vectors of which the file has readings when it is written.
MOST_AT_ONCE = 100_000

#: Elements that have no end, and attributes that React spells otherwise.
_VOID = frozenset({"input", "br", "hr", "img"})
_SPELLED = {"className": "class", "htmlFor": "for", "defaultValue": "value"}


def export(path: str | Path, language: str = "en", query: str = "") -> Path:
    """Write the playground as one HTML file of less than 6 MB, which works from a disk and without a network.

    Args:
        path: of the file.
        language: ``"en"`` or ``"es"``.
        query: the state that the page opens in, as an address says it; its own address goes before that.

    Returns:
        The path.

    Raises:
        ValueError: no such language.
        OSError: the file cannot be written.
    """
    path = Path(path)
    write_atomic(path, exported(language, query).encode())
    return path


def exported(language: str = "en", query: str = "") -> str:
    """Return the text of `export`'s file, which asks for nothing."""
    if language not in LANGUAGES:
        raise ValueError(f"no language {language!r}; there are {', '.join(LANGUAGES)}")
    from plotly.offline import get_plotlyjs

    state, _ = read_state(dict(parse_qsl(query)), preset_states())
    page = f'<main id="content" class="playground" tabindex="-1">{rendered(layout(state, [], language))}</main>'
    assets, engine = files("mmgap.app") / "assets", files("mmgap.app.playground") / "engine"
    styles = [(assets / name).read_text() for name in ("style.css", "playground.css")]
    scripts = [*((assets / "playground" / f"{name}.js").read_text() for name in SCRIPTS)]
    scripts.append((engine / "worker_engine.js").read_text())
    scripts.append(get_plotlyjs())  # last, since it is large: the page is shown before
    worker = [scripts[0], *((engine / f"{name}.js").read_text() for name in ENGINE)]
    title = translated("Two cones on a sphere: what makes a gap, and what closes it", language)
    told = {**setup(language, Path.cwd()), "known": KNOWN, "query": state.query(), "first": _first(state)}
    for preset in told["presets"]:
        preset["row"] = None  # an address of the app's server
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{language}"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{escape(_policy(scripts))}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>mmgap: {escape(title)}</title>",
            *(f"<style data-page>{style}</style>" for style in styles),
            f'<script type="application/json" id="playground-setup">{_json(told)}</script>',
            f'<script type="text/plain" id="playground-engine">{_script("".join(worker))}</script>',
            "</head><body>",
            page,
            *(f"<script>{_script(script)}</script>" for script in scripts),
            "</body></html>",
            "",
        ]
    )


def _first(state: PlaygroundState) -> dict[str, Any] | None:
    """The readings that the file is shown with until its engine has made its own; None where they take long."""
    from mmgap.app.playground.descent import Descent  # torch comes with it

    if state.step or state.n * state.dim > MOST_AT_ONCE:
        return None
    walk = Descent(state)
    return {
        "state": vars(state),
        "query": state.query(),
        "said": "",
        **walk.reading(0),
        "landscape": walk.landscape(0, math.inf),
    }


def rendered(component: Any) -> str:
    """Return a Dash component of native elements as HTML; text in it is escaped.

    >>> from dash import html
    >>> rendered(html.P(["1 < 2", html.Br()], className="help"))
    '<p class="help">1 &lt; 2<br></p>'
    """
    if component is None:
        return ""
    if isinstance(component, str | int | float):
        return escape(str(component))
    if not hasattr(component, "to_plotly_json"):
        return "".join(map(rendered, component))
    told = component.to_plotly_json()
    name, attributes = told["type"].lower(), told["props"]
    inside = attributes.pop("children", None)
    shown = "".join(_attributes(attributes.items()))
    return f"<{name}{shown}>" if name in _VOID else f"<{name}{shown}>{rendered(inside)}</{name}>"


def _attributes(attributes: Iterable[tuple[str, Any]]) -> Iterable[str]:
    for name, value in attributes:
        name = _SPELLED.get(name, name.lower())
        if name == "spellcheck":
            value = str(value).lower()
        if value is None or value is False:
            continue
        yield f" {name}" if value is True else f' {name}="{escape(str(value))}"'


def _policy(scripts: list[str]) -> str:
    """Nothing from elsewhere, these scripts alone, and a worker made of the page's own text."""
    hashes = (base64.b64encode(hashlib.sha256(_script(script).encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in hashes)
    return (
        f"default-src 'none'; script-src {allowed}; worker-src blob:; style-src 'unsafe-inline'; "
        "img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'"
    )


def _script(code: str) -> str:
    """Code that ends no script element early."""
    return code.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")
