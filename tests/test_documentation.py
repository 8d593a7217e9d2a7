"""The README is short, and every local link and picture of the documentation is there."""

from pathlib import Path

import pytest

from tests.support.doc_pages import missing_links
from tests.support.site import written_pages

ROOT = Path(__file__).parents[1]
PAGES = written_pages()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    assert missing_links(page) == []


def test_the_readme_is_short_and_names_every_page_of_the_documentation():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 150
    tops = [page for page in PAGES[2:] if page.parent == ROOT / "docs" or page.name == "README.md"]
    assert [page for page in tops if f"]({page.relative_to(ROOT).as_posix()})" not in text] == []
