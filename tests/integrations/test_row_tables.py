"""Rows come out as tables with every bit of their values, their units and intervals; results of mteb go both ways."""

import csv
import json
import math
import re
import sys

import pytest
from typer.testing import CliRunner

from mmgap.cli.main import app
from mmgap.integrations.frames import rows_frame
from mmgap.integrations.mteb_export import mteb_result, write_mteb
from mmgap.integrations.row_records import LONG, WIDE
from mmgap.rows.mteb_results import mteb_rows
from mmgap.rows.row import read_rows, write_row
from mmgap.rows.row_sources import read_run
from tests.support.made_up_rows import metric, row, space_metrics

TABLES = "pip install 'mmgap[tables]'"


@pytest.fixture
def folder(tmp_path):
    """Three rows: two measured, of awkward numbers, and one that failed."""
    odd = {"gap": metric(1 / 3, 5e-324, 1.7976931348623157e308), "t2i_r1": metric(0.1 + 0.2, unit="share", better=True)}
    error = {"type": "ValueError", "message": 'no, "really"\nno', "tail": ""}
    rows = tmp_path / "rows"
    write_row(rows, row(metrics=space_metrics()))
    write_row(rows, row(seed=1, metrics=odd, variant={"captions": "first", "ñ": [1, 2]}))
    write_row(rows, row(seed=2, metrics={}, status="failed", error=error))
    return rows


def run(*arguments):
    return CliRunner().invoke(app, ["rows", "export", *map(str, arguments)])


def wanted(folder):
    """(key, metric, value, low, high, unit) by a loop over the files."""
    found = []
    for one in read_run(str(folder)).rows:
        listed = one["metrics"].items() or [(None, metric(None))]
        found += [(one["key"], n, m["value"], m["ci_low"], m["ci_high"], m["unit"]) for n, m in listed]
    return sorted(found, key=str)


def read_back(path):
    if path.suffix == ".csv":
        with path.open(newline="") as stream:
            lines = [{k: v or None for k, v in line.items()} for line in csv.DictReader(stream)]
        for line in lines:
            line |= {k: None if line[k] is None else float(line[k]) for k in ("value", "low", "high")}
        return lines
    if path.suffix == ".parquet":
        pytest.importorskip("pyarrow", reason=TABLES)
        from pyarrow import parquet

        return parquet.read_table(path).to_pylist()
    text = path.read_text()
    return json.loads(text) if path.suffix == ".json" else [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("suffix", ["csv", "parquet", "jsonl", "json"])
def test_values_come_back_to_the_last_bit(folder, tmp_path, suffix):
    path = tmp_path / "new" / f"a.{suffix}"
    result = run(folder, "--output", path)
    assert result.exit_code == 0, result.output
    lines = read_back(path)
    assert list(lines[0]) == [column.name for column in LONG]
    names = ("key", "metric", "value", "low", "high", "unit")
    assert sorted((tuple(line[name] for name in names) for line in lines), key=str) == wanted(folder)
    assert not any(isinstance(v, float) and math.isnan(v) for line in lines for v in line.values())
    assert not re.search(rb"\bnan\b", path.read_bytes(), re.IGNORECASE)
    failed = next(line for line in lines if line["metric"] is None)
    assert failed["status"] == "failed"
    assert failed["error"] == 'ValueError: no, "really"\nno'
    variant = next(line["variant"] for line in lines if line["seed"] in (1, "1"))
    assert (json.loads(variant) if isinstance(variant, str) else variant) == {"captions": "first", "ñ": [1, 2]}


def test_wide_has_a_line_a_row_and_ends_where_there_are_some(folder, tmp_path):
    assert run(folder, "--wide", "--output", tmp_path / "w.json").exit_code == 0
    lines = {line["seed"]: line for line in json.loads((tmp_path / "w.json").read_text())}
    assert list(lines[0])[: len(WIDE)] == [column.name for column in WIDE]
    assert (lines[1]["gap"], lines[1]["gap:low"], lines[2]["gap"]) == (1 / 3, 5e-324, None)
    assert "misalignment:low" not in lines[0]
    assert lines[0]["units"]["t2i_r1"] == "share"


def test_a_frame_knows_absent_values_without_nan(folder):
    pandas = pytest.importorskip("pandas", reason=TABLES)
    frame = rows_frame(folder, metrics=["gap", "t2i_*"])
    assert frame["value"].dtype == pandas.Float64Dtype()
    assert not frame["value"].dropna().map(math.isnan).any()
    one = frame[(frame["seed"] == 1) & (frame["metric"].fillna("") == "t2i_r1")].iloc[0]
    assert (one["value"], one["unit"], one["better"], one["label"]) == (0.1 + 0.2, "share", "higher", "R@1 T→I")
    assert one["low"] is pandas.NA
    assert len(rows_frame(folder, wide=True)) == 3
    read = rows_frame(read_run(str(folder)).rows)
    assert read.drop(columns="source").equals(rows_frame(folder).drop(columns="source"))


def test_csv_on_stdout_and_bad_input_is_one_line(folder, tmp_path, monkeypatch):
    lines = list(csv.DictReader(run(folder, "--metric", "gap").stdout.splitlines(keepends=True)))
    assert [line["metric"] for line in lines] == ["gap", "gap", ""]  # the last one is the row that failed
    for arguments, words in (
        ((folder, "--output", tmp_path / "a.xlsx"), "a table of rows ends in .csv"),
        ((tmp_path / "absent",), "no such file or folder, nor a branch"),
        ((folder, "--mteb"), "--output DIR"),
        ((folder, "--to", "wandb:x"), "tensorboard:FOLDER or trackio:PROJECT"),
        ((folder, "--to", "trackio:"), "expected tensorboard:FOLDER"),
    ):
        result = run(*arguments)
        assert result.exit_code == 2
        assert words in result.stderr
        assert len(result.stderr.strip().splitlines()) == 1
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert "pip install 'mmgap[tables]'" in run(folder, "--output", tmp_path / "a.parquet").stderr


def test_results_of_mteb_are_rows_again(folder, tmp_path):
    result = run(folder, "--mteb", "--output", tmp_path / "results")
    assert result.exit_code == 0, result.output
    assert "1 of 3 rows left out" in result.stderr
    back = {one["key"]: one for one in read_run(str(tmp_path / "results")).rows}
    for one in read_run(str(folder)).rows:
        if one["metrics"]:
            assert back[one["key"]]["metrics"] == one["metrics"]
            assert back[one["key"]]["cell"] == one["cell"]
    compared = CliRunner().invoke(app, ["compare", str(tmp_path / "results"), str(folder), "--metric", "gap"])
    assert compared.exit_code == 0, compared.output
    assert "results: read from mmgap, by way of mteb's format" in compared.stderr


def test_mteb_itself_reads_them(folder, tmp_path):
    mteb = pytest.importorskip("mteb", reason="mteb is not installed: pip install mteb")
    files, _ = write_mteb(tmp_path / "results", read_rows(folder)[0])
    for file in files:
        found = mteb.TaskResult.from_disk(file)
        assert found.task_name == "measure-glyphs-en"
        entry = found.scores["test"][0]
        assert entry["main_score"] == found.get_score() == entry["t2i_r1"]
        mteb.TaskResult.to_disk(found, file)  # rounds to six digits, and is still a row
    assert len(mteb_rows(tmp_path / "results")[0]) == 2


def foreign(place, score, version="2.26.24", task="Flickr30kT2IRetrieval"):
    entry = {"hf_subset": "default", "languages": ["eng-Latn"], "main_score": score, "ndcg_at_10": score}
    entry |= {"nauc_ndcg_at_1_std": float("nan"), "recall_at_1": 0.25, "cosine_spearman": -0.5, "scores": [1, 2]}
    content = {"task_name": task, "mteb_version": version, "dataset_revision": "1a", "scores": {"test": [entry]}}
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps({**content, "evaluation_time": 3.5}))
    (place.parent / "model_meta.json").write_text('{"name": "x/y"}')
    return place


