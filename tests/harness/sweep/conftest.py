"""A project of six small cells that write down when they begin and end, and where."""

import pytest

EXPERIMENT = """
import os
import time
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent

def note(what, cell):
    with (HERE / "log").open("a") as file:
        file.write(f"{what} {cell.id} {os.environ.get('RAY_RAYLET_PID', '-')}\\n")

@pytest.mark.experiment("toy", version=1, axes=("encoder", "dataset"), variants=[{"n": n} for n in range(3)])
def test_toy(cell, record):
    note("begun", cell)
    time.sleep(float((HERE / "seconds").read_text()))
    record("gap", 0.5)
    record.keep({"own": np.arange(3.0)})
    note("ended", cell)
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Return its folder; the working directory and the cache are in it."""
    (tmp_path / "test_toy.py").write_text(EXPERIMENT)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    (tmp_path / "seconds").write_text("0")
    unneeded = ("benchmark", "anyio", "dash", "hypothesispytest")
    monkeypatch.setenv("PYTEST_ADDOPTS", " ".join(["--assert=plain", *(f"-p no:{name}" for name in unneeded)]))
    return tmp_path


@pytest.fixture
def selection():
    """Return the words that select the six."""
    return ("test_toy.py", "--encoder", "tiny-random", "--encoder", "tiny", "--dataset", "glyphs-en")


@pytest.fixture
def noted(project):
    """Return a function: what the cells wrote down, as (begun or ended, cell, node)."""

    def read():
        log = project / "log"
        return [tuple(line.split()) for line in log.read_text().splitlines()] if log.exists() else []

    return read
