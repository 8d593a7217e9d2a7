"""What a user of pip gets: the package, and the experiments as ``mmgap.benchmarks``, the same as in a clone."""

import importlib.util
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

#: Writes down the name of the row that a cell begins, which ends in its key, and skips the cell.
KEYS = """
import pathlib, pytest

def pytest_runtest_setup(item):
    if "mmgap_cell" in dict(item.user_properties):
        (row,) = pathlib.Path("kept/rows").glob("*.json")
        with open("keys", "a") as file:
            file.write(row.name + "\\n")
        pytest.skip("its key is known")
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with what a wheel of this repository installs."""
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"][0].partition(">=")[2]
    setuptools = importlib.util.find_spec("setuptools") and importlib.import_module("setuptools")
    if not setuptools or int(setuptools.__version__.partition(".")[0]) < int(needed):
        pytest.skip(f"builds a wheel, which needs setuptools of at least {needed}: pip install -U setuptools")
    source, place = (tmp_path_factory.mktemp(name) for name in ("source", "wheel"))
    for name in ("mmgap", "benchmarks", "fixtures", "tests"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "--no-index"]
    done = subprocess.run([*build, "-w", str(place), str(source)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next(place.glob("*.whl"))) as wheel:
        wheel.extractall(place / "site")
    return place / "site"


def files(folder):
    found = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix() for path in found}


def test_a_wheel_holds_the_package_and_the_experiments_and_nothing_else(installed):
    assert {path.name.partition("-")[0] for path in installed.iterdir()} == {"mmgap"}
    assert files(installed / "mmgap") == files(ROOT / "mmgap") | {
        f"benchmarks/{name}" for name in files(ROOT / "benchmarks")
    }


def pytest_in(folder, *words, path=()):
    """Output of a pytest session that starts in ``folder``, with ``path`` before what is installed."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path)), "MMGAP_CACHE": str(folder / "cache")}
    env.pop("PYTEST_XDIST_WORKER", None)
    words = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest", *words)
    done = subprocess.run([sys.executable, "-m", "pytest", *words], cwd=folder, env=env, capture_output=True, text=True)
    assert "INTERNALERROR" not in done.stdout + done.stderr
    return done.stdout


def test_ids_and_keys_are_the_same_in_a_clone_and_where_it_is_installed(installed, tmp_path):
    ids, keys = [], []
    for name, path, words in (
        ("clone", [ROOT], [str(ROOT / "benchmarks"), "--rootdir", str(ROOT)]),
        ("elsewhere", [installed], ["--pyargs", "mmgap.benchmarks"]),
    ):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "keys_only.py").write_text(KEYS)
        shown = pytest_in(folder, *words, "--collect-only", "-q", path=path)
        ids.append([line.rpartition("/")[2] for line in shown.splitlines() if "::" in line])
        words += ["-p", "keys_only", "--reports", "kept"]
        shown = pytest_in(folder, *words, path=[*path, folder])
        keys.append(sorted((folder / "keys").read_text().split()))
    assert len(ids[0]) > 1000
    assert ids[0] == ids[1]
    assert len(keys[0]) > 20
    assert keys[0] == keys[1]


def test_installed_experiments_run_without_a_conftest_and_say_how_to_run_the_others(installed, tmp_path):
    words = ["--pyargs", "mmgap.benchmarks", "-k", "dimensions or what-"]
    shown = pytest_in(tmp_path, *words, "--profile", "smoke", "--reports", "kept", "-rs", path=[installed])
    assert "1 measured now" in shown
    assert "to run: pytest --pyargs mmgap.benchmarks.test_speed --profile smoke" in shown
    shown = pytest_in(tmp_path, "--pyargs", "mmgap.benchmarks.test_speed", "--fixtures", path=[installed])
    assert "against" in shown


def test_the_command_for_a_folder_runs_the_installed_experiment(installed, tmp_path):
    env = {**os.environ, "PYTHONPATH": str(installed), "MMGAP_CACHE": str(tmp_path / "cache")}
    words = ["compare-encoders", "nowhere", "--encoder", "tiny-random"]
    done = subprocess.run(
        [sys.executable, "-m", "mmgap", *words], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "nowhere: no such folder" in done.stderr
