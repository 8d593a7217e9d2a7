"""``--device`` and ``--dtype`` of ``mmgap measure`` and ``mmgap card``."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from mmgap.cli.main import app
from tests.support.stored_pairs import made_pair


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("vectors")
    x, y, owner = made_pair(120, 8, 2)
    for name, rows in (("x", x), ("y", y), ("owner", owner)):
        np.save(folder / f"{name}.npy", rows)
    return [folder / "x.npy", folder / "y.npy", "--owner", folder / "owner.npy"]


def test_the_cpu_asked_for_gives_what_it_gives_unasked_and_says_so(files):
    asked = json.loads(run("measure", *files, "--device", "cpu", "--json").stdout)
    told = asked.pop("computed")
    assert asked == json.loads(run("measure", *files, "--json").stdout)
    assert told == {"device": "CPU", "products": "float64", "cosine_error": pytest.approx(0, abs=1e-14)}
    assert "Computed on: CPU. Cosines are products in float64" in run("measure", *files, "--device", "auto").stdout
    assert "Computed on" not in run("measure", *files).stdout


def test_bfloat16_prints_bounds_that_hold_the_exact_numbers(files):
    exact = json.loads(run("measure", *files, "--json").stdout)
    rounded = json.loads(run("measure", *files, "--dtype", "bfloat16", "--json").stdout)
    bounds = rounded["computed"]["bounds"]
    assert 1e-4 < rounded["computed"]["cosine_error"] < 0.008
    assert all(low <= exact[name] <= high for name, (low, high) in bounds.items())
    table = run("measure", *files, "--dtype", "bfloat16", "--language", "es")
    line = next(line for line in table.stdout.splitlines() if " t2i_r1 " in line)
    low, high = (100 * end for end in bounds["t2i_r1"])
    assert f"[{low:.1f}, {high:.1f}]" in line
    assert "hubness, never_retrieved: " in table.stdout
    assert "Computed on" not in table.stdout  # in Spanish


def test_a_card_says_where_it_was_computed(files):
    told = json.loads(run("card", *files, "--device", "cpu", "--no-spaces", "--json").stdout)
    unasked = json.loads(run("card", *files, "--no-spaces", "--json").stdout)
    assert [note for note in told["notes"] if note not in unasked["notes"]] == [
        "Similarities were computed on: CPU. The doctor and what spaces would change are computed on the CPU."
    ]
    assert told["recalls"] == unasked["recalls"]


@pytest.mark.parametrize("command", ["measure", "card"])
@pytest.mark.parametrize(
    ("device", "words"),
    [
        ("meta", "--device must be cpu, cuda, cuda:N or auto, got 'meta'"),
        ("gpu", "--device must be cpu, cuda, cuda:N or auto, got 'gpu'"),
        ("mps", "--device mps has no float64"),
        ("cuda", "device 'cuda' is not there"),
    ],
)
def test_what_is_no_device_here_is_one_line(monkeypatch, files, command, device, words):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    result = run(command, *files, "--device", device)
    assert result.exit_code == 2
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("command", "options", "words"),
    [
        ("measure", ["--device", "cuda", "--memory", "1kB"], "--device needs the vectors in memory"),
        ("measure", ["--dtype", "float32", "--budget", "60s"], "--dtype needs the vectors in memory"),
        ("card", ["--device", "cuda", "--memory", "1kB"], "--device needs the vectors in memory"),
    ],
)
def test_vectors_read_in_blocks_are_measured_on_the_cpu_alone(monkeypatch, files, command, options, words):
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 1)
    result = run(command, *files, *options)
    assert result.exit_code == 2
    assert words in result.stderr


def test_a_type_that_is_none_is_refused(files):
    result = run("measure", *files, "--dtype", "float16")
    assert result.exit_code == 2
    assert "'float16' is not one of" in result.stderr
