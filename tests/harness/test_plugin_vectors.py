"""Saved vectors under the plugin: the numbers of the command line, and one line where something is wrong."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from mmgap.cli.main import app

SPACE = """
import pytest


@pytest.mark.experiment("space", axes=("encoder", "dataset"), split="test")
def test_space(cell, vectors, dataset, record):
    from mmgap.metrics import modality_gap
    from mmgap.metrics.unit_rows import normalised

    x, y = normalised(vectors.images).tensor.double(), normalised(vectors.texts).tensor.double()
    record("gap", modality_gap(x, y))
    record("misalignment", float((x[dataset.owner.copy()] - y).square().sum(1).mean()))
"""


@pytest.fixture
def space(pytester, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(pytester.path / "cache"))
    pytester.makeconftest('pytest_plugins = ["mmgap.harness.fixtures"]')
    pytester.makepyfile(test_space=SPACE)
    rng = np.random.default_rng(0)
    np.save(pytester.path / "a.npy", rng.normal(size=(12, 6)).astype(">f4"))
    np.save(pytester.path / "b.npy", rng.normal(size=(24, 6)) * 1e300)
    np.save(pytester.path / "o.npy", np.repeat(np.arange(12), 2)[::-1])
    return pytester


def test_saved_vectors_give_what_the_command_line_gives(space, session):
    files = [str(space.path / name) for name in ("a.npy", "b.npy", "o.npy")]
    session("--dataset", f"vectors:{','.join(files)}", "--captions", "all").assert_outcomes(passed=1)
    done = CliRunner().invoke(app, ["measure", *files[:2], "--owner", files[2], "--json"])
    wanted = json.loads(done.stdout)
    (path,) = (space.path / "reports" / "rows").glob("*.json")
    row = json.loads(path.read_text())
    found = {name: metric["value"] for name, metric in row["metrics"].items()}
    assert found == pytest.approx({name: wanted[name] for name in found}, rel=1e-6)


def test_saved_vectors_with_a_bad_row_fail_in_a_line(space, session):
    broken = np.load(space.path / "a.npy")
    broken[4, 1] = np.nan
    np.save(space.path / "a.npy", broken)
    result = session("--dataset", f"vectors:{space.path}/a.npy,{space.path}/a.npy")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*a.npy: row 4 holds NaN or infinity, nan in column 1 first*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_an_encoder_beside_saved_vectors_is_not_passed_over_in_silence(space, session):
    spec = f"vectors:{space.path}/a.npy,{space.path}/a.npy"
    result = session("--dataset", spec, "--encoder", "nonsense")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*UnknownNameError: unknown encoder 'nonsense'*"])
    result = session("--dataset", spec, "--encoder", "tiny-random", "--encoder", "vectors")
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*--encoder tiny-random: vectors:*a.npy has been encoded already*"])
