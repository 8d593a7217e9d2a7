"""Libraries that come with an extra: imported where they are used, and the pip line of one that is absent."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from types import ModuleType


class NoLibraryError(ImportError, ValueError):
    """A library of an extra is not installed."""


def optional_library(module: str, extra: str, distribution: str = "") -> ModuleType:
    """Return a module of a library that not everybody needs.

    Args:
        module: its name in Python, ``"pyarrow.parquet"``.
        extra: of mmgap, which brings it.
        distribution: its name to pip, where that is another than the module's.

    Raises:
        NoLibraryError: it is not installed; the message has the line that brings it.

    >>> optional_library("no_such_library", "tables")
    Traceback (most recent call last):
    mmgap.core.optional_libraries.NoLibraryError: no_such_library is not installed: pip install 'mmgap[tables]'
    """
    package = module.partition(".")[0]
    try:
        installed = find_spec(package) is not None
    except ValueError:  # a module that somebody put in place of it, or took away
        installed = False
    if not installed:
        raise NoLibraryError(f"{distribution or package} is not installed: pip install 'mmgap[{extra}]'")
    return importlib.import_module(module)
