"""The pages of docs/spaces say what the code says, their examples run and their pictures are what the script draws."""

import re
import runpy
from pathlib import Path

import pytest

from mmgap import spaces
from tests.support.doc_pages import check_examples, check_picture, missing_links

PAGES = Path(__file__).parents[2] / "docs" / "spaces"
NAMES = spaces.registry.names()
EVERY = sorted(PAGES.glob("*.md"))


def page(name):
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def script():
    return runpy.run_path(str(PAGES / "draw.py"))


def test_every_space_has_a_page_and_stands_in_the_index():
    assert [file.stem for file in EVERY] == sorted(["README", *NAMES])
    index = page("README")
    assert [
        name for name in NAMES if f"| [`{name}`]({name}.md) | {spaces.registry.get(name).kind} |" not in index
    ] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_page_names_every_option_with_its_default(name):
    told = re.findall(r"^\| `(\w+)` \| `(.*?)` \|", page(name), flags=re.MULTILINE)
    assert told == [(option, str(field.default)) for option, field in spaces.registry.get(name).fields().items()]


@pytest.mark.parametrize("name", NAMES)
def test_a_page_links_the_papers_of_the_docstring(name):
    papers = re.findall(r"https?://[^\s,;)]+", spaces.registry.get(name).__doc__ or "")
    assert [paper for paper in papers if paper.rstrip(".:") not in page(name)] == []


@pytest.mark.parametrize("file", EVERY, ids=lambda file: file.stem)
def test_the_links_of_a_page_exist(file):
    assert missing_links(file) == []


@pytest.mark.parametrize("file", EVERY, ids=lambda file: file.stem)
def test_the_examples_of_a_page_run(file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_examples(file)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_shows_its_picture(name):
    assert f"]({name}.png)" in page(name)
    assert (PAGES / f"{name}.png").stat().st_size <= 60_000


@pytest.mark.parametrize("name", ["centre", "nnn"])
def test_a_picture_is_what_the_script_draws(name, script):
    drawn = script["png"](name)
    assert script["png"](name) == drawn
    check_picture(PAGES / f"{name}.png", drawn)
