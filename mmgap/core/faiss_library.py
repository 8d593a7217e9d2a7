"""The library of indexes, faiss, imported only where an index is used."""

from __future__ import annotations

from types import ModuleType


class NoFaissError(ImportError, ValueError):
    """faiss is not installed."""


def load_faiss() -> ModuleType:
    """Return the module ``faiss``.

    Raises:
        NoFaissError: it is not installed; the message names the extra that brings it.
    """
    try:
        import faiss
    except ImportError as error:
        raise NoFaissError("faiss is not installed: pip install 'mmgap[index]'") from error
    return faiss
