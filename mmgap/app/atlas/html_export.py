"""An atlas as one HTML file that needs no network and no server."""

from __future__ import annotations

import base64
import html
import io
import json
from importlib.resources import files
from typing import Any

from PIL import Image

from mmgap.app.atlas.atlas_payload import atlas_payload
from mmgap.app.atlas.atlas_tab import plotly_script
from mmgap.app.atlas.embedding_maps import Atlas
from mmgap.app.atlas.page_words import page_words
from mmgap.app.shell.source import Source
from mmgap.core.messages import quoted
from mmgap.core.progress import progress_bar

#: Pixels of the longer side of a picture in a file, its JPEG quality, and how many pictures a file may hold.
PICTURE, QUALITY, MOST_PICTURES = 96, 70, 5000

_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; \
style-src 'unsafe-inline'; img-src data: blob:; connect-src blob: data:; worker-src blob:">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main class="atlas">
<h1>{title}</h1>
<div id="atlas-root"></div>
</main>
<script id="atlas-setup" type="application/json">{setup}</script>
<script>{plotly}</script>
<script>{script}</script>
<script>mmgap.atlas.start(JSON.parse(document.getElementById("atlas-setup").textContent));</script>
</body>
</html>
"""


def atlas_html(
    atlas: Atlas,
    title: str,
    language: str,
    *,
    captions: bool = False,
    pictures: bool = False,
    colour: str = "modality",
) -> str:
    """Return the page, with Plotly and all data in it.

    Args:
        atlas: what is drawn.
        title: above it.
        language: "en" or "es".
        captions: whether captions go into it.
        pictures: whether the images go into it, as JPEGs of at most `PICTURE` pixels a side.
        colour: what points are coloured by at first.

    Raises:
        ValueError: pictures of saved vectors, or more than `MOST_PICTURES`.
    """
    embedded = {"data": _pictures(atlas)} if pictures else None
    setup = {
        "words": page_words(language),
        "language": language,
        "state": {"colour": colour, "lines": "1", "chosen": ""},
        "payload": atlas_payload(atlas, language, captions=captions, pictures=embedded),
    }
    assets = files("mmgap.app").joinpath("assets")
    scripts = sorted((part for part in assets.joinpath("atlas").iterdir() if part.name.endswith(".js")), key=_name)
    return _PAGE.format(
        language=language,
        title=html.escape(quoted(title)),
        style=assets.joinpath("style.css").read_text() + assets.joinpath("atlas", "atlas.css").read_text(),
        setup=in_script(setup),
        plotly=plotly_script().decode().replace("</script", "<\\/script"),
        script="\n".join(part.read_text() for part in scripts),
    )


def in_script(value: Any) -> str:
    """Return JSON that ends no script element and begins no comment in it.

    >>> in_script("</script><!--")
    '"\\\\u003c/script\\\\u003e\\\\u003c!--"'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e")


def _name(part: Any) -> str:
    return str(part.name)


def _pictures(atlas: Atlas) -> list[str | None]:
    source = atlas.source
    if source.dataset.vectors is not None:
        raise ValueError(f"{source.title} has no pictures to put into the file: leave --pictures out")
    if len(atlas.places) > MOST_PICTURES:
        raise ValueError(f"{len(atlas.places):,} pictures are too many for one file: at most {MOST_PICTURES:,} go in")
    return [_data(source, int(place)) for place in progress_bar(atlas.places, desc="pictures")]


def _data(source: Source, place: int) -> str | None:
    found = source.picture(place, PICTURE)
    if found is None:
        return None
    buffer = io.BytesIO()
    Image.open(io.BytesIO(found)).convert("RGB").save(buffer, format="JPEG", quality=QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
