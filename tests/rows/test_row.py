import json

import pytest

from mmgap.core.messages import counted, note_of
from mmgap.harness.cell_rows import new_row
from mmgap.rows.cell import Cell
from mmgap.rows.code_of_row import changed_code, comparable, origin
from mmgap.rows.row import (
    MEASURE_VERSION,
    SCHEMA,
    NewerRowError,
    RowError,
    cell_slug,
    latest,
    migrated,
    notes_of,
    read_row,
    read_rows,
    row_key,
    slug,
    write_row,
)

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


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "1"},
        {"metrics": []},
        {"metrics": {"gap": {"value": 1.0}}},
        {"metrics": {"gap": 1.0}},
        {"cell": {"experiment": "measure"}},
        {"cell": None},
        {"started_at": None},
        {"notes": "one"},
        {"notes": [1]},
        {"notes": [{"message": "without values"}]},
        {"notes": [{"message": "{n}", "values": {}, "plural": 2}]},
    ],
)
def test_a_row_that_cannot_be_used_is_named(tmp_path, change):
    path = write_row(tmp_path, row_of())
    path.write_text(json.dumps({**row_of(), **change}))
    with pytest.raises(RowError, match=f"{path.name}: .*; delete it to measure its cell again"):
        read_row(path)


def test_a_row_that_is_not_what_was_written_is_refused_and_one_without_a_seal_is_read(tmp_path):
    path = write_row(tmp_path, row_of(inputs={"pool": 90}))
    path.write_text(path.read_text().replace("90", "91"))
    with pytest.raises(RowError, match="is damaged"):
        read_row(path)
    row = row_of()
    path.write_text(json.dumps(row))  # as before rows had one
    assert read_row(path) == row


def test_a_newer_schema_is_refused(tmp_path):
    path = write_row(tmp_path, row_of())
    path.write_text(json.dumps({**row_of(), "schema": SCHEMA + 1, "cell": "of a layout to come"}))
    with pytest.raises(NewerRowError, match="newer"):
        read_row(path)


def test_notes_are_messages_or_plain_strings_as_in_the_first_schema(tmp_path):
    note = counted("{n} image left out.", "{n} images left out.", n=3)
    for schema, notes in ((1, ["plain {x}"]), (2, ["plain {x}", note_of(note)])):
        row = read_row(write_row(tmp_path, {**row_of(), "schema": schema, "notes": notes}))
        assert row["notes"] == notes
        assert notes_of(row) == ["plain {x}", "3 images left out."][: len(notes)]
    assert notes_of(row)[1].plural == "{n} images left out."


def test_a_note_of_another_kind_is_named(tmp_path):
    path = write_row(tmp_path, {**row_of(), "notes": [1]})
    with pytest.raises(RowError, match=r"notes\[0\] is int, expected a string or an object"):
        read_row(path)


def test_the_newest_row_of_a_cell_is_shown(tmp_path):
    old, new, other = (
        row_of(inputs={"a": 1}),
        row_of(inputs={"a": 2}, when="2026-02-01T00:00:00Z"),
        row_of(Cell("theory")),
    )
    for row in (new, old, other):
        write_row(tmp_path, row)
    (tmp_path / "torn.json").write_text("{")
    rows, refused = read_rows(tmp_path)
    assert {row["key"] for row in latest(rows)} == {new["key"], other["key"]}
    assert ["torn.json" in reason for reason in refused] == [True]


def test_rows_of_a_folder_of_reports_are_read(tmp_path):
    write_row(tmp_path / "rows", made := row_of())
    assert read_rows(tmp_path) == read_rows(tmp_path / "rows") == ([made], [])
    write_row(tmp_path, other := row_of(Cell("theory")))
    assert read_rows(tmp_path) == ([other], [])  # those that lie in it come first


def test_slugs_are_lower_case_words():
    assert slug("folder:/Home/Ä b/c.NPY") == "folder-home-a-b-c.npy"
    assert slug("folder:日本") != slug("folder:写真")
    assert cell_slug(Cell("theory", variant=(("table", "5.1"),)).to_dict()) == "table-5.1-s0"


def identified(version=1, measure_version=MEASURE_VERSION, cell=CELL, **identities):
    told = {"experiment": {"version": version}, "encoder": {"version": 1}, "dataset": {"version": 1}, **identities}
    return row_of(cell, {"measure_version": measure_version, "identities": told})


def old(source="a" * 64, **metrics):
    row = row_of(inputs={"measure_version": 1, "experiment_source_hash": source})
    found = {name: {"value": value} for name, value in metrics.items()}
    return {**row, "metrics": found}


@pytest.mark.parametrize(
    ("other", "names"),
    [
        (identified(measure_version=MEASURE_VERSION + 1), ["measure_version"]),
        (identified(version=2), ["experiment"]),
        (identified(encoder={"source": "b"}), ["encoder"]),
        (identified(dataset={"source": "b"}), ["dataset"]),
        (identified(projection={"version": 2}), ["projection"]),
        (old(), ["measure_version", "dataset", "encoder", "experiment"]),
    ],
)
def test_rows_of_other_code_are_not_comparable(other, names):
    assert comparable(identified()) == comparable(identified())
    assert comparable(identified()) != comparable(other)
    assert sorted(changed_code(identified(), other)) == sorted(names)


