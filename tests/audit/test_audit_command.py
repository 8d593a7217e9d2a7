"""``mmgap audit``: exit status, JSON, and what cannot be called."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from mmgap.cli.main import app
from mmgap.testing.audit.claimed_names import QUANTITIES

MODULE = """
import numpy as np

def recall_at_1(similarity):
    return (similarity.argmax(axis=1) == np.arange(len(similarity))).mean()

def recall_of_image_ranks(similarity):
    return 1 - recall_at_1(similarity)

def raises(similarity):
    raise RuntimeError("no such thing")

def prints(similarity):
    print("45.3")

def texts(similarity):
    return "45.3"

def other(model_of_mine, a_thing):
    return model_of_mine.run(a_thing)

def hangs(similarity):
    while True:
        pass

NUMBER = 3
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(MODULE)
    return path


def audit(*arguments):
    return CliRunner().invoke(app, ["audit", *map(str, arguments)])


def test_an_honest_function_is_exit_status_zero_with_what_it_computes(file):
    done = audit(f"{file}:recall_at_1")
    assert done.exit_code == 0, done.output
    assert "called with similarity = similarity matrix" in done.stdout
    assert "computes recall@1, any relevant item, as a share; rows (images) ask" in done.stdout


def test_a_wrong_one_is_exit_status_one_with_the_smallest_input(file):
    done = audit(f"{file}:recall_of_image_ranks")
    assert done.exit_code == 1, done.output
    assert "smallest input: " in done.stdout


def test_json_is_whole_by_subprocess():
    name = "mmgap.testing.audit.known_defects:recall_of_positive_scores"
    done = subprocess.run([sys.executable, "-m", "mmgap", "audit", name, "--json"], capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert list(told) == ["called_with", "findings", "computes", "conventions", "cannot_be_told"]
    one = told["findings"][0]
    assert list(one) == ["kind", "message", "numbers", "input", "expected", "got"]
    assert one["kind"] == "below_zero_dropped"
    assert list(one["input"]) == ["problem", "images", "texts", "cosines", "right"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nothing", "expected MODULE:FUNCTION"),
        ("no_such_module:f", "no_such_module"),
        ("FILE:absent", "has no absent"),
        ("FILE:NUMBER", "nothing to call"),
        ("FILE:raises", "no such thing"),
        ("FILE:prints", "it returns no number"),
        ("FILE:texts", "it returns no number"),
        ("FILE:other", "no way was found to call it"),
        ("absent.py:f", "no such file"),
    ],
)
def test_what_cannot_be_called_is_one_line_and_exit_status_two(file, name, words):
    done = audit(name.replace("FILE", str(file)))
    assert done.exit_code == 2
    assert words in done.stderr
    assert done.stderr.startswith("mmgap: ")
    assert len(done.stderr.splitlines()) == 1


def test_one_that_hangs_ends(file):
    done = audit(f"{file}:hangs", "--timeout", 4)
    assert done.exit_code == 2
    assert "no answer within" in done.stderr


def test_claims_are_checked_and_hold(file):
    unknown = audit(f"{file}:recall_at_1", "--claims", "beauty")
    assert unknown.exit_code == 2
    assert "--claims beauty: not known" in unknown.stderr
    other = audit(f"{file}:recall_at_1", "--claims", "recall@5")
    assert other.exit_code == 1
    assert "mislabelled" in other.stdout
    assert "recall" in QUANTITIES
