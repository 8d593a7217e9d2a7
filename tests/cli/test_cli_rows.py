"""``mmgap rows``: what changed between two sets of rows, and older rows under the names of today."""

import json

import pytest
from typer.testing import CliRunner

from mmgap.cli.main import app
from mmgap.harness.cell_rows import new_row
from mmgap.rows.cell import Cell
from mmgap.rows.row import MEASURE_VERSION, read_row, read_rows, write_row


def run(*arguments):
    return CliRunner().invoke(app, ["rows", *map(str, arguments)])


def metric(value, low=None, high=None, unit=None):
    return {"value": value, "ci_low": low, "ci_high": high, "n": 9, "unit": unit, "higher_is_better": None}


def row_of(version=1, seed=0, experiment="measure", status="ok", when="2026-01-01T00:00:00Z", inputs=None, **metrics):
    cell = Cell(experiment, "tiny", "glyphs-en", None, seed, (("captions", "first"),))
    row = new_row(cell, {"measure_version": version, **(inputs or {})}, when)
    found = {name: value if isinstance(value, dict) else metric(value) for name, value in metrics.items()}
    return {**row, "status": status, "metrics": found}


@pytest.fixture
def sides(tmp_path):
    """Two folders: one cell in both that changed, one that stayed, one on each side alone."""
    old, new = tmp_path / "old", tmp_path / "new"
    share = {"low": 0.4, "high": 0.6, "unit": "share"}
    before = {"gap": metric(0.8513, 0.84, 0.86), "uniformity": -1.5, "t2i_r1_pool90": metric(0.5, **share)}
    after = {**before, "gap": metric(0.8613, 0.85, 0.87), "t2i_r1_pool90": metric(0.507, **share), "gap_p": 0.01}
    own = {"t2i_r1_pool90_own": metric(0.45, **share)}
    old_inputs = {"experiment_source_hash": "a" * 64, "recipe": {"epochs": 3, "rate": 0.1}}
    new_inputs = {"identities": {"experiment": {"version": 1}}, "recipe": {"epochs": 4, "rate": 0.1}}
    write_row(old, row_of(inputs=old_inputs, **before, t2i_r1_pool90_strict=metric(0.45, **share), old_name=1.0))
    write_row(new, row_of(2, inputs=new_inputs, **after, **own))
    for folder in (old, new):
        write_row(folder, row_of(seed=1, gap=0.5))
    write_row(old, row_of(seed=2, gap=0.5))
    write_row(new, row_of(experiment="cones", mean=0.5))
    return old, new


def test_compare_says_what_changed_and_why(sides):
    old, new = sides
    result = run("compare", *sides)
    assert result.exit_code == 0, result.output
    lines = [line.rstrip() for line in result.stdout.splitlines()]
    assert lines[0] == "measure tiny-glyphs-en-captions-first-s0"
    assert lines[1] == "  measure_version 1 → 2; experiment_source_hash; recipe.epochs 3 → 4; identities"
    assert [line.split() for line in lines[2:5]] == [
        ["metric", "before", "after", "difference"],
        ["gap", "0.851", "[0.84,", "0.86]", "0.861", "[0.85,", "0.87]", "+0.01"],
        ["t2i_r1_pool90", "50.0", "[40.0,", "60.0]", "50.7", "[40.0,", "60.0]", "+0.7"],
    ]
    assert lines[5] == "  2 stayed, 1 appeared, 1 vanished", "the recall by own pairs is found under its old name"
    assert lines[7:10] == ["measure tiny-glyphs-en-captions-first-s1", "  the same inputs", "  1 stayed"]
    assert f"only in {old}: measure tiny-glyphs-en-captions-first-s2" in lines
    assert f"only in {new}: cones tiny-glyphs-en-captions-first-s0" in lines
    assert lines[-1] == "2 cells on both sides, 1 of them changed"


def test_compare_leaves_out_what_stayed(sides):
    assert "captions-first-s1" not in run("compare", *sides, "--changed").stdout


def test_compare_some_metrics_changed_or_not(sides):
    lines = run("compare", *sides, "--metric", "t2i_*", "--metric", "uniformity").stdout.splitlines()
    assert [line.split()[0] for line in lines[2:6]] == ["metric", "uniformity", "t2i_r1_pool90", "t2i_r1_pool90_own"]
    assert lines[3].split()[-1] == lines[5].split()[-1] == "0"
    changed = run("compare", *sides, "--metric", "t2i_*", "--changed").stdout
    assert "t2i_r1_pool90_own" not in changed
    assert "gap" not in changed
    result = run("compare", *sides, "--metric", "gapp")
    assert result.exit_code == 2
    assert result.stderr == "mmgap: --metric gapp: no row has such a metric\n"


def test_an_interval_alone_can_change(tmp_path):
    for name, high in (("old", 0.9), ("new", 0.8)):
        write_row(tmp_path / name, row_of(gap=metric(0.5, 0.1, high)))
    line = run("compare", tmp_path / "old", tmp_path / "new").stdout.splitlines()[3]
    assert line.split() == ["gap", "0.500", "[0.1,", "0.9]", "0.500", "[0.1,", "0.8]", "0"]


def test_rounding_is_no_change(tmp_path):
    write_row(tmp_path / "old", row_of(gap=0.1 + 0.2))
    write_row(tmp_path / "new", row_of(gap=0.3))
    assert "0 of them changed" in run("compare", tmp_path / "old", tmp_path / "new").stdout


def test_compare_two_files_and_a_status(tmp_path):
    old = write_row(tmp_path / "old", row_of(status="failed"))
    new = write_row(tmp_path / "new", row_of(2, gap=0.5))
    lines = run("compare", old, new).stdout.splitlines()
    assert lines[1:3] == ["  status failed → ok; measure_version 1 → 2", "  1 appeared"]


