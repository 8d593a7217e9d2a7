"""Sessions of pytest inside a test: without the plugins that they do not need, with what took long to make."""

from pathlib import Path

import platformdirs
import pytest

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
    for name in KEPT:
        (CACHES / name).mkdir(parents=True, exist_ok=True)
        link = pytester.path / ".cache" / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(CACHES / name, target_is_directory=True)
    return pytester
