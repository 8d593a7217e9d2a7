"""``mmgap playground``: two cones of vectors in the browser, or as one file."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

import typer

from mmgap.cli.choices import Language
from mmgap.cli.one_line_errors import one_line_errors, warn
from mmgap.cli.output_places import PAGES, require_output
from mmgap.cli.unused_options import refuse_unused
from mmgap.core.messages import quoted


def playground(
    context: typer.Context,
    state: Annotated[
        str, typer.Option(help="What the page shows at first, as its address says it: 'n=500&loss=ce+anti'.")
    ] = "",
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Where to listen, 0 for any free port (default: 8050 or the next)."),
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open it in a browser.")] = True,
    language: Annotated[Language, typer.Option(help="Of the page.")] = Language.en,
    export: Annotated[
        Path | None,
        typer.Option(metavar="FILE.html", help="Write the page as one file that needs no server, and stop."),
    ] = None,
) -> None:
    """Draw two cones, choose a loss, and watch its descent open or close the gap."""
    from mmgap.core.app_libraries import require_app

    with one_line_errors():
        require_app()
        from mmgap.app.playground.presets import preset_states
        from mmgap.app.playground.state import PlaygroundState, read_state
        from mmgap.app.shell.page import query_of

        given = query_of(state.replace("+", "%2B"))  # a plus is one here
        asked, said = read_state(given, preset_states())
        controls = [field.name for field in fields(PlaygroundState)]
        for name in given:
            if name not in controls:
                warn(f"--state: {quoted(name)} is no control, and passed over; there are {', '.join(controls)}")
        for line in said:
            warn(line)
        if export is not None:
            from mmgap.app.playground.exported_page import export as write

            refuse_unused(context, "is for a page that is served, and --export writes a file", "port", "browser")
            require_output("--export", export, PAGES)
            write(export, language.value, asked.query())
            typer.echo(export)
            return
        from mmgap.app.playground.playground_tab import warm_up
        from mmgap.app.shell.server import serve
        from mmgap.app.whole_app import whole_app

        query = asked.query() + ("&" if asked.query() else "") + urlencode({"lang": language.value})
        app = whole_app(language.value)
        warm_up()
        serve(app, f"/playground?{query}", port, browser, typer.echo)
