"""numba's ``njit`` whose machine code is kept in the user's cache folder, by the content of the kernels.

Numba keeps it beside the source, where a new environment, another clone or a package's folder that nobody may write has
none of it: compiling all kernels takes seconds. Here whoever has the same kernels finds it, also after reinstallation.
``NUMBA_CACHE_DIR`` still decides where it is set.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numba
from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator

_FOLDER = Path(__file__).parent


@lru_cache(maxsize=1)
def digest_of_kernels() -> str:
    """Return the SHA-256 of all files of kernels and of the exponential that they share: one may call another's."""
    found = hashlib.sha256()
    for file in sorted([*_FOLDER.glob("_*kernels.py"), _FOLDER / "_exponential.py"]):
        content = file.read_bytes()
        found.update(f"{file.name} {len(content)} ".encode() + content)
    return found.hexdigest()


class _ByContent(_CacheLocator):
    """Where the machine code of a kernel lies, as numba asks for it."""

    def __init__(self, line: int) -> None:
        import platformdirs

        self._line = line
        self._path = Path(platformdirs.user_cache_dir("mmgap")) / "compiled" / digest_of_kernels()[:16]

    def get_cache_path(self) -> str:
        return str(self._path)

    def get_source_stamp(self) -> str:
        return digest_of_kernels()

    def get_disambiguator(self) -> str:
        return str(self._line)

    @classmethod
    def from_function(cls, py_func: Callable[..., Any], py_file: str) -> _ByContent | None:
        """Return None where numba's own places are to be taken: one was named, or the user's folder is not writable."""
        if numba.config.CACHE_DIR:  # type: ignore[attr-defined]
            return None
        found = cls(py_func.__code__.co_firstlineno)
        try:
            found.ensure_cache_path()
        except OSError:
            return None
        return found


class _Compiled(CompileResultCacheImpl):
    _locator_classes = [_ByContent, *CompileResultCacheImpl._locator_classes]  # type: ignore[list-item]  # noqa: RUF012


class _KernelCache(FunctionCache):
    _impl_class = _Compiled


def njit(*, cache: bool = False, **options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Return `numba.njit` with these options; with ``cache`` the machine code is kept as said above."""

    def compiled(kernel: Callable[..., Any]) -> Any:
        found = numba.njit(**options)(kernel)
        if cache:
            found._cache = _KernelCache(kernel)
        return found

    return compiled