def test_a_result_of_mteb_is_a_row_without_intervals(tmp_path):
    file = foreign(tmp_path / "results" / "openai__clip" / "rev1" / "Flickr30kT2IRetrieval.json", 0.5)
    for place in (file, tmp_path / "results"):
        (found,) = read_run(str(place)).rows
        assert found["cell"]["encoder"] == "openai/clip"
        assert found["cell"]["dataset"] == "Flickr30kT2IRetrieval"
        assert found["provenance"]["read_from"] == "mteb 2.26.24"
        assert set(found["metrics"]) == {"main_score", "ndcg_at_10", "recall_at_1", "cosine_spearman"}
        assert all(m["ci_low"] is None and m["ci_high"] is None for m in found["metrics"].values())
        assert found["metrics"]["recall_at_1"]["unit"] == "share"
        assert found["metrics"]["cosine_spearman"]["unit"] is None
        with pytest.raises(ValueError, match="a result of mteb is of a model"):
            mteb_result({**found, "status": "failed"})


def test_two_results_of_mteb_are_compared(tmp_path):
    a, b = (foreign(tmp_path / name / "T.json", score, name) for name, score in (("1.9", 0.5), ("2.1", 0.75)))
    result = CliRunner().invoke(app, ["compare", str(a), str(b), "--json"])
    assert result.exit_code == 0, result.output
    (change,) = json.loads(result.stdout)["changes"]
    assert (change["metric"], change["difference"], change["low"]) == ("main_score", 0.25, None)
    assert "read from mteb 1.9" in result.stderr
    assert "read from mteb 2.1" in result.stderr


@pytest.mark.parametrize("text", ["{", '{"task_name": "a", "scores": {"test": 3}}', '{"mteb_dataset_name": "A"}', "[]"])
def test_what_is_no_result_says_so(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    result = run(tmp_path)
    assert result.exit_code == 2
    assert "no row of results is in there" in result.stderr


def test_tensorboard_has_every_number(folder, tmp_path):
    pytest.importorskip("tensorboard", reason="pip install 'mmgap[tensorboard]'")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    assert ": 1 of 1 row\n" in run(read_file(folder, 0), "--to", f"tensorboard:{tmp_path / 'tb'}").stdout
    (log,) = (tmp_path / "tb").iterdir()
    events = EventAccumulator(str(log), size_guidance={"scalars": 0})
    events.Reload()
    metrics = space_metrics()
    ends = sum(m["ci_low"] is not None for m in metrics.values())
    assert len(events.Tags()["scalars"]) == len(metrics) + 2 * ends
    assert events.Scalars("gap")[0].value == pytest.approx(metrics["gap"]["value"], rel=1e-6)
    assert events.Scalars("t2i_r1/low")[0].value == pytest.approx(metrics["t2i_r1"]["ci_low"], rel=1e-6)


def read_file(folder, seed):
    return next(file for file in folder.glob("*.json") if json.loads(file.read_text())["cell"]["seed"] == seed)


def test_a_file_nested_beyond_reading_is_named_and_costs_no_other(folder, tmp_path):
    results = tmp_path / "results"
    assert run(folder, "--mteb", "--output", results).exit_code == 0
    wanted, _ = mteb_rows(results)
    (results / "deep.json").write_text("[" * 200_000)
    rows, refused = mteb_rows(results)
    assert rows == wanted
    (words,) = refused
    assert words.startswith(f"{results / 'deep.json'}: not a readable result of mteb (")
