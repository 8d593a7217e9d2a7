"""The pages of docs/losses say what the code says, their examples run and their pictures are what the script draws."""

import inspect
import re
import runpy
from pathlib import Path

import pytest
import torch
from torch.nn.functional import normalize

from mmgap import losses
from mmgap.losses.term import tags_of
from tests.support.doc_pages import check_examples, check_picture, missing_links

PAGES = Path(__file__).parents[2] / "docs" / "losses"
NAMES = losses.registry.names()
EVERY = sorted(PAGES.glob("*.md"))


def page(name):
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


def needs(name):
    return ", ".join(f"`{need}`" for need in tags_of(losses.registry.get(name)).needs) or "–"


def value(name, apart):
    """Of 90 pairs whose sides are moved apart along the first axis, as the index has it."""
    images, noise = normalize(torch.randn(2, 90, 16, generator=torch.Generator().manual_seed(0)), dim=2)
    x, y = images.clone(), images + 0.5 * noise
    x[:, 0], y[:, 0] = x[:, 0] + apart, y[:, 0] - apart
    given = {"caption_cosines": torch.eye(90)} if needs(name) != "–" else {}
    return losses.parse(name)(normalize(x, dim=1), normalize(y, dim=1), logit_scale=10.0, **given).item()


def test_every_loss_has_a_page_and_stands_in_the_index():
    assert {file.stem for file in EVERY} == {"README", *NAMES}
    for name in NAMES:
        tags = tags_of(losses.registry.get(name))
        scale = "counts" if tags.uses_scale else "ignored"
        assert f"| [`{name}`]({name}.md) | {tags.at_least} | {scale} | {needs(name)} |" in page("README")


@pytest.mark.parametrize("name", NAMES)
def test_the_index_has_the_values_without_and_with_a_gap(name):
    told = re.search(rf"^\| \[`{name}`\].* \| (\S+) → (\S+) \|", page("README"), flags=re.MULTILINE)
    found = [float(figure.replace("−", "-")) for figure in told.groups()]
    assert found == pytest.approx([value(name, 0), value(name, 0.5)], abs=0.0051)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_names_every_option_with_its_default(name):
    function = losses.registry.get(name)
    others = ("x", "y", "logit_scale", *tags_of(function).needs)
    options = [
        (key, str(one.default)) for key, one in inspect.signature(function).parameters.items() if key not in others
    ]
    assert re.findall(r"^\| `(\w+)` \| `(.*?)` \|", page(name), flags=re.MULTILINE) == options


@pytest.mark.parametrize("name", NAMES)
def test_a_page_says_the_range_of_the_docstring_and_what_holds_for_it(name):
    function = losses.registry.get(name)
    tags = tags_of(function)
    row = re.search(
        r"^\| (\S.*) \| (\d) or more \| (\w+) \| (.*?) \| (.*?) \| (.*?) \|$", page(name), flags=re.MULTILINE
    )
    span = re.search(r"Range[^:]*: ([\[(][^\])]*[\])])", function.__doc__)[1]
    assert row[1].startswith(span)
    same = ("changes", "the same")
    assert row.groups()[1:] == (
        str(tags.at_least),
        "counts" if tags.uses_scale else "ignored",
        same[tags.symmetric],
        same[tags.rotation_invariant],
        needs(name),
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_page_links_the_papers_of_the_docstring_or_names_the_thesis(name):
    papers = re.findall(r"https?://[^\s,;)]+", losses.registry.get(name).__doc__)
    assert [paper for paper in papers if paper.rstrip(".:") not in page(name)] == []
    assert re.search(r"<https://|Universidad de Zaragoza", page(name))


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
    drawn = runpy.run_path(str(PAGES / "draw.py"))["png"]("anti")
    check_picture(PAGES / "anti.png", drawn)
