"""The pages of docs/spaces say what the code says, their examples run and their pictures are what the script draws."""

import doctest
import io
import re
import runpy
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmgap import spaces

PAGES = Path(__file__).parents[2] / "docs" / "spaces"
NAMES = spaces.registry.names()
EVERY = sorted(PAGES.glob("*.md"))
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


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
    links = re.findall(r"\]\((?!https?:)([^)#]+)", file.read_text(encoding="utf-8"))
    assert [link for link in links if not (PAGES / link).exists()] == []


@pytest.mark.parametrize("file", EVERY, ids=lambda file: file.stem)
def test_the_examples_of_a_page_run(file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```", file.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, file.name, str(file), 0)
    said: list[str] = []
    failed, tried = doctest.DocTestRunner(optionflags=OPTIONS).run(test, out=said.append)
    assert tried
    assert not failed, "".join(said)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_shows_its_picture(name):
    assert f"]({name}.png)" in page(name)
    assert (PAGES / f"{name}.png").stat().st_size <= 60_000


@pytest.mark.parametrize("name", ["centre", "nnn"])
def test_a_picture_is_what_the_script_draws(name, script):
    drawn = script["png"](name)
    assert script["png"](name) == drawn
    old, new = (
        np.asarray(Image.open(file).convert("RGB"), dtype=float) for file in (PAGES / f"{name}.png", io.BytesIO(drawn))
    )
    assert old.shape == new.shape
    assert np.abs(old - new).mean() < 3  # other releases of the libraries set letters a little differently
