"""The pages of docs/adapters say what the code says, their examples run, their pictures are what the script draws."""

import re
import runpy
from pathlib import Path

import pytest

from mmgap import adapters
from tests.support.doc_pages import check_examples, check_picture, missing_links

PAGES = Path(__file__).parents[2] / "docs" / "adapters"
NAMES = adapters.registry.names()
EVERY = sorted(PAGES.glob("*.md"))


def page(name):
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


def test_every_adapter_has_a_page_and_stands_in_the_index():
    assert {file.stem for file in EVERY} == {"README", *NAMES}
    for name in NAMES:
        kind = adapters.registry.get(name)
        how = "nothing" if name == "zero-shot" else "trained" if kind.trained else "solved"
        assert f"| [`{name}`]({name}.md) | {how} | {'yes' if kind.grid else 'no'} |" in page("README")


@pytest.mark.parametrize("name", NAMES)
def test_a_page_names_every_option_with_its_default(name):
    told = re.findall(r"^\| `(\w+)` \| `(.*?)` \|", page(name), flags=re.MULTILINE)
    assert told == [(option, str(field.default)) for option, field in adapters.registry.get(name).fields().items()]


@pytest.mark.parametrize("name", NAMES)
def test_a_page_links_the_papers_of_the_docstring(name):
    papers = re.findall(r"https?://[^\s,;)]+", adapters.registry.get(name).__doc__)
    assert papers
    assert [paper for paper in papers if paper.rstrip(".:") not in page(name)] == []


@pytest.mark.parametrize("file", EVERY, ids=lambda file: file.stem)
def test_the_links_of_a_page_exist(file):
    assert missing_links(file) == []


@pytest.mark.parametrize("file", EVERY, ids=lambda file: file.stem)
def test_the_examples_of_a_page_run(file):
    check_examples(file)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_shows_its_picture(name):
    assert f"]({name}.png)" in page(name)
    assert (PAGES / f"{name}.png").stat().st_size <= 60_000


def test_a_picture_is_what_the_script_draws():
    drawn = runpy.run_path(str(PAGES / "draw.py"))["png"]("gda")
    check_picture(PAGES / "gda.png", drawn)
