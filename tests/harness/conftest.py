"""Sessions of pytest inside a test: without the plugins that they do not need, with what took long to make."""

import sys
from pathlib import Path

import platformdirs
import pytest

from fixtures.libraries import LOCAL

UNNEEDED = ("hypothesispytest", "benchmark", "anyio", "dash")

#: Where caches lie before pytester gives each test a home of its own; without these, each session would compile all
#: kernels (ten seconds) and look through all fonts.
CACHES = Path(platformdirs.user_cache_dir())
KEPT = ("mmgap/compiled", "matplotlib")


@pytest.fixture
def pytester(pytester, monkeypatch):
    """Return pytest's own, whose sessions start a second sooner each and are warned of nothing that is not theirs."""
    words = ["--assert=plain", *(f"-p no:{name}" for name in UNNEEDED)]
    monkeypatch.setenv("PYTEST_ADDOPTS", " ".join(words))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")  # it tells a file written again by the second alone
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    for name in KEPT:
        (CACHES / name).mkdir(parents=True, exist_ok=True)
        link = pytester.path / ".cache" / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(CACHES / name, target_is_directory=True)
    return pytester


@pytest.fixture
def session(pytester):
    """Return a function: what pytest says of these words in a session here that loads mmgap anew.

    A process of its own would do the same, and spend most of its time on loading torch and scipy.
    """

    def run(*words):
        before = {name: sys.modules.pop(name) for name in own_modules()}
        try:
            return pytester.runpytest_inprocess(*words)
        finally:
            for name in own_modules():
                del sys.modules[name]
            sys.modules.update(before)

    return run


def own_modules():
    """Return the names of the loaded modules of mmgap, and of the session's folder."""
    return [name for name in sys.modules if name.partition(".")[0] in {"mmgap", *LOCAL}]
