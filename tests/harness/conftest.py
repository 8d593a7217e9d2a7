"""Sessions of pytest inside a test: without the plugins that they do not need."""

import pytest

UNNEEDED = ("hypothesispytest", "benchmark", "anyio", "dash")


@pytest.fixture
def pytester(pytester, monkeypatch):
    """Return pytest's own, whose sessions start a second sooner each and are warned of nothing that is not theirs."""
    monkeypatch.setenv("PYTEST_ADDOPTS", " ".join(f"-p no:{name}" for name in UNNEEDED))
    return pytester
