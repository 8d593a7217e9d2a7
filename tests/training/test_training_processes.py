"""Two processes that share each batch do what one does: loss, gradients, and the encoder that comes out."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from mmgap.training import artifact
from mmgap.training.distributed import World
from mmgap.training.run import trained
from tests.support import small_trainings as small
from tests.support import two_processes

pytestmark = pytest.mark.usefixtures("one_thread")

SCRIPT = str(Path(two_processes.__file__))


@pytest.fixture(scope="module")
def spec(tmp_path_factory):
    return small.family("clip", tmp_path_factory.mktemp("models"))


def launched(launcher, spec, out, cache, whole):
    """What both processes told, by rank."""
    out.mkdir()
    environment = {**os.environ, "MMGAP_CACHE": str(cache), "OMP_NUM_THREADS": "1", "MMGAP_TEST_WHOLE": str(int(whole))}
    command = [sys.executable, "-m", *launcher, SCRIPT, spec, str(out)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return [json.loads((out / f"told{rank}.json").read_text()) for rank in (0, 1)]


@pytest.fixture(scope="module")
def torchrun(spec, tmp_path_factory):
    folder = tmp_path_factory.mktemp("torchrun")
    launcher = ["torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    return folder / "out", launched(launcher, spec, folder / "out", folder / "cache", whole=True)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))


def assert_one_step(out, spec, case):
    loss, wanted = two_processes.step(spec, case, World())
    assert {"log_scale", "image.head.weight", "text.head.weight"} < wanted.keys()
    for rank in (0, 1):
        found = load_file(out / f"{case}{rank}.safetensors")
        assert found.pop("loss").item() == pytest.approx(loss, abs=1e-6)
        assert found.keys() == wanted.keys()
        for name, gradient in wanted.items():
            assert found[name].dtype == torch.float64
            torch.testing.assert_close(
                found[name], gradient, rtol=0, atol=1e-6, msg=lambda text, name=name: name + text
            )


@pytest.mark.parametrize("case", two_processes.CASES)
def test_a_step_of_two_is_the_step_of_one(case, torchrun, spec):
    assert_one_step(torchrun[0], spec, case)


def test_torchrun_is_found_out_about(torchrun):
    first, second = torchrun[1]
    assert (first["rank"], second["rank"]) == (0, 1)
    assert first["size"] == second["size"] == 2
    assert first["backend"] == second["backend"] == "gloo"


def test_the_first_alone_writes(torchrun):
    first, second = torchrun[1]
    assert first["saves"] == [0, 1, 2, 3]
    assert second["saves"] == []
    assert first["folder"] == second["folder"]


def test_the_encoder_of_two_is_the_encoder_of_one(torchrun, spec):
    two = Path(torchrun[1][0]["folder"])
    one = trained(spec, small.splits(13), two_processes.RECIPE)
    assert one.name != two.name  # each process has its own dropout
    wanted, found = (artifact.weights(folder) for folder in (one, two))
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        if "k_proj.bias" not in name:  # it changes no vector: AdamW follows the rounding of its gradient
            torch.testing.assert_close(
                found[name], value, rtol=1e-3, atol=2e-4, msg=lambda text, name=name: name + text
            )
    curves = [artifact.history(folder).arrays() for folder in (one, two)]
    assert curves[0].keys() == curves[1].keys()
    np.testing.assert_allclose(curves[1]["step_loss"], curves[0]["step_loss"], rtol=1e-4)
    np.testing.assert_allclose(curves[1]["curve_gap"], curves[0]["curve_gap"], rtol=1e-3)
    data = small.splits().validation
    for vectors, expected in zip(
        small.encoded(f"trained:{two}", data), small.encoded(f"trained:{one}", data), strict=True
    ):
        np.testing.assert_allclose(vectors, expected, atol=1e-3)


@pytest.mark.skipif(
    os.environ.get("HYPOTHESIS_PROFILE") != "thorough",
    reason="starts five processes: HYPOTHESIS_PROFILE=thorough runs it",
)
def test_accelerate_launch(spec, tmp_path):
    launcher = ["accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "--num_machines", "1"]
    launcher += ["--mixed_precision", "no", "--dynamo_backend", "no"]  # --cpu would start one process alone
    told = launched(launcher, spec, tmp_path / "out", tmp_path / "cache", whole=False)
    assert [(one["rank"], one["size"], one["backend"]) for one in told] == [(0, 2, "gloo"), (1, 2, "gloo")]
    assert_one_step(tmp_path / "out", spec, "ce")


def test_one_process_is_a_world_of_its_own(monkeypatch):
    world = World()
    assert world.first
    batch = np.arange(6)
    assert world.share(batch).tolist() == batch.tolist()
    assert [World(rank, 3).share(batch).tolist() for rank in range(3)] == [[0, 1], [2, 3], [4, 5]]
    vectors = torch.ones(2, 2)
    assert world.gathered(vectors) is vectors
    world.wait()
