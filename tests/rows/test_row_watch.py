"""A folder of rows, look by look."""

import os
from pathlib import Path

import pytest

from mmgap.rows.row import read_rows, row_path, write_row
from mmgap.rows.row_watch import RowWatch
from tests.support.made_up_rows import row

PUBLISHED = Path(__file__).parents[2] / "reports" / "published"


def kinds(watch):
    return [change.kind for change in watch.look()]


def test_every_file_is_told_once_and_again_when_it_changes(tmp_path):
    watch = RowWatch(tmp_path / "rows")
    assert watch.look() == []
    one = row()
    write_row(tmp_path / "rows", one)
    (found,) = watch.look()
    assert (found.kind, found.row["cell"], found.path) == ("row", one["cell"], row_path(tmp_path / "rows", one))
    assert watch.look() == []
    write_row(tmp_path / "rows", row(dataset="arasaac-es"))
    assert [change.row["cell"]["dataset"] for change in watch.look()] == ["arasaac-es"]
    write_row(tmp_path / "rows", one)
    assert kinds(watch) == ["row"]
    assert sorted(watch.rows) == sorted((tmp_path / "rows").glob("*.json"))
    assert sorted(map(str, watch.rows.values())) == sorted(map(str, read_rows(tmp_path / "rows")[0]))


def test_a_deleted_a_foreign_and_a_half_written_file_are_told_and_passed_over(tmp_path):
    watch, path = RowWatch(tmp_path), write_row(tmp_path, row())
    assert kinds(watch) == ["row"]
    (tmp_path / "other.json").write_text('{"a": 1}')
    (tmp_path / "bytes.json").write_bytes(b"\xff\x00")
    (tmp_path / "folder.json").mkdir()
    (tmp_path / ".hidden.json").write_text("{")
    (tmp_path / "words.txt").write_text("{")
    found = watch.look()
    assert {(change.kind, change.path.name) for change in found} == {
        ("unread", "other.json"), ("unread", "bytes.json"), ("unread", "folder.json"),
    }  # fmt: skip
    assert all(str(change.path) in change.reason for change in found)
    assert watch.look() == []
    whole = path.read_bytes()
    path.write_bytes(whole[:100])
    assert kinds(watch) == ["unread"]
    assert path not in watch.rows
    path.write_bytes(whole)
    assert kinds(watch) == ["row"]
    path.unlink()
    assert [(change.kind, change.path) for change in watch.look()] == [("gone", path)]
    assert watch.rows == {}


def test_rows_have_todays_names_as_in_every_report():
    watch = RowWatch(PUBLISHED)
    watch.look()
    assert {row["cell"]["dataset"] for row in watch.rows.values()} >= {"openmoji-en:folder", "glyphs-en"}
    assert list(map(watch.rows.get, sorted(watch.rows))) == read_rows(PUBLISHED)[0]


def test_changes_come_in_the_order_in_which_they_were_written(tmp_path):
    names = ("zz", "aa", "mm")
    for number, name in enumerate(names):
        os.utime(write_row(tmp_path, row(dataset=name)), (number, number))
    assert [change.row["cell"]["dataset"] for change in RowWatch(tmp_path).look()] == list(names)


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "rows").write_text("")
    with pytest.raises(NotADirectoryError, match="not a folder of rows"):
        RowWatch(tmp_path / "rows").look()
