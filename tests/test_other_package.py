"""Another package adds one of each thing that mmgap knows by name: one file and one line each."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import other_package

ROOT = Path(__file__).parents[1]
TRAINED = ("--loss", "initial", "--loss", "ce+first_apart", "--recipe", "tuning=full,epochs=1,batch_size=6,rate=1e-2")


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return other_package.install(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def run(package, tmp_path_factory):
    """``python -m …`` where the package is installed beside mmgap."""
    cache = tmp_path_factory.mktemp("cache")
    path = os.pathsep.join([str(package.parent), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": path, "MMGAP_CACHE": str(cache), "OMP_NUM_THREADS": "1"}

    def ran(*arguments, place):
        command = [sys.executable, "-m", *map(str, arguments)]
        done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return ran


@pytest.fixture(scope="module")
def measured(run, package, tmp_path_factory):
    """The folder of reports after both experiments, its own and the training."""
    place = tmp_path_factory.mktemp("reports")
    common = ("--encoder", "own-bytes", "--dataset", "own-squares", "--reports", place, "-q", "-p", "no:cacheprovider")
    run("pytest", package / "test_width.py", "-p", "mmgap.harness.fixtures", *common, place=place)
    run("pytest", ROOT / "benchmarks/test_train.py", *common, *TRAINED, place=ROOT)
    return place


def rows(place):
    return [json.loads(path.read_text()) for path in (place / "rows").glob("*.json")]


def test_they_are_listed(run, tmp_path):
    told = run("mmgap", "list", place=tmp_path)
    assert all(name in told for name in ("own-bytes", "own-squares", "first_apart", "own-scaled", "own-mean"))


def test_they_show_in_the_grid_unasked(run, package):
    words = ("--collect-only", "-q", "-p", "no:cacheprovider", "-k")
    measured = run("pytest", ROOT / "benchmarks/test_measure.py", *words, "own-bytes and own-squares", place=ROOT)
    assert "own-bytes-own-squares" in measured
    assert "own-bytes-own-squares-own-scaled" in measured
    adapted = run("pytest", ROOT / "benchmarks/test_adapters.py", *words, "own-bytes and own-squares", place=ROOT)
    assert "own-bytes-own-squares-own-mean" in adapted
    trained = run("pytest", ROOT / "benchmarks/test_train.py", *words, "own-bytes and own-squares", place=ROOT)
    assert "first_apart" in trained


def test_they_show_in_the_grid_when_asked_for(run, package, tmp_path):
    common = ("--collect-only", "-q", "-p", "no:cacheprovider", "--encoder", "own-bytes", "--dataset", "own-squares")
    assert "own-bytes-own-squares" in run("pytest", package / "test_width.py", *common, place=tmp_path)
    train = ROOT / "benchmarks/test_train.py"
    assert "first_apart" in run("pytest", train, *common, "--loss", "ce+first_apart", place=ROOT)


def test_they_are_measured_and_trained(measured):
    found = rows(measured)
    assert all(row["status"] == "ok" for row in found)
    cells = sorted((row["cell"]["experiment"], row["cell"]["loss"] or "") for row in found)
    assert cells == [("own-width", ""), ("train", "ce+first_apart"), ("train", "initial")]
    assert {row["cell"]["encoder"] for row in found} == {"own-bytes"}
    assert all("own_farthest" in row["metrics"] for row in found if row["cell"]["experiment"] == "train")
    gaps = [row["metrics"]["gap"]["value"] for row in found if row["cell"]["experiment"] == "train"]
    assert len(set(gaps)) == 2


def test_their_code_counts_in_the_keys(measured):
    identities = {name: told for row in rows(measured) for name, told in row["inputs"]["identities"].items()}
    for name, file in {"encoder": "encoder.py", "dataset": "dataset.py", "loss:first_apart": "loss.py"}.items():
        assert identities[name]["distribution"] == "own 1.0"
        assert identities[name]["file"] == file


def test_they_show_in_the_report(measured, run):
    run("mmgap", "report", "--rows", measured / "rows", "--out", measured / "again", place=measured)
    short, whole = ((measured / "again" / f"report.{kind}").read_text() for kind in ("md", "html"))
    assert all(name in short for name in ("own-bytes", "own-squares", "first_apart", "How wide the vectors are"))
    assert all(name in whole for name in ("own-bytes", "own-squares", "first_apart", "own_width"))
    assert "own farthest pair" in whole
    assert "distance of the pair that lies farthest apart" in whole
    assert "How wide the vectors are" in whole
    assert "Lengths of the vectors, item by item." in whole
    assert len(list((measured / "again").rglob("*own-widths*.png"))) == 1


def test_they_pass_the_public_checks(run, package, tmp_path):
    told = run("pytest", package / "test_checks.py", "-q", "-rs", "-p", "no:cacheprovider", place=tmp_path)
    assert "failed" not in told
    assert "it has no tag 'rotation_invariant'" in told
    assert int(told.split(" passed")[0].split()[-1]) >= 24
