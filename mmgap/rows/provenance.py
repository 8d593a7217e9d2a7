"""Where a row was made: code, libraries, machine. Looks at what is loaded and loads nothing."""

from __future__ import annotations

import functools
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

LIBRARIES = ("mmgap", "torch", "transformers", "sentence-transformers", "peft", "numpy", "numba", "pytest")


@functools.cache
def git_state(folder: Path) -> dict[str, Any]:
    """Revision of the checkout that holds ``folder``, and whether it has uncommitted changes; empty without git."""
    try:
        revision = _git(folder, "rev-parse", "HEAD")
        return {"git": revision, "git_dirty": bool(_git(folder, "status", "--porcelain", "--untracked-files=no"))}
    except (OSError, subprocess.SubprocessError):
        return {}


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, timeout=10, check=True)
    return done.stdout.strip()


@functools.cache
def library_versions() -> dict[str, str]:
    """Installed versions of the libraries a result depends on."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def provenance(folder: Path, device: str, plugins: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the provenance record of a row.

    Args:
        folder: the project whose git state counts.
        device: the device the cell was asked to run on; of several the first is named.
        plugins: name → version of the packages that brought an experiment, encoder, dataset, loss or projection.
    """
    record: dict[str, Any] = {
        **git_state(folder),
        "python": platform.python_version(),
        "libraries": library_versions(),
        **({"plugins": dict(plugins)} if plugins else {}),
        "platform": f"{platform.system()} {platform.machine()}",
        "cpus": os.cpu_count(),
        "device": device,
    }
    torch = sys.modules.get("torch")
    if torch is not None:
        record["threads"] = torch.get_num_threads()
        record["deterministic"] = torch.are_deterministic_algorithms_enabled()
        if device.startswith("cuda"):
            record["device_name"] = torch.cuda.get_device_name(device.partition(",")[0].removesuffix(":all"))
            record["cuda"] = torch.version.cuda
    return record


def peak_memory() -> dict[str, float]:
    """Peak resident size of this process in MB, and of the accelerator where torch used one."""
    peak: dict[str, float] = {}
    if sys.platform != "win32":
        import resource

        size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        peak["peak_mb"] = size / 1e6 if sys.platform == "darwin" else size / 1e3
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        peak["peak_device_mb"] = torch.cuda.max_memory_allocated() / 1e6
    return peak
