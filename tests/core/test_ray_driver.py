"""A process that was the driver of a Ray cluster is afterwards what it was before."""

import os
import re
import signal
import socket
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from mmgap.cli.main import app
from mmgap.core.ray_driver import NoClusterError, ray_driver

pytest.importorskip("ray", reason="pip install 'mmgap[cluster]'")

START = {"num_cpus": 1, "include_dashboard": False, "object_store_memory": 80 << 20, "logging_level": "error"}


def of_this_process():
    variables = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    return variables, sys.excepthook, signal.getsignal(signal.SIGTERM)


@pytest.mark.parametrize("debugger", [None, "0"], ids=["as usual", "none"])
def test_debugger_signals_and_errors_are_put_back(monkeypatch, debugger):
    monkeypatch.delenv("PYTHONBREAKPOINT", raising=False)
    if debugger is not None:
        monkeypatch.setenv("PYTHONBREAKPOINT", debugger)
    before = of_this_process()
    with ray_driver(None, **START) as ray:
        assert ray.get(ray.remote(lambda: 3).remote()) == 3
        assert of_this_process() != before
    assert of_this_process() == before
    assert not ray.is_initialized()


def test_a_connection_that_was_there_stays():
    with ray_driver(None, **START) as ray:
        with ray_driver(None, logging_level="error") as same:
            assert same is ray
        assert ray.is_initialized()
    assert not ray.is_initialized()


def closed_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.mark.parametrize("address", ["nonsense", "ray://host:10001", "host:", ":6379", "localhost:99999999"])
def test_what_is_no_address_is_said_before_ray_is_begun(address):
    with pytest.raises(NoClusterError, match=re.escape(address)), ray_driver(address, logging_level="error"):
        raise AssertionError


def test_where_nobody_answers_the_address_is_named_at_once():
    address = f"127.0.0.1:{closed_port()}"
    with (
        pytest.raises(NoClusterError, match=f"no Ray cluster at {address}: .*; start one"),
        ray_driver(address, logging_level="error"),
    ):
        raise AssertionError


def test_measure_ends_in_one_line_where_nobody_answers(tmp_path):
    for name in ("a", "b"):
        np.save(tmp_path / f"{name}.npy", np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32))
    address = f"127.0.0.1:{closed_port()}"
    found = CliRunner().invoke(app, ["measure", str(tmp_path / "a.npy"), str(tmp_path / "b.npy"), "--ray", address])
    assert found.exit_code == 2
    assert found.stderr.startswith(f"mmgap: no Ray cluster at {address}: ")
    assert len(found.stderr.splitlines()) == 1
