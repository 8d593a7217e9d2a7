"""The app with all of its tabs, which every command opens on its own one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmgap.app.atlas.atlas_tab import atlas_tab
from mmgap.app.atlas.embedding_maps import Embeddings
from mmgap.app.playground.playground_tab import playground_tab
from mmgap.app.search.search_tab import search_tab
from mmgap.app.shell.later_source import LaterSource
from mmgap.app.shell.pictures import connect_pictures
from mmgap.app.shell.server import make_app
from mmgap.app.shell.source import Source
from mmgap.app.shell.tab import Tab

if TYPE_CHECKING:
    from dash import Dash


def whole_app(
    language: str = "en", source: Source | None = None, *, atlas: Tab | None = None, search: Tab | None = None
) -> Dash:
    """Return the app: playground, atlas and search.

    Args:
        language: of pages whose address names none.
        source: what atlas and search show; by default the data set and the encoder that ship with the package, which
            are loaded when they are first shown.
        atlas, search: these tabs where a command has made its own of the source.
    """
    shown = source or LaterSource()
    tabs = (playground_tab(), atlas or atlas_tab(Embeddings(shown)), search or search_tab(shown))
    app = make_app(tabs, language)
    connect_pictures(app, lambda key: shown if key == shown.key else None)
    return app
