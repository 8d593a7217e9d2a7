"""What experiments take by name, in a clone (``pytest benchmarks``) and elsewhere (``--pyargs mmgap.benchmarks``)."""

import pytest


def pytest_configure(config):
    config.pluginmanager.import_plugin("mmgap.harness.fixtures")


@pytest.fixture
def against(request, record):
    """``against(ours, other, rounds)``: time two ways side by side and record the ratio."""
    from .workloads.side_by_side import SideBySide

    if not request.config.pluginmanager.hasplugin("benchmark"):
        pytest.skip("timings need pytest-benchmark: pip install pytest-benchmark")
    return SideBySide(request.getfixturevalue("benchmark"), record)
