import json
import re

import numpy as np
import pytest
from typer.testing import CliRunner

import mmgap
from mmgap.cli.main import app
from mmgap.rows.row import write_row


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(0)
    images, texts = unit(rng.normal(size=(2, 30, 8)).reshape(-1, 8)).reshape(2, 30, 8)
    np.save(tmp_path / "images.npy", images)
    np.save(tmp_path / "texts.npy", texts)
    np.save(tmp_path / "both.npy", np.stack([images, texts]))
    np.save(tmp_path / "long.npy", 3 * images)
    return tmp_path


def a_row():
    metric = {"value": 0.85, "ci_low": None, "ci_high": None, "n": 5, "unit": None, "higher_is_better": None}
    return {
        "schema": 1,
        "key": "ab" * 32,
        "cell": {
            "experiment": "measure",
            "encoder": "tiny-random",
            "dataset": "glyphs-en",
            "loss": None,
            "seed": 0,
            "variant": {},
        },
        "inputs": {},
        "status": "ok",
        "error": None,
        "metrics": {"gap": metric},
        "notes": [],
        "items": None,
        "time": {},
        "memory": {},
        "provenance": {},
        "started_at": "2025-01-01T00:00:00Z",
    }


def test_version():
    assert run("--version").stdout.strip() == f"mmgap {mmgap.__version__}"


def test_measure_prints_labels_keys_values_and_ranges_on_one_screen(files):
    result = run("measure", files / "images.npy", files / "texts.npy", "--pool", 10)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    found = mmgap.measure(np.load(files / "images.npy"), np.load(files / "texts.npy"), pool=10)
    assert lines[0] == "30 × 30, d = 8"
    assert any(line.split() == ["gap", "gap", f"{found['gap']:.3f}", "[0,", "2]"] for line in lines)
    misalignment = [*["misalignment"] * 2, f"{found['misalignment']:.3f}", "[0,", "4]", "↓"]
    assert any(line.split() == misalignment for line in lines)
    (head,) = (line for line in lines if line.startswith("recall, %"))
    assert head.split() == ["recall,", "%", "R@1", "R@5", "R@10"]
    (line,) = (line for line in lines if "t2i_r{k}_pool10" in line)
    assert line.split()[:4] == ["T→I", "(pool", "10)", "t2i_r{k}_pool10"]
    assert [float(part) for part in line.split()[4:]] == [
        pytest.approx(100 * found[f"t2i_r{k}_pool10"], abs=0.051) for k in (1, 5, 10)
    ]
    assert len(lines) <= 40
    assert max(len(line) for line in lines if not line.startswith("- ")) <= 80


def test_every_key_of_the_json_stands_beside_its_label(files):
    keys = json.loads(run("measure", files / "images.npy", files / "texts.npy", "--json", "--pool", 10).stdout)
    for language in ("en", "es"):
        table = run("measure", files / "images.npy", files / "texts.npy", "--pool", 10, "--language", language).stdout
        for key in keys:
            if not key.endswith("_own"):
                assert re.sub(r"_r\d+", "_r{k}", key) in table.split(), key
        assert max(len(line) for line in table.splitlines() if not line.startswith("- ")) <= 80


def test_meanings_follow_where_they_are_asked_for(files):
    plain = run("measure", files / "images.npy", files / "texts.npy").stdout
    lines = run("measure", files / "images.npy", files / "texts.npy", "--meanings").stdout.splitlines()
    assert any(line.startswith("- misalignment [0, 4]: ") and "lower is better" in line for line in lines)
    assert any(line.startswith("- Ties:") for line in lines)
    assert "- Ties:" not in plain
    assert "--meanings" in plain


def test_json_is_plain_json_and_one_file_will_do(files):
    result = run("measure", files / "both.npy", "--json", "--logit-scale", 10)
    found = json.loads(result.stdout)
    wanted = mmgap.measure(np.load(files / "images.npy"), np.load(files / "texts.npy"), logit_scale=10)
    assert found == pytest.approx(wanted)


def test_what_is_odd_is_said_on_stderr(files):
    result = run("measure", files / "long.npy", files / "texts.npy", "--json")
    assert "not of unit norm (off by up to 2)" in result.stderr
    json.loads(result.stdout)
    np.save(files / "twice.npy", np.repeat(np.load(files / "texts.npy")[:15], 2, axis=0))
    assert "15 texts equal an earlier one" in run("measure", files / "images.npy", files / "twice.npy").stderr


def test_a_pool_larger_than_the_set_is_explained(files):
    result = run("measure", files / "both.npy", "--language", "es")
    assert "no se puede sacar un grupo de 90 imágenes de 30" in result.output
    assert "BRECHA INTERMODAL" in result.output


def test_plots(files):
    result = run("measure", files / "both.npy", "--plots", files / "pictures")
    assert result.exit_code == 0, result.output
    names = sorted(path.name for path in (files / "pictures").iterdir())
    assert names == ["cosines.png", "cosines.svg", "map.png", "similarity.png", "similarity.svg"]
    assert str(files / "pictures" / "map.png") in result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.npy"], "nowhere.npy"),
        (["images.npy"], "shape (2, N, d)"),
        (["images.npy", "short.npy"], "30 images but 9 texts"),
        (["images.npy", "narrow.npy"], "8 dimensions, texts 3"),
        (["images.npy", "nan.npy"], "row 2 holds NaN"),
        (["images.npy", "texts.npy", "--logit-scale", "0"], "scale"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(files, arguments, words):
    texts = np.load(files / "texts.npy")
    np.save(files / "short.npy", texts[:9])
    np.save(files / "narrow.npy", texts[:, :3])
    texts[2, 0] = np.nan
    np.save(files / "nan.npy", texts)
    result = run("measure", *(files / a if a.endswith(".npy") else a for a in arguments))
    assert result.exit_code == 2
    assert "mmgap: " in result.stderr
    assert words in result.stderr
    assert "Traceback" not in result.output


def test_report(tmp_path):
    write_row(tmp_path / "rows", a_row())
    result = run("report", "--rows", tmp_path / "rows", "--out", tmp_path / "out", "--language", "es", "--title", "Mío")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1] == f"report: {tmp_path / 'out' / 'report.md'}"
    assert "tiny-random" in result.output
    assert (tmp_path / "out" / "report.md").read_text().startswith("# Mío\n")


def test_report_reads_the_usual_folders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "no rows in reports/rows, reports/published: measure something first" in run("report").stderr
    write_row(tmp_path / "reports" / "published", a_row())
    assert run("report").exit_code == 0
    assert (tmp_path / "reports" / "scratch" / "report.html").exists()


def test_report_names_what_it_cannot_read(tmp_path):
    assert run("report", "--rows", tmp_path / "nowhere").exit_code == 2
    (tmp_path / "torn.json").write_text("{")
    result = run("report", "--rows", tmp_path)
    assert result.exit_code == 2
    assert "torn.json: not a readable row" in result.stderr


def test_list():
    lines = run("list").stdout.splitlines()
    assert {"encoders", "datasets", "losses"} <= set(lines)
    assert {"  tiny-random", "  glyphs-en", "  ce"} <= set(lines)