def test_old_rows_count_by_the_hash_of_the_experiment():
    assert comparable(old("a")) == comparable(old("a")) != comparable(old("b"))
    assert changed_code(old("a"), old("b")) == ["experiment"]


def test_other_encoders_and_losses_can_be_compared():
    """A term that both losses have is the same code in both, or they cannot."""
    from dataclasses import replace

    one = identified(cell=replace(CELL, loss="ce"), **{"loss:ce": {"version": 1}})
    two = identified(cell=replace(CELL, loss="ce+var"), **{"loss:ce": {"version": 1}, "loss:var": {"version": 3}})
    three = identified(cell=replace(CELL, loss="ce+var"), **{"loss:ce": {"version": 2}, "loss:var": {"version": 3}})
    assert changed_code(one, two) == []
    assert changed_code(one, three) == ["loss:ce"]
    assert comparable(one) != comparable(two)
    foreign = identified(cell=replace(CELL, encoder="mine"), encoder={"source": "b"})
    assert changed_code(identified(), foreign) == []


def test_the_origin_of_a_row_in_words():
    mine = {"source": "3fa9c1d2" * 8, "file": "mine.py", "distribution": "birds 1.2", "version": 2}
    told = origin(identified(dataset=mine, encoder={"module": "numpy.random"}))
    assert told == {
        "measure_version": str(MEASURE_VERSION),
        "experiment": "version 1",
        "encoder": "numpy.random",
        "dataset": "mine.py 3fa9c1d2 birds 1.2 version 2",
    }
    assert origin(old("ab" * 32)) == {"measure_version": "1", "experiment": "abababab"}
    assert origin(row_of()) == {"measure_version": "1", "experiment": "unknown"}


def test_old_recalls_get_the_names_of_today():
    row = old(
        gap=0.8, t2i_r1=0.5, t2i_r1_strict=0.4, i2t_r1_pool90=0.7, train_t2i_r1_pool90=0.9, t2i_r1_resampled90=0.6
    )
    found = migrated(row)
    values = {name: metric["value"] for name, metric in found["metrics"].items()}
    assert values == {
        "gap": 0.8,
        "t2i_r1": 0.5,
        "t2i_r1_own": 0.4,
        "i2t_r1_pool90": 0.7,
        "train_t2i_r1_pool90": 0.9,
        "t2i_r1_resampled90": 0.6,
        "i2t_r1_pool90_own": 0.7,
    }
    assert "t2i_r1_strict" in row["metrics"], "the row itself stays"
    assert found["provenance"].pop("metrics_named_as") == MEASURE_VERSION
    assert {**found, "metrics": row["metrics"]} == row, "nothing else changes"
    assert migrated(migrated(row)) == migrated(row)


def test_rows_that_need_no_new_names_stay_what_they_are():
    for row in (identified(), old(gap=0.8), {**old(t2i_r1=0.5), "inputs": {"measure_version": MEASURE_VERSION}}):
        assert migrated(row) is row


@pytest.mark.parametrize(
    ("dataset", "identities", "shown"),
    [
        ("openmoji-en", None, "openmoji-en:folder"),
        ("openmoji-es", {"experiment": {"version": 1}, "dataset": {"version": 1}}, "openmoji-es:folder"),
        ("openmoji-en:keywords=first", None, "openmoji-en:folder,keywords=first"),
        ("openmoji-en", {"dataset": {"version": 2}}, "openmoji-en"),
        ("openmoji-fr", None, "openmoji-fr"),
        ("flickr8k", None, "flickr8k"),
    ],
)
def test_a_renamed_data_set_is_read_under_todays_name(tmp_path, dataset, identities, shown):
    cell = Cell("measure", "tiny", dataset, None, 0, ())
    row = row_of(cell, {"a": 1} if identities is None else {"a": 1, "identities": identities})
    path = write_row(tmp_path, row)
    (found,), refused = read_rows(tmp_path)
    assert (found["cell"]["dataset"], refused) == (shown, [])
    assert {**found, "cell": row["cell"]} == row
    assert read_row(path) == row, "the file itself keeps what it says"


def test_a_row_from_before_and_one_of_today_are_two_cells(tmp_path):
    cell = Cell("measure", "tiny", "openmoji-en", None, 0, ())
    for inputs in ({"a": 1}, {"a": 1, "identities": {"dataset": {"version": 2}}}):
        write_row(tmp_path, row_of(cell, inputs))
    assert {row["cell"]["dataset"] for row in latest(read_rows(tmp_path)[0])} == {"openmoji-en", "openmoji-en:folder"}


@pytest.mark.parametrize("content", ['{"a": 1}', "[1]", "no json", "", '{"schema_version": 1}', "\x00\x01"])
def test_a_file_of_others_is_never_said_to_be_deleted(tmp_path, content):
    path = tmp_path / "mine.json"
    path.write_text(content)
    with pytest.raises(RowError, match=r"mine\.json: .*mmgap did not write it: name another file or folder$"):
        read_row(path)


def test_a_torn_row_is_measured_again(tmp_path):
    path = write_row(tmp_path, row_of())
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(RowError, match="delete it to measure its cell again"):
        read_row(path)
    other = path.rename(tmp_path / "renamed.json")
    with pytest.raises(RowError, match="delete it to measure its cell again"):
        read_row(other)
