"""Results are kept with the measurements behind them, and made again where anything of them changed."""

import json

import pytest

from mmgap.analysis.derived_results import DerivedResults, version, write_results
from tests.support.made_up_rows import row


def named(result):
    return result["of"], tuple(result["rows"])


def kept(path, **options):
    return DerivedResults([path], options.pop("format", 2), named, **options)


def refuse():
    pytest.fail("made again")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "results" / "one.json"


def result(of="gap", start="2025-01-02T03:04:05Z", **more):
    return {"format": 2, "of": of, "rows": list(version(row(started_at=start))), **more}


def test_a_result_is_taken_again_for_the_same_measurements_alone(path):
    write_results(path, result(value=1.5))
    again = kept(path)
    assert again.of(named(result()), refuse)["value"] == 1.5
    assert not again.changed
    newer = named(result(start="2026-01-02T03:04:05Z"))
    other = kept(path)
    assert other.of(newer, lambda: {"value": 2.5}) == {"value": 2.5}
    assert other.changed
    assert kept(path, format=3).of(named(result()), lambda: None) is None


def test_lists_and_parts_of_files_are_read(path):
    write_results(path, [result("gap", value=1), result("recall", value=2)])
    found = kept(path)
    assert [found.of(named(result(of)), refuse)["value"] for of in ("gap", "recall")] == [1, 2]
    assert not found.changed
    write_results(path, {"format": 2, "entries": [result("gap", value=3)]})
    assert kept(path, part="entries").of(named(result()), refuse)["value"] == 3
    gone = kept(path, part="entries")
    assert gone.changed
    assert gone.of(named(result("recall")), lambda: None) is None


@pytest.mark.parametrize(
    "content", [None, "no JSON", "[1]", "{}", '{"format": 2}', '{"format": 2, "of": "gap", "rows": 7}', "\u0000" * 9]
)
def test_a_file_that_somebody_damaged_or_edited_is_none(path, content):
    if content is not None:
        path.parent.mkdir()
        path.write_text(content)
    assert kept(path).of(named(result()), lambda: {"value": 9}) == {"value": 9}


def test_a_changed_figure_breaks_the_seal(path):
    write_results(path, result(value=1.5))
    path.write_text(path.read_text().replace("1.5", "9.5"))
    assert kept(path).of(named(result()), lambda: None) is None


def test_a_file_of_an_earlier_mmgap_without_a_seal_is_read(path):
    path.parent.mkdir()
    path.write_text(json.dumps(result(value=1.5)))
    assert kept(path).of(named(result()), refuse)["value"] == 1.5
