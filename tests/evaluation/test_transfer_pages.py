"""The pages of docs/transfer name what there is, their examples run, their pictures are what the script draws."""

import doctest
import importlib
import io
import re
import runpy
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmgap.metrics.transfer_entries import TRANSFER

PAGES = Path(__file__).parents[2] / "docs" / "transfer"
EVERY = sorted(PAGES.glob("*.md"))
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE

pytestmark = pytest.mark.usefixtures("one_thread")


def page(name):
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def script():
    return runpy.run_path(str(PAGES / "draw.py"))


def test_every_picture_has_a_page_that_stands_in_the_index(script):
    assert {file.stem for file in EVERY} == {"README", *script["PICTURES"]}
    for name in script["PICTURES"]:
        assert f"]({name}.md)" in page("README")
        assert f"]({name}.png)" in page(name)
        assert (PAGES / f"{name}.png").stat().st_size <= 60_000


def test_every_number_of_a_row_is_named():
    told = set(re.findall(r"`(\w+)`", page("README"))) | set(
        re.findall(r"\b(?:c3|v)_\w+", page("clusters-and-constant-gap"))
    )
    families = ("shared2_", "shared4_", "consistency", "cka_")
    assert [entry.name for entry in TRANSFER if entry.name not in told and not entry.name.startswith(families)] == []


def test_the_calls_of_the_index_exist():
    calls = re.findall(r"`((?:metrics|stats|encoders|evaluation)\.[\w.]+)`", page("README"))
    assert len(calls) == 11
    for call in calls:
        module, _, name = call.rpartition(".")
        assert hasattr(importlib.import_module(f"mmgap.{module}"), name), call


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


def test_a_picture_is_what_the_script_draws(script):
    drawn = script["png"]("cka-of-layers")
    old, new = (
        np.asarray(Image.open(file).convert("RGB"), dtype=float)
        for file in (PAGES / "cka-of-layers.png", io.BytesIO(drawn))
    )
    assert old.shape == new.shape
    assert np.abs(old - new).mean() < 3  # other releases of the libraries set letters a little differently
