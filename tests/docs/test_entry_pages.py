"""Each registry entry has a page in the site, and the page its source, its licence and when not to use it."""

import re
from pathlib import Path

import pytest

from mmgap.core.registry import loaded
from tests.support.site import DOCS

import api_pages  # isort: skip - of docs/_ext, which tests.support.site puts on the path
import dataset_pages  # isort: skip
import encoder_pages  # isort: skip
import entry_notes  # isort: skip
import metric_pages  # isort: skip
import written_pages  # isort: skip

METRICS = metric_pages.metrics()
NAMES = {
    "metrics": [metric.name for metric in METRICS],
    "datasets": dataset_pages.names(),
    "encoders": encoder_pages.names(),
}
ENTRIES = [(kind, name) for kind, names in NAMES.items() for name in names]


def test_there_are_entries_of_each_kind():
    assert len(NAMES["metrics"]) > 150
    assert {"glyphs-en", "coco", "folder", "joint", "openmoji-es"} <= set(NAMES["datasets"])
    assert {"tiny", "hf", "two-towers", "trained"} <= set(NAMES["encoders"])


@pytest.mark.parametrize(("kind", "name"), ENTRIES)
def test_an_entry_has_one_note_that_says_when_not_to_use_it(kind, name):
    assert len(entry_notes.note_of(kind, name)["not"]) > 20


@pytest.mark.parametrize("kind", NAMES)
def test_no_pattern_of_a_note_is_left_over(kind):
    patterns = [pattern for note in entry_notes.notes(kind) for pattern in note["names"]]
    assert [one for one in patterns if not any(re.fullmatch(one, name) for name in NAMES[kind])] == []


def test_an_entry_without_a_note_is_an_error():
    with pytest.raises(LookupError, match="'no_such_metric' has 0 notes"):
        entry_notes.note_of("metrics", "no_such_metric")


@pytest.mark.parametrize("kind", ["datasets", "encoders"])
def test_every_page_says_licence_and_source(kind):
    for note in entry_notes.notes(kind):
        assert re.search(r"[A-Za-z]{4}", entry_notes.licence(note))
        assert not entry_notes.licence(note).startswith("mmgap.")
        assert len(note["source"]) > 20


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_page_of_a_metric_has_formula_range_and_code(metric):
    page = metric_pages._page(metric, pictured=False)
    note = entry_notes.note_of("metrics", metric.name)
    assert f"# `{metric.name}`" in page
    assert f"```math\n{note['formula']}\n```" in page
    assert not metric.range or f"| {metric.range} |" in page
    module, _, name = note["code"].partition(":")
    assert f":: {module}{'.' if name else ''}{name}\n" in page
    assert (loaded(note["code"]) if name else __import__(module)) is not None


def test_every_data_set_and_encoder_has_a_page_and_stands_in_its_index():
    for pages, kind in ((dataset_pages, "datasets"), (encoder_pages, "encoders")):
        made = dict(pages.pages())
        assert set(made) == {f"{kind}/{name}.md" for name in (*NAMES[kind], "index")}
        index = made[f"{kind}/index.md"].decode()
        assert [name for name in NAMES[kind] if f"[`{name}`]({name}.md)" not in index] == []


@pytest.mark.parametrize("folder", written_pages.REGISTRIES)
def test_hand_written_pages_get_their_code_and_an_index_its_pages(folder):
    listed = written_pages.with_code(f"{folder}/README", "# All\n")
    for name in written_pages.REGISTRIES[folder]:
        assert (DOCS / folder / f"{name}.md").exists()
        module, _, thing = written_pages.defined(folder, name).partition(":")
        assert f":: {module}.{thing}\n" in written_pages.with_code(f"{folder}/{name}", f"# {name}\n")
        assert f"\n{name}\n" in listed
    assert written_pages.with_code("results", "# Results\n") == "# Results\n"


@pytest.mark.parametrize("package", api_pages.PACKAGES)
def test_the_api_reference_has_what_a_package_offers(package):
    offered = api_pages.offered(package)
    assert offered
    for path in offered:
        assert callable(loaded(path))
        assert Path(loaded(path.partition(":")[0] + ":__file__")).exists()
