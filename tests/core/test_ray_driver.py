"""A process that was the driver of a Ray cluster is afterwards what it was before."""

import os
import signal
import sys

import pytest

from mmgap.core.ray_driver import ray_driver

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
