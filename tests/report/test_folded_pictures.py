"""Drawings of closed folds are packed; a page that has loaded has them, and one that cannot unpack them says so."""

import base64
import gzip
import json
import re
from pathlib import PurePosixPath

import pytest
from PIL import Image

from mmgap.report.blocks import Document, Figure, Fold, Gallery
from mmgap.report.writers import html
from tests.support.browser import opened

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><path d="M 0 0 L 9 9" stroke="#222222"/></svg>'


def page_of(folder, language="en"):
    """A page with a picture above its folds, in an open and in two closed ones, the last of them of pixels."""
    for name in "abcd":
        Image.new("RGB", (40, 30), "white").save(folder / f"{name}.png")
        (folder / f"{name}.svg").write_text(SVG.replace("9 9", f"9 {ord(name)}"))

    def gallery(name, vector=True):
        path = PurePosixPath(f"{name}.png")
        return Gallery((Figure(path, "What it shows.", name, path.with_suffix(".svg") if vector else None),))

    folds = (
        Fold("open", "Open", (gallery("b"),), open=True),
        Fold("closed", "Closed", (gallery("c"),)),
        Fold("pixels", "Pixels", (gallery("d", vector=False),)),
    )
    text = html.write(Document("A page", language, [gallery("a"), *folds]), folder)
    (folder / "report.html").write_text(text, encoding="utf-8")
    return text


def test_only_drawings_of_closed_folds_are_packed(tmp_path):
    text = page_of(tmp_path)
    assert text.count('src="data:image/svg+xml,') == 2
    assert text.count('src="data:image/webp;base64,') == 1
    assert text.count("data-picture=") == 1
    held = re.search(r'id="pictures">([^<]*)<', text)[1]
    (drawing,) = json.loads(gzip.decompress(base64.b64decode(held)))
    assert drawing.startswith("data:image/svg+xml,")
    assert "L 9 99" in drawing, "the picture of c, with its own line"


def test_the_same_pictures_are_packed_to_the_same_page(tmp_path):
    assert page_of(tmp_path) == page_of(tmp_path)


@pytest.mark.parametrize(("language", "words"), [("en", "are packed"), ("es", "van comprimidas")])
def test_without_a_script_the_page_says_where_its_pictures_are(chromium, tmp_path, language, words):
    page_of(tmp_path, language)
    with opened(chromium, java_script_enabled=False) as page:
        page.goto((tmp_path / "report.html").as_uri())
        assert page.get_by_text(words).is_visible()


def test_pictures_are_there_when_the_page_has_loaded(chromium, tmp_path):
    page_of(tmp_path)
    with opened(chromium, offline=True) as page:
        page.goto((tmp_path / "report.html").as_uri())
        assert page.locator("img[src^='data:image/svg']").count() == 3
        page.locator("#closed > summary").click()
        page.wait_for_function("document.querySelector('#closed img').naturalWidth > 0")
        assert page.get_by_text("are packed").is_hidden()
        assert not page.locator("iframe").count()


def test_a_browser_that_cannot_unpack_says_so(chromium, tmp_path):
    page_of(tmp_path)
    with opened(chromium, offline=True) as page:
        page.add_init_script("delete window.DecompressionStream")
        page.goto((tmp_path / "report.html").as_uri())
        page.get_by_text("are packed").wait_for()
