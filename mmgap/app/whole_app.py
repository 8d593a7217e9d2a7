"""The app with all of its tabs, which every command opens on its own one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmgap.app.atlas.atlas_tab import atlas_tab
from mmgap.app.atlas.embedding_maps import Embeddings
from mmgap.app.playground.playground_tab import playground_tab
from mmgap.app.search.search_tab import search_tab
from mmgap.app.shell.pictures import connect_pictures
from mmgap.app.shell.server import make_app
from mmgap.app.shell.source import Source, open_source
from mmgap.app.shell.tab import Tab

if TYPE_CHECKING:
    from dash import Dash


def whole_app(
    language: str = "en", source: Source | None = None, *, atlas: Tab | None = None, search: Tab | None = None
) -> Dash:
    """Return the app: playground, atlas and search.

    Args:
        language: of pages whose address names none.
        source: what atlas and search show; by default the data set and the encoder that ship with the package.
        atlas, search: these tabs where a command has made its own of the source.
    """
    source = source or open_source()
    tabs = (playground_tab(), atlas or atlas_tab(Embeddings(source)), search or search_tab(source))
    app = make_app(tabs, language)
    connect_pictures(app, {source.key: source}.get)
    return app
