"""The browser's own ``<input>``, which Dash's HTML components lack; its script is the asset of the same name."""

from __future__ import annotations

from typing import Any

from dash.development.base_component import Component


class NativeInput(Component):
    """An ``<input>`` with its HTML attributes as React spells them; what it holds is the page's scripts' alone.

    >>> NativeInput(id="n", type="range", min=2, max=9).to_plotly_json()["type"]
    'Input'
    """

    _namespace = "mmgap_native"
    _type = "Input"
    _prop_names = [  # noqa: RUF012 - as in every Dash component
        *("id", "type", "min", "max", "step", "defaultValue", "className", "list", "maxLength", "spellCheck"),
        *("autoComplete", "inputMode", "readOnly"),
    ]
    _valid_wildcard_attributes = ["data-", "aria-"]  # noqa: RUF012
    available_wildcard_properties = ["data-", "aria-"]  # noqa: RUF012

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
