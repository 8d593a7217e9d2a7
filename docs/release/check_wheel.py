"""Try a wheel where nothing else is: ``python docs/release/check_wheel.py [WHEEL]`` makes an empty environment for it.

Without a wheel it builds two, which must be the same byte for byte. From an empty folder it then measures two files,
runs experiments, and adds a loss by another package. ``PIP_CONSTRAINT`` pins torch, as everywhere. Takes some minutes
and 2 GB.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from build_release import build

ROOT = Path(__file__).parents[2]

PROJECT = """
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"
[project]
name = "angle-loss"
version = "0.1"
dependencies = ["mmgap"]
[project.entry-points."mmgap.losses"]
angle = "angle_loss:angle"
[tool.setuptools]
py-modules = ["angle_loss"]
"""

LOSS = '''"""Mean angle of the pairs."""
import torch
from mmgap.losses import loss


@loss(symmetric=True, rotation_invariant=True, uses_scale=False)
def angle(x, y, *, logit_scale=1.0):
    """Return the mean angle. Reduction: mean over pairs. Range: [0, π]."""
    return torch.arccos((x * y).sum(1).clamp(-0.999999, 0.999999)).mean()
'''

VECTORS = """
import numpy as np
things, *noise = np.random.default_rng(0).normal(size=(3, 200, 16))
for name, one in zip(("images", "texts"), noise):
    np.save(f"{name}.npy", things + one)
"""

CHECKED = """
import importlib.resources, mmgap
from mmgap.testing import check_loss
assert "site-packages" in mmgap.__file__, mmgap.__file__
assert (importlib.resources.files("mmgap") / "py.typed").is_file()
check_loss("angle")
"""

#: Of the tutorial on a loss in a package; its training is laid out and not run.
LOSSES = ("--dataset", "glyphs-en", "--loss", "ce", "--loss", "ce+0.1*angle", "--seeds", "3")


def wheel_built_twice(folder: Path) -> Path:
    """Return a wheel, after two builds gave the same bytes."""
    first, second = build(folder / "first"), build(folder / "second")
    if first != second:
        raise SystemExit(f"two builds of one commit differ: {first} and {second}")
    return next((folder / "first").glob("*.whl"))


def tried(wheel: Path, folder: Path) -> None:
    """Install a wheel into an empty environment and use it from an empty folder; stop where a command fails."""
    venv.create(folder / "env", with_pip=True)
    programs, place = folder / "env" / ("Scripts" if os.name == "nt" else "bin"), folder / "empty"
    place.mkdir()
    plugin = folder / "angle-loss"
    plugin.mkdir()
    (plugin / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (plugin / "angle_loss.py").write_text(LOSS, encoding="utf-8")
    environment = {**os.environ, "MMGAP_CACHE": str(folder / "cache")}
    for name in ("PYTHONPATH", "PYTEST_ADDOPTS", "MMGAP_DATA", "MMGAP_WEIGHTS"):
        environment.pop(name, None)
    for program, *words in (
        ("pip", "install", "-q", str(wheel)),
        ("pip", "install", "-q", "--no-deps", str(plugin)),
        ("python", "-c", VECTORS),
        ("mmgap", "measure", "images.npy", "texts.npy"),
        ("mmgap", "card", "images.npy", "texts.npy"),
        ("pytest", "--pyargs", "mmgap.benchmarks", "-q", "-k", "glyphs-en and measure"),
        ("python", "-c", CHECKED),
        ("pytest", "--pyargs", "mmgap.benchmarks.test_train", "-q", "--collect-only", "--encoder", "tiny", *LOSSES),
    ):
        print("$", program, *words[:4], flush=True)
        subprocess.run([str(programs / program), *words], cwd=place, env=environment, check=True)
    print(f"{wheel.name} works where nothing else is")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        given = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else wheel_built_twice(Path(place))
        tried(given, Path(place))
