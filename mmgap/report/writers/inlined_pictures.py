"""Pictures inside a page: SVG as text that follows dark mode, everything else as WebP, in addresses without a host.

An ``<img>`` runs no script of an SVG and loads nothing for it; scripts are taken out all the same.
"""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

#: An SVG of more bytes is shown as pixels: thousands of points are no drawing any more.
LARGEST_SVG = 150_000

#: One with a map of colours may have more: as pixels it would turn its colours round in dark mode, and its scale.
LARGEST_MAP = 600_000

#: Pixels are at most so wide, nearly twice what a page shows.
WIDTH = 1200

_SVG = "http://www.w3.org/2000/svg"
_HREF = "{http://www.w3.org/1999/xlink}href"

#: Colours of `mmgap.report.figures.style` → names whose value depends on the page being dark: (name, light, dark).
_COLOURS = {
    "#222222": ("ink", "#222", "#e4e4e4"),
    "#000000": ("ink", "#222", "#e4e4e4"),
    "#ffffff": ("paper", "#fff", "#16181d"),
    "#e6e6e6": ("grid", "#e6e6e6", "#33363d"),
    "#6b6b6b": ("mid", "#6b6b6b", "#a8a8a8"),
    "#555555": ("soft", "#555", "#b4b4b4"),
    "#333333": ("ink", "#222", "#e4e4e4"),
    "#0072b2": ("blue", "#0072b2", "#4aa8e0"),
}
_DROPPED = {f"{{{_SVG}}}{name}" for name in ("script", "foreignObject", "metadata", "a")}


def picture_address(path: Path, vector: Path | None = None) -> str | None:
    """Return a ``data:`` address of a picture, of its vector form where that is small enough.

    None where there is no picture, or none that can be read: a page then names the file, and says what it shows.
    """
    try:
        if vector is not None and vector.is_file() and vector.stat().st_size <= LARGEST_MAP:
            text = vector.read_text(encoding="utf-8")
            if len(text) <= LARGEST_SVG or "<image " in text:
                drawing = re.sub(r"\s+", " ", clean_svg(text))
                return f"data:image/svg+xml,{quote(drawing, safe=_SAFE)}"
        return f"data:image/webp;base64,{base64.b64encode(_webp(path)).decode()}"
    except (OSError, ElementTree.ParseError, UnicodeDecodeError):
        return None


#: Signs that such an address may hold as they are inside a quoted attribute, so that it stays short.
_SAFE = " =:/;,()!*-._~@+$[]{}|?^<>"


def clean_svg(text: str) -> str:
    """Return an SVG without scripts, handlers, metadata and links to elsewhere, its colours following dark mode.

    Coordinates are rounded to hundredths of a point.

    Raises:
        xml.etree.ElementTree.ParseError: no SVG.
    """
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    root = ElementTree.fromstring(text)
    for parent in root.iter():
        for child in [one for one in parent if one.tag in _DROPPED]:
            parent.remove(child)
        for name, value in list(parent.attrib.items()):
            local = name.rpartition("}")[2].lower()
            if local.startswith("on") or (local == "href" and not value.startswith(("#", "data:image/png;"))):
                del parent.attrib[name]
            elif name in ("d", "x", "y", "points", "style") and "data:" not in value:
                parent.set(name, _named_colours(re.sub(r"(\.\d\d)\d+", r"\1", value)))
    for style in root.iter(f"{{{_SVG}}}style"):
        style.text = re.sub(r"(?i)@import[^;]*;|url\((?!['\"]?#)[^)]*\)", "", style.text or "")
    dark = ElementTree.Element(f"{{{_SVG}}}style")
    dark.text = _both_modes()
    root.insert(0, dark)
    return ElementTree.tostring(root, encoding="unicode")


def _named_colours(style: str) -> str:
    return re.sub(
        r"#[0-9a-fA-F]{6}\b",
        lambda match: f"var(--{_COLOURS[match[0].lower()][0]})" if match[0].lower() in _COLOURS else match[0],
        style,
    )


def _both_modes() -> str:
    light, dark = (
        ";".join(dict.fromkeys(f"--{name}:{pair[mode]}" for name, *pair in _COLOURS.values())) for mode in (0, 1)
    )
    return f":root{{{light};fill:var(--ink)}}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}"


def _webp(path: Path) -> bytes:
    """A still or moving picture, no wider than `WIDTH`."""
    from PIL import Image, ImageSequence

    with Image.open(path) as picture:
        frames = [_fitted(frame.convert("RGBA")) for frame in ImageSequence.Iterator(picture)]
        wait = picture.info.get("duration", 0)
    buffer = io.BytesIO()
    first, *others = frames
    if others:
        first.save(buffer, "WEBP", save_all=True, append_images=others, duration=wait or 500, loop=0, quality=70)
    else:
        first.save(buffer, "WEBP", quality=72, method=4)
    return buffer.getvalue()


def _fitted(frame: Any) -> Any:
    if frame.width <= WIDTH:
        return frame
    return frame.resize((WIDTH, round(frame.height * WIDTH / frame.width)))
