"""What a tab of the app is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from dash import Dash

#: What stands behind the question mark of an address, by name: ``{"n": "500"}``; the last of repeated names.
Query: TypeAlias = Mapping[str, str]


@dataclass(frozen=True)
class Tab:
    """One tab of the app.

    Attributes:
        name: its path, ``/name``.
        title: its words in the navigation, marked for translation.
        layout: (query, language) → the Dash component of its page, in the state that the query says. A query that
            makes no sense gives the page in its usual state with a line that says so, never an error page.
        connect: adds its callbacks, and routes of its own under ``/name/``, to the app; called once.
    """

    name: str
    title: str
    layout: Callable[[Query, str], Any]
    connect: Callable[[Dash], None]
