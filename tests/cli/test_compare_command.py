"""``mmgap compare``: two runs with a known difference, two equal ones, revisions of a repository, and bad input."""

import json
import subprocess

import numpy as np
import pytest
from typer.testing import CliRunner

from mmgap.cli.main import app
from mmgap.core.cache import Cache
from mmgap.rows.row import write_row
from tests.support.made_up_rows import metric, row

N = 400


def compare(*arguments):
    return CliRunner().invoke(app, ["compare", *map(str, arguments)])


def hits_of(share, seed=0):
    """So many hits among N queries; larger shares hold the hits of smaller ones."""
    order = np.random.default_rng(seed).permutation(N)
    return (order < share * N).astype(np.float64)


def run_of(folder, share, *, key, seeds=(0,), items=True, gap=0.8, provenance=None, **cell):
    """A folder of rows whose R@1 is the share, with their arrays in the cache."""
    for seed in seeds:
        hits = hits_of(share, seed)
        metrics = {
            "gap": metric(gap),
            "gap_corrected": metric(gap, gap - 0.02, gap + 0.02),
            "t2i_r1": metric(float(hits.mean()), share - 0.05, share + 0.05, "share", True, n=N),
        }
        made = row(metrics=metrics, seed=seed, items="kept" if items else None, **cell)
        made["key"] = f"{key}{seed}" * 20
        made["provenance"] |= provenance or {}
        write_row(folder, made)
        arrays = {"t2i_r1": hits, "owner": np.arange(N), "cluster": np.arange(N)}
        if items:
            Cache().write("items", {"row": made["key"]}, arrays)
    return folder