def test_the_newest_row_of_a_cell_counts(tmp_path):
    write_row(tmp_path / "old", row_of(gap=0.5))
    write_row(tmp_path / "new", row_of(gap=0.5, when="2026-02-01T00:00:00Z"))
    write_row(tmp_path / "new", row_of(gap=0.9, inputs={"dtype": "float16"}))
    assert "0 of them changed" in run("compare", tmp_path / "old", tmp_path / "new").stdout


def test_compare_as_markdown(sides):
    lines = run("compare", *sides, "--markdown", "--changed").stdout.splitlines()
    assert lines[0] == "### measure tiny-glyphs-en-captions-first-s0"
    assert [cell.strip() for cell in lines[6].split("|")[1:-1]] == [
        "`gap`",
        "0.851 [0.84, 0.86]",
        "0.861 [0.85, 0.87]",
        "+0.01",
    ]
    assert any(line.startswith("- only in ") for line in lines)


@pytest.mark.parametrize("content", ["{", "[]", '{"schema": 99}', "\x00"])
def test_compare_names_what_cannot_be_read(sides, content):
    (sides[1] / "torn.json").write_text(content)
    result = run("compare", *sides)
    assert result.exit_code == 0
    assert "torn.json" in result.stderr
    assert "2 cells on both sides" in result.stdout


def test_a_place_that_is_not_there_is_told(tmp_path):
    for arguments in (("compare", tmp_path, tmp_path / "no"), ("migrate", tmp_path / "no")):
        result = run(*arguments)
        assert result.exit_code == 2
        assert "no such f" in result.stderr


def contents(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


@pytest.fixture
def older(tmp_path):
    """Rows to be renamed, of today, running, without a recall; and a torn file."""
    folder = tmp_path / "rows"
    write_row(folder, row_of(t2i_r1=0.5, t2i_r1_strict=0.4, i2t_r1=0.6))
    write_row(folder, row_of(MEASURE_VERSION, seed=1, t2i_r1=0.5))
    write_row(folder, row_of(seed=2, t2i_r1=0.5, status="running"))
    write_row(folder, row_of(seed=3, gap=0.5))
    (folder / "torn.json").write_text("{")
    return folder


def test_migrate_renames_older_rows_in_place(older):
    before = contents(older)
    result = run("migrate", older)
    assert result.exit_code == 0, result.output
    assert result.stdout == "1 row rewritten, 3 left as they are\n"
    assert "torn.json" in result.stderr
    after = contents(older)
    (name,) = (name for name in before if before[name] != after[name])
    row = json.loads(after[name])
    assert list(row["metrics"]) == ["t2i_r1", "t2i_r1_own", "i2t_r1", "i2t_r1_own"]
    assert row["inputs"] == {"measure_version": 1}
    assert row["key"] == json.loads(before[name])["key"]
    assert set(before) == set(after), "nothing temporary is left"
    assert run("migrate", older).stdout == "0 rows rewritten, 4 left as they are\n"
    assert contents(older) == after


def test_a_dry_run_writes_nothing(older, tmp_path):
    before = contents(older)
    result = run("migrate", older, "--dry-run", "--out", tmp_path / "out")
    assert "1 metric renamed, 1 added" in result.stdout
    assert "1 row would be rewritten" in result.stdout
    assert contents(older) == before
    assert not (tmp_path / "out").exists()


def test_migrate_elsewhere_leaves_the_rows_as_they_were(older, tmp_path):
    before, out = contents(older), tmp_path / "out"
    assert run("migrate", older, "--out", out).exit_code == 0
    assert contents(older) == before
    ((row,), _) = read_rows(out)
    assert "t2i_r1_own" in row["metrics"]
    assert run("migrate", older, "--out", out).stdout == "0 rows rewritten, 4 left as they are\n"


@pytest.mark.parametrize("other", ["{", "a row"])
def test_migrate_overwrites_nothing_else(older, tmp_path, other):
    (name,) = (path.name for path in older.glob("*.json") if "strict" in path.read_text())
    out = tmp_path / "out"
    if other == "a row":
        other = json.dumps({**read_row(older / name), "notes": ["another"]})
    out.mkdir()
    (out / name).write_text(other)
    result = run("migrate", older, "--out", out)
    assert result.exit_code == 1
    assert "is not rewritten" in result.stderr
    assert (out / name).read_text() == other


def test_a_number_that_is_not_finite_is_refused(older):
    row = row_of(seed=5, t2i_r1=0.5)
    (older / "nan.json").write_text(json.dumps({**row, "metrics": {"t2i_r1": metric(float("nan"))}}))
    before = contents(older)["nan.json"]
    result = run("migrate", older)
    assert "nan.json: not a readable row (is not JSON: NaN is no number of JSON)" in result.stderr
    assert contents(older)["nan.json"] == before


def test_folders_without_a_row_are_named(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    (tmp_path / "b" / "mine.json").write_text('{"a": 1}')
    for arguments, told in (
        (("compare", tmp_path / "a", tmp_path / "b"), f"{tmp_path / 'a'}: no row of results is in there"),
        (("compare", tmp_path / "b", tmp_path / "a"), "mine.json: not a row"),
        (("compare", tmp_path / "a", tmp_path / "a"), "no row of results"),
        (("migrate", tmp_path / "a"), f"{tmp_path / 'a'}: no row of results is in there"),
    ):
        found = run(*arguments)
        assert found.exit_code == 2, found.output
        assert told in found.stderr
        assert found.stdout == ""
        assert len(found.stderr.splitlines()) == 1
