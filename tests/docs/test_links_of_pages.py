"""Links out of ``docs`` lead to pages of the site, and addresses elsewhere are well formed; nothing is looked up."""

import re
from urllib.parse import urlsplit

import pytest

from tests.support.site import ROOT, written_pages

import outside_links  # isort: skip - of docs/_ext, which tests.support.site puts on the path

ADDRESS = re.compile(r"https?://[^\s<>|`\"]+")


@pytest.mark.parametrize("page", written_pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_addresses_elsewhere_are_well_formed(page):
    for found in ADDRESS.findall(page.read_text(encoding="utf-8")):
        address = found.rstrip(".,;:")
        while address.endswith(")") and address.count(")") > address.count("("):
            address = address[:-1].rstrip(".,;:")
        parts = urlsplit(address)
        assert parts.scheme == "https" or parts.hostname in ("127.0.0.1", "localhost"), address
        assert re.fullmatch(r"[a-z0-9.-]+\.[a-z]{2,}|localhost|127\.0\.0\.1", parts.hostname or ""), address


@pytest.mark.parametrize(
    ("text", "led"),
    [
        ("[a](../../CONTRIBUTING.md#a-loss)", "[a](/generated/project/contributing.md#a-loss)"),
        ("[a](../README.md)", "[a](../README.md)"),
        ("[a](../../README.md)", "[a](/index.md)"),
        ("[a](../../reports/published/report.md)", '<a href="../report.html">a</a>'),
        ("![a](../../reports/published/figures/a.png)", "![a](../../reports/published/figures/a.png)"),
        ("[a](https://arxiv.org/abs/1) and [b](#here)", "[a](https://arxiv.org/abs/1) and [b](#here)"),
    ],
)
def test_a_link_out_of_the_pages_is_led_to_the_site(text, led):
    assert outside_links.led_inside(text, "docs/losses", "losses/ce") == led


def test_a_file_at_the_top_of_the_repository_links_into_the_site():
    text = "[d](docs/design.md#rules), [c](CONTRIBUTING.md)"
    led = outside_links.led_inside(text, ".", "generated/project/changelog")
    assert led == "[d](/design.md#rules), [c](/generated/project/contributing.md)"


def test_what_is_led_elsewhere_exists():
    assert [name for name in (*outside_links.PAGES, *outside_links.FILES) if not (ROOT / name).exists()] == []


def test_every_folder_of_pages_stands_in_the_contents():
    contents = (ROOT / "docs" / "index.md").read_text(encoding="utf-8").split()
    folders = {page.parent.name for page in (ROOT / "docs").glob("*/README.md")}
    assert {f"{folder}/README" for folder in folders} <= set(contents)
