"""Packages that hold data or weights: where they are installed, and the line that brings one that is not."""

from __future__ import annotations

from functools import cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from mmgap.core.paths import MissingDataError

#: The extra that brings every one of them.
EXTRA = "real"


def package_folder(module: str, distribution: str, where: str = "") -> Path:
    """Return the folder of an installed package; nothing of it is imported.

    Args:
        module: its name in Python.
        distribution: its name to pip.
        where: the machines that it can be installed on, where these are not all.

    Raises:
        MissingDataError: it is not installed; the message has the line that brings it.

    >>> package_folder("numpy", "numpy").name
    'numpy'
    """
    found = find_spec(module)
    if found is None or found.origin is None:
        raise MissingDataError(
            f"the package {distribution} is not installed: pip install 'mmgap[{EXTRA}]', or {distribution} alone"
            + (f" ({where})" if where else "")
        )
    return Path(found.origin).parent


@cache
def installed_version(distribution: str) -> str:
    """Return the version of an installed distribution; its metadata are read once a process.

    Raises:
        importlib.metadata.PackageNotFoundError: it is not installed.

    >>> installed_version("pytest").split(".")[0].isdigit()
    True
    """
    return metadata.version(distribution)
