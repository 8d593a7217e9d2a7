"""What starts without what it has no need of: the commands' help, measuring two files, a collection, a run resumed."""

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import mmgap

BENCHMARKS = str(Path(mmgap.__file__).parents[1] / "benchmarks")
SCIPY = ("scipy.optimize", "scipy.sparse", "scipy.special", "scipy.stats")
HEAVY = ("dash", "hypothesis", "matplotlib", "numba", "pandas", *SCIPY, "sklearn", "torch", "transformers")
#: Files of commands, of `mmgap` itself and of its groups.
COMMANDS = tuple(f"mmgap.cli.{name}" for name in ("atlas", "data_fetch", "measure", "space_fit", "sweep", "train"))

#: What a command may have loaded.
SHOWN = ("numpy", "numpy.ma", *HEAVY, *COMMANDS)

COMMAND = f"""
import sys
from mmgap.cli.main import app
try:
    app()
finally:
    print("loaded", [name for name in {SHOWN} if name in sys.modules], file=sys.stderr)
"""

LOADED = f"""
import sys

def pytest_unconfigure():
    print("loaded", [name for name in {HEAVY} if name in sys.modules], file=sys.stderr)
"""

EXPERIMENT = """
import pytest

@pytest.mark.experiment("start", version=1, axes=("encoder", "dataset", "space", "loss"))
def test_start(cell, record):
    record("gap", 1.0)
"""


def loaded(*command, **options):
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=True, **options)
    return done.stderr.rpartition("loaded ")[2].strip(), done.stdout


@pytest.mark.parametrize(
    ("words", "commands"),
    [
        (("--version",), []),
        (("measure", "--help"), ["mmgap.cli.measure"]),
        (("space", "fit", "--help"), ["mmgap.cli.space_fit"]),
    ],
)
def test_help_loads_the_asked_command_and_no_library_of_numbers(words, commands):
    assert loaded("-c", COMMAND, *words)[0] == str(commands)


def test_help_of_all_commands_loads_no_library_of_numbers():
    assert not set(HEAVY) & set(ast.literal_eval(loaded("-c", COMMAND, "--help")[0]))


@pytest.mark.parametrize(
    ("pairs", "needed"), [(40, ["numpy", "torch"]), (1100, ["numpy", "numpy.ma", "numba", "torch"])]
)
def test_two_files_are_measured_without_distributions_models_and_pictures(tmp_path, pairs, needed):
    x, y = np.random.default_rng(0).normal(size=(2, pairs, 8))
    np.savez(tmp_path / "pair.npz", images=x, texts=y)
    assert loaded("-c", COMMAND, "measure", str(tmp_path / "pair.npz"))[0] == str([*needed, "mmgap.cli.measure"])


def test_a_grid_is_collected_without_models(tmp_path, monkeypatch):
    (tmp_path / "told_start.py").write_text(LOADED)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    words = ("-p", "told_start", "-p", "no:cacheprovider", BENCHMARKS, "--collect-only", "-q", "-k", "openmoji-en")
    found, said = loaded("-m", "pytest", *words)
    assert (found, "tests collected" in said) == ("[]", True)


def test_a_resumed_run_reads_its_rows_without_models(pytester, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(pytester.path / "cache"))
    monkeypatch.setenv("PYTHONPATH", str(pytester.path))
    pytester.makepyfile(told_start=LOADED, test_start=EXPERIMENT)
    words = ("-m", "pytest", "-p", "told_start", "-p", "no:dash", "test_start.py", "--profile", "smoke", "-q")
    assert "2 measured now" in loaded(*words)[1]
    found, said = loaded(*words)
    assert (found, "2 measured before" in said) == ("[]", True)
