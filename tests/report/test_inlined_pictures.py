"""Pictures in a page: nothing in them runs or asks, and they follow dark mode."""

from pathlib import PurePosixPath
from urllib.parse import unquote
from xml.etree import ElementTree

from PIL import Image

from mmgap.report.blocks import Document, Figure, Gallery
from mmgap.report.writers import html
from mmgap.report.writers.inlined_pictures import WIDTH, clean_svg, picture_address

HOSTILE = """<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" onload="alert(1)">
<script>alert(2)</script><metadata>who</metadata><style>@import url(https://a.b/c.css); * {fill: url(https://a.b/d)}</style>
<a href="https://a.b"><text>x</text></a><image xlink:href="https://a.b/p.png"/><foreignObject><b>y</b></foreignObject>
<defs><path id="g" d="M 1.23456 2.5" transform="scale(0.015625)"/></defs>
<use xlink:href="#g" onclick="alert(3)" style="fill: #222222; stroke: #ffffff"/></svg>"""


def test_an_svg_keeps_its_drawing_and_loses_all_that_could_act():
    text = clean_svg(HOSTILE)
    for gone in ("alert", "who", "https://a.b", "onload", "onclick", "foreignObject", "<script"):
        assert gone not in text
    root = ElementTree.fromstring(text)
    use = next(one for one in root.iter() if one.tag.endswith("use"))
    assert use.attrib["{http://www.w3.org/1999/xlink}href"] == "#g"
    assert use.attrib["style"] == "fill: var(--ink); stroke: var(--paper)"
    path = next(one for one in root.iter() if one.tag.endswith("path"))
    assert path.attrib["d"] == "M 1.23 2.5"
    assert path.attrib["transform"] == "scale(0.015625)"
    assert "prefers-color-scheme:dark" in text


def test_addresses_hold_the_picture(tmp_path):
    png, svg, gif = (tmp_path / f"a.{kind}" for kind in ("png", "svg", "gif"))
    Image.new("RGB", (3 * WIDTH, 30), "white").save(png)
    Image.new("P", (9, 9), 1).save(gif, save_all=True, append_images=[Image.new("P", (9, 9), 2)], duration=100)
    svg.write_text(HOSTILE)
    address = picture_address(png, svg)
    assert address.startswith("data:image/svg+xml,<svg")
    assert "#" not in address.partition(",")[2]
    assert unquote(address.partition(",")[2]).startswith("<svg")
    assert picture_address(png).startswith("data:image/webp;base64,")
    assert picture_address(gif).startswith("data:image/webp;base64,")
    svg.write_text("no picture")
    assert picture_address(png, svg) is None
    assert picture_address(tmp_path / "absent.png") is None


def test_a_page_holds_its_pictures_and_leads_to_those_that_cannot_be_read(tmp_path):
    Image.new("RGB", (9, 9), "white").save(tmp_path / "a.png")
    figures = tuple(Figure(PurePosixPath(f"{name}.png"), "what", "alt <i>") for name in ("a", "absent"))
    page = html.write(Document("t", "en", [Gallery(figures)]), tmp_path)
    assert page.count("data:image/webp;base64,") == 1
    assert page.count('src="absent.png" alt="alt &lt;i&gt;"') == 1
    assert 'src="a.png"' not in page
