"""The pages of docs/adapters say what the code says, their examples run, their pictures are what the script draws."""

import doctest
import io
import re
import runpy
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmgap import adapters

PAGES = Path(__file__).parents[2] / "docs" / "adapters"
NAMES = adapters.registry.names()
EVERY = sorted(PAGES.glob("*.md"))
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


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
    links = re.findall(r"\]\((?!https?:)([^)#]+)", file.read_text(encoding="utf-8"))
    assert [link for link in links if not (PAGES / link).exists()] == []


@pytest.mark.parametrize("file", EVERY, ids=lambda file: file.stem)
def test_the_examples_of_a_page_run(file):
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


def test_a_picture_is_what_the_script_draws():
    drawn = runpy.run_path(str(PAGES / "draw.py"))["png"]("gda")
    old, new = (
        np.asarray(Image.open(file).convert("RGB"), dtype=float) for file in (PAGES / "gda.png", io.BytesIO(drawn))
    )
    assert old.shape == new.shape
    assert np.abs(old - new).mean() < 3  # other releases of the libraries set letters a little differently
