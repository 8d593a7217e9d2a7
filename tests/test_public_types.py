"""The public names have types: a wrong name or argument is an error before anything runs."""

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

#: The libraries are left out: their types take a minute to read, and what is asked here is of mmgap alone.
CONFIG = """
[mypy]
ignore_missing_imports = true
[mypy-torch.*,numpy.*,scipy.*,sklearn.*,numba.*,PIL.*,transformers.*,pytest.*,_pytest.*]
follow_imports = skip
follow_imports_for_stubs = true
"""

RIGHT = """
import mmgap
from mmgap.losses import ce, parse, registry
from mmgap.theory import expected_gap

x: float = mmgap.metrics.misalignment([], [])
parse("ce+0.5*var")
mmgap.losses.var([], [], over="rows", beta=1.0)
names: list[str] = registry.names()
total: float = mmgap.measure([], [])["gap"]
"""

#: A line that must not pass, and the kind of its error.
WRONG = {
    "mmgap.no_such_name": "attr-defined",
    "mmgap.metrics.no_such_metric([], [])": "attr-defined",
    "mmgap.losses.no_such_loss": "attr-defined",
    "mmgap.stats.no_such_interval": "attr-defined",
    "mmgap.theory.NoSuchDistribution": "attr-defined",
    "mmgap.losses.ce([], [], temperature=1.0)": "call-arg",
    "mmgap.losses.var([], [], over='columns')": "arg-type",
    "mmgap.losses.parse(3)": "arg-type",
    "mmgap.metrics.recall_at_k([], [], k='many')": "arg-type",
    "mmgap.datasets.load(4)": "arg-type",
    "mmgap.encoders.load('tiny', batch_size='8')": "arg-type",
}


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """What mypy says of the three parts, by line number."""
    folder = tmp_path_factory.mktemp("types")
    (folder / "mypy.ini").write_text(CONFIG)
    file = folder / "user.py"
    shown = "reveal_type(mmgap.losses.ce)\nreveal_type(mmgap.metrics.modality_gap)\nreveal_type(mmgap.stats.contrast)\n"
    file.write_text(RIGHT.lstrip() + "\n".join(WRONG) + "\n" + shown)
    options = ["--config-file", folder / "mypy.ini", "--cache-dir", folder / "cache"]
    command = [sys.executable, "-m", "mypy", *options, file]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = re.findall(r"user\.py:(\d+): (.*)", done.stdout)
    assert lines, done.stdout + done.stderr
    found: dict[int, str] = {}
    for number, message in lines:
        found[int(number)] = f"{found.get(int(number), '')}{message}\n"
    return found


def test_right_use_passes(checked):
    assert not [message for number, message in checked.items() if number <= len(RIGHT.lstrip().splitlines())]


def test_wrong_names_and_arguments_are_errors(checked):
    first = len(RIGHT.lstrip().splitlines()) + 1
    for number, (line, kind) in enumerate(WRONG.items(), first):
        assert f"[{kind}]" in checked.get(number, "no error"), line


def test_public_functions_have_a_type(checked):
    first = len(RIGHT.lstrip().splitlines()) + len(WRONG) + 1
    shown = [checked[number] for number in range(first, first + 3)]
    assert "logit_scale: float" in shown[0]
    assert "-> float" in shown[1]
    assert "-> mmgap.stats.contrasts.Contrast" in shown[2]


@pytest.mark.parametrize("package", ["losses", "metrics", "stats", "theory", "testing"])
def test_every_public_name_is_there(package):
    module = importlib.import_module(f"mmgap.{package}")
    assert all(callable(getattr(module, name)) for name in module.__all__ if name != "registry")
    with pytest.raises(AttributeError, match=f"No mmgap.{package} attribute no_such_name"):
        module.no_such_name  # noqa: B018


def test_public_packages_cost_no_library():
    code = "import sys, mmgap.losses, mmgap.metrics, mmgap.stats, mmgap.theory, mmgap.testing\n"
    code += "print(sorted({'numpy', 'scipy', 'torch', 'pytest'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
