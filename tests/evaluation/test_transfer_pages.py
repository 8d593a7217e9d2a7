"""The pages of docs/transfer name what there is, their examples run, their pictures are what the script draws."""

import importlib
import re
import runpy
from pathlib import Path

import pytest

from mmgap.metrics.transfer_entries import TRANSFER
from tests.support.doc_pages import check_examples, check_picture, missing_links

PAGES = Path(__file__).parents[2] / "docs" / "transfer"
EVERY = sorted(PAGES.glob("*.md"))

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
    assert missing_links(file) == []


@pytest.mark.parametrize("file", EVERY, ids=lambda file: file.stem)
def test_the_examples_of_a_page_run(file):
    check_examples(file)


def test_a_picture_is_what_the_script_draws(script):
    drawn = script["png"]("cka-of-layers")
    check_picture(PAGES / "cka-of-layers.png", drawn)
