import json

import pytest

from mmgap.experiment import new_row
from mmgap.grid import Cell
from mmgap.row import SCHEMA, RowError, cell_slug, latest, read_row, read_rows, row_key, slug, write_row

CELL = Cell("measure", "two-towers:mobilenet-v2,minilm,random", "arasaac-es", None, 1, (("captions", "first"),))


def row_of(cell=CELL, inputs=None, when="2026-01-01T00:00:00Z"):
    return new_row(cell, inputs or {"a": 1}, when)


def test_a_row_survives_the_disk(tmp_path):
    row = row_of()
    path = write_row(tmp_path, row)
    assert read_row(path) == row
    assert path.name.startswith("measure-two-towers-mobilenet-v2-minilm-random-arasaac-es-captions-first-s1-")
    assert [p.name for p in tmp_path.iterdir()] == [path.name], "no temporary file is left"


def test_a_very_long_cell_still_has_a_file_name(tmp_path):
    assert write_row(tmp_path, row_of(Cell("measure", "hf:" + "x" * 400, "folder:/" + "y" * 400))).exists()


@pytest.mark.parametrize(
    "change",
    [
        {"experiment": "train"},
        {"encoder": "tiny-random"},
        {"dataset": "arasaac-en"},
        {"loss": "ce"},
        {"seed": 2},
        {"variant": (("captions", "all"),)},
    ],
)
def test_every_coordinate_changes_the_key(change):
    from dataclasses import replace

    assert row_key(replace(CELL, **change).to_dict(), {}) != row_key(CELL.to_dict(), {})


def test_every_input_changes_the_key():
    assert row_of(inputs={"a": 1})["key"] != row_of(inputs={"a": 2})["key"] != row_of(inputs={"a": 2, "b": 0})["key"]


def test_when_a_row_was_made_does_not_change_its_key():
    assert row_of(when="2026-01-01T00:00:00Z")["key"] == row_of(when="2027-01-01T00:00:00Z")["key"]


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"schema": 1}'])
def test_what_is_no_row_is_named(tmp_path, content):
    path = tmp_path / "torn.json"
    path.write_text(content)
    with pytest.raises(RowError, match=r"torn\.json"):
        read_row(path)


def test_a_newer_schema_is_refused(tmp_path):
    path = write_row(tmp_path, row_of())
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema": SCHEMA + 1}))
    with pytest.raises(RowError, match="newer"):
        read_row(path)


def test_the_newest_row_of_a_cell_is_shown(tmp_path):
    old, new, other = (
        row_of(inputs={"a": 1}),
        row_of(inputs={"a": 2}, when="2026-02-01T00:00:00Z"),
        row_of(Cell("theory")),
    )
    for row in (new, old, other):
        write_row(tmp_path, row)
    rows = latest(read_rows(tmp_path))
    assert {row["key"] for row in rows} == {new["key"], other["key"]}


def test_slugs_are_lower_case_words():
    assert slug("folder:/Home/Ä b/c.NPY") == "folder-home-a-b-c.npy"
    assert slug("folder:日本") != slug("folder:写真")
    assert cell_slug(Cell("theory", variant=(("table", "5.1"),)).to_dict()) == "table-5.1-s0"
