"""Compiled kernels are found again by their content: in another place, with other times, in a new environment."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import mmgap

RUN = """
import numpy as np
from mmgap.metrics._nearest_kernels import place_shares
shares = np.zeros(4)
place_shares(np.array([0.9, 0.5, 0.5, 0.1]), 2, 1e-6, shares)
stats = place_shares.stats
print(shares.tolist(), sum(stats.cache_hits.values()), sum(stats.cache_misses.values()), place_shares.stats.cache_path)
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Return a function that installs a copy in a folder and uses one of its kernels."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "cache"))
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)

    def used(name, change=""):
        folder = tmp_path / name
        shutil.copytree(Path(mmgap.__file__).parent, folder / "mmgap", ignore=shutil.ignore_patterns("__pycache__"))
        if change:
            with (folder / "mmgap" / "metrics" / "_nearest_kernels.py").open("a") as file:
                file.write(change)
        done = subprocess.run([sys.executable, "-c", RUN], cwd=folder, capture_output=True, text=True, check=True)
        shares, hits, misses, place = done.stdout.strip().rsplit(" ", 3)
        assert shares == "[1.0, 0.5, 0.5, 0.0]"
        return int(hits), int(misses), place

    return used


def test_what_was_compiled_survives_reinstallation_and_no_change(installed, tmp_path):
    hits, misses, place = installed("first")
    assert (hits, misses) == (0, 1)
    assert Path(place).is_relative_to(tmp_path / "cache") or sys.platform != "linux"
    assert installed("second") == (1, 0, place)
    assert installed("changed", "# another line\n")[:2] == (0, 1)


def test_a_folder_that_the_user_names_holds_it(installed, tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "named"))
    assert Path(installed("first")[2]).is_relative_to(tmp_path / "named")
