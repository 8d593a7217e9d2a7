"""What is tried on a GPU, tried on the CPU: the same code at small sizes, and what it would find wrong."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks.test_device import GRADIENT_BOUNDS, LOSSES
from benchmarks.workloads.device_runs import gradient_error, loss_step, passes, ranks_outside
from mmgap import losses

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_ranks_of_a_pass_are_those_of_float64_and_wrong_ones_are_seen(dtype):
    ours, bare = passes(300, 24, dtype, "cpu")
    found = ours()
    bare()
    assert ranks_outside(found, dtype) == 0
    for change in (1, -300):
        wrong = replace(found, i2t=replace(found.i2t, above=found.i2t.above + change))
        assert ranks_outside(wrong, dtype) > 0
    open_ended = replace(found, i2t=replace(found.i2t, tied=found.i2t.tied + 300))
    assert ranks_outside(open_ended, dtype) == 200


def test_all_losses_are_tried():
    assert set(LOSSES) == set(losses.registry.names())


@pytest.mark.parametrize("name", LOSSES)
def test_gradients_in_blocks_are_those_of_float64(name):
    for scale, bound in GRADIENT_BOUNDS.values():
        assert gradient_error(name, 60, 24, "cpu", scale) <= bound


def test_a_gradient_that_is_off_is_seen(monkeypatch):
    exact = losses.registry.get("align")
    rough = lambda x, y, **options: exact(x.bfloat16().to(x.dtype), y, **options)  # noqa: E731
    monkeypatch.setattr(type(losses.registry), "get", lambda self, name: rough)
    assert gradient_error("align", 60, 24, "cpu", 1.0) > 1e-5


def test_a_step_is_timed_and_memory_is_told_by_a_gpu_alone():
    seconds, memory = loss_step("ce", 50, 8, "cpu")
    assert seconds > 0
    assert memory is None


def test_the_command_runs_on_the_cpu_and_leaves_what_takes_a_gpu(tmp_path):
    words = ["-m", "pytest", "benchmarks/test_device.py", "-q", "-n", "0", "-p", "no:cacheprovider", "--no-report"]
    pytest.importorskip("pytest_benchmark", reason="pip install pytest-benchmark")
    chosen = "test_pass_on_a_device or term-align-"
    alone = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, *words, "-k", chosen, "--reports", str(tmp_path / "reports")],
        cwd=ROOT,
        env={**alone, "MMGAP_CACHE": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1,000,000 pairs take a GPU: --device cuda" in done.stdout
    rows = [json.loads(path.read_text()) for path in (tmp_path / "reports" / "rows").glob("*.json")]
    found = {(row["cell"]["experiment"], row["status"]): row["metrics"] for row in rows}
    assert found["speed", "ok"]["ratio"]["value"] > 0
    assert found["large_batch", "ok"]["gradient_error"]["value"] <= 1e-5
    assert sum(row["status"] == "ok" for row in rows) == 3