@pytest.fixture
def runs(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    return run_of(tmp_path / "a", 0.5, key="a"), run_of(tmp_path / "b", 0.45, key="b", gap=0.6)


def changes(*arguments):
    found = compare(*arguments, "--json")
    assert found.exit_code in (0, 1), found.output
    told = json.loads(found.stdout)
    return told, {one["metric"]: one for one in told["changes"]}


def test_a_known_difference_is_found_with_paired_intervals(runs):
    told, found = changes(*runs)
    r1 = found["t2i_r1"]
    assert told["cells"] == 1
    assert r1["paired"]
    assert r1["difference"] == pytest.approx(-0.05)
    assert -0.08 < r1["low"] < -0.05 < r1["high"] < -0.02
    assert r1["p_value"] < r1["p_value_holm"] < 0.01, "two comparisons"
    gap = found["gap_corrected"]
    assert not gap["paired"], "no arrays of the gap: from both rows' intervals"
    assert gap["high"] < 0
    assert gap["low"] == pytest.approx(-0.2 - np.hypot(0.02, 0.02))


def test_a_check_fails_where_the_interval_excludes_what_is_allowed(runs):
    for limit, status in (
        ("t2i_r1:-1%", 1),
        ("t2i_r1:-1pt", 1),
        ("t2i_r1:-0.01", 1),
        ("t2i_r1:-10%", 0),
        ("t2i_r1:-4pt", 0),
        ("t2i_r1:+1%", 0),
        ("gap_corrected:+0.01", 0),
        ("gap_corrected:-0.1", 1),
        ("t2i_*:-1%", 1),
    ):
        found = compare(*runs, "--fail", limit)
        assert found.exit_code == status, (limit, found.output)
    assert "t2i_r1 changed by -0.05 [" in compare(*runs, "--fail", "t2i_r1:-1%").stderr
    assert compare(*runs, "--fail", "t2i_r1:-10%", "--fail", "gap_corrected:-0.1").exit_code == 1


def test_equal_runs_differ_in_nothing(runs):
    told, found = changes(runs[0], runs[0], "--fail", "t2i_r1:-1%", "--fail", "gap_corrected:+0")
    assert all(one["difference"] == 0 and one["p_value_holm"] == 1 for one in found.values())
    assert told["failed"] == []
    assert told["machines"] == []


def test_runs_of_two_encoders_are_compared_on_what_both_measured(tmp_path, runs):
    tuned = run_of(tmp_path / "c", 0.45, key="c", encoder="trained:models/tuned")
    told, found = changes(runs[0], tuned)
    assert (told["cells"], told["only_a"], told["only_b"]) == (1, [], [])
    same = changes(*runs)[1]["t2i_r1"]
    for name in ("difference", "low", "high", "paired"):
        assert found["t2i_r1"][name] == same[name]
    assert found["t2i_r1"]["cell"] == "measure tiny-random-to-trained-models-tuned-glyphs-en-captions-first-s0"
    run_of(tmp_path / "c", 0.45, key="d", encoder="clip-vit-b-32")  # which of the two is meant, nobody can tell
    found = compare(runs[0], tuned)
    assert found.exit_code == 2
    assert "no finished cell in common" in found.stderr


def test_seeds_stand_together(tmp_path, runs):
    a, b = (run_of(tmp_path / name, share, key=name, seeds=(0, 1, 2)) for name, share in (("c", 0.5), ("d", 0.46)))
    told, found = changes(a, b)
    assert told["cells"] == 3
    assert found["t2i_r1"]["seeds"] == 3
    assert found["t2i_r1"]["cell"].endswith("(3 seeds)")
    assert found["t2i_r1"]["difference"] == pytest.approx(-0.04)


def test_without_arrays_intervals_are_wider_and_it_is_said(tmp_path, runs):
    a, b = (run_of(tmp_path / name, share, key=name, items=False) for name, share in (("c", 0.5), ("d", 0.45)))
    told, found = changes(a, b)
    paired = changes(*runs)[1]["t2i_r1"]
    assert not found["t2i_r1"]["paired"]
    assert found["t2i_r1"]["high"] - found["t2i_r1"]["low"] > paired["high"] - paired["low"]
    assert list(told["unpaired"].values()) == ["per-item arrays are not in this machine's cache"]
    text = compare(a, b).stdout
    assert "≈ not paired" in text
    assert "≈ [" in text
    assert "Sin emparejar en 1 celda" in compare(a, b, "--language", "es").stdout


def test_arrays_of_another_measurement_are_not_used(tmp_path, runs):
    other = run_of(tmp_path / "e", 0.45, key="e")
    run_of(tmp_path / "e-again", 0.30, key="e")  # the same key: the cache now holds other arrays
    assert not changes(runs[0], other)[1]["t2i_r1"]["paired"]


def test_other_machines_and_cells_of_one_side_are_told(tmp_path, runs):
    libraries = {"mmgap": "0.1.0", "torch": "2.13"}
    other = run_of(tmp_path / "c", 0.5, key="c", provenance={"device": "cuda", "libraries": libraries})
    run_of(other, 0.5, key="x", encoder="tiny")
    found = compare(runs[0], other)
    assert "made differently: torch 2.9 → 2.13 (1 cell)" in found.stderr
    assert "made differently: device cpu → cuda (1 cell)" in found.stderr
    assert f"1 cell in {other} alone: measure tiny-glyphs-en-captions-first-s0" in found.stdout
    only = json.loads(compare(runs[0], other, "--json").stdout)["only_b"]
    assert only == ["measure tiny-glyphs-en-captions-first-s0"]


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_pictures(tmp_path, runs, suffix):
    path = tmp_path / "new" / f"both.{suffix}"
    assert compare(*runs, "--plot", path).exit_code == 0
    assert path.read_bytes().startswith({"png": b"\x89PNG", "svg": b"<?xml"}[suffix])


def test_revisions_are_read_and_left_alone(tmp_path, monkeypatch, runs):
    repository = tmp_path / "repository"
    repository.mkdir()

    def git(*arguments):
        who = ("-c", "user.name=a", "-c", "user.email=a@b.c")
        command = ["git", *who, *arguments]
        return subprocess.run(command, cwd=repository, check=True, capture_output=True, text=True).stdout

    git("init", "-q")
    for branch, share, key in (("before", 0.5, "a"), ("after", 0.45, "b")):
        git("checkout", "-q", "-b", branch)
        run_of(repository / "reports" / "published", share, key=key)
        for old in (repository / "reports" / "published").glob(f"*{'b' if key == 'a' else 'a'}0*.json"):
            old.unlink()
        git("add", "-A")
        git("commit", "-q", "-m", branch)
    monkeypatch.chdir(repository)
    state = git("status", "--porcelain"), git("rev-parse", "HEAD"), git("stash", "list")
    _, found = changes("before", "after")
    assert found["t2i_r1"]["difference"] == pytest.approx(-0.05)
    assert changes("HEAD~1:reports/published", tmp_path / "b")[1]["t2i_r1"]["difference"] == pytest.approx(-0.05)
    assert (git("status", "--porcelain"), git("rev-parse", "HEAD"), git("stash", "list")) == state
    for bad in ("nowhere", "--output=x", "before:no/folder"):
        failed = CliRunner().invoke(app, ["compare", "--", bad, "after"])
        assert failed.exit_code == 2, bad
        assert failed.stderr.startswith("mmgap: ")
        assert len(failed.stderr.splitlines()) == 1


def test_bad_input_is_one_line_and_status_two(tmp_path, runs):
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.json").write_text("{")
    other = run_of(tmp_path / "other", 0.5, key="o", dataset="arasaac-es")
    for arguments in (
        (tmp_path / "absent", runs[1]),
        (tmp_path / "empty", runs[1]),
        (tmp_path / "broken.json", runs[1]),
        (runs[0], other),
        (*runs, "--fail", "t2i_r1"),
        (*runs, "--fail", "t2i_r1:1%"),
        (*runs, "--fail", "t2i_r7:-1%"),
        (*runs, "--metric", "t2i_r7"),
        (*runs, "--metric", "gap*", "--metric", "i2t_r7*"),
        (*runs, "--plot", tmp_path / "both.pdf"),
    ):
        found = compare(*arguments)
        assert found.exit_code == 2, (arguments, found.output)
        assert found.stderr.startswith("mmgap: "), found.stderr
        assert len(found.stderr.splitlines()) == 1, found.stderr


def test_help_texts_tell_the_comparisons_apart():
    def told(*command):
        return " ".join(CliRunner().invoke(app, [*command, "--help"]).stdout.replace("│", " ").split())

    assert "Not `mmgap rows compare`" in told("compare")
    for command in (("rows", "compare"), ("compare-encoders",), ("space", "compare")):
        assert "mmgap compare" in told(*command), command
