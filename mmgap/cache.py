"""Arrays that cost time to make, kept on disk under a key that holds everything that changes them.

An entry is a pair of files: ``<digest>.safetensors`` and the readable ``<digest>.json`` beside it (the key in
full, the payload's SHA-256, when it was made). The sidecar is written last: an entry without it does not exist.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
import uuid
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmgap import paths

if TYPE_CHECKING:
    import numpy as np

#: Part of every key; raised when the layout of an entry changes.
FORMAT = 1


class CacheWarning(UserWarning):
    """An entry that was damaged and is built again, or one that could not be kept."""


def canonical_json(value: Any) -> str:
    """One text for equal values: sorted keys, no spaces, NaN and non-JSON types refused."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def key_digest(key: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of a key."""
    return hashlib.sha256(canonical_json(dict(key)).encode()).hexdigest()


def write_atomic(path: Path, content: bytes) -> None:
    """Write the whole file or nothing: a temporary file beside it, then `os.replace`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name[:160]}.{uuid.uuid4().hex}.tmp")
    try:
        with temporary.open("xb") as stream:  # readable by whom the user's umask says, unlike a file of tempfile
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


class Cache:
    """Named arrays by key, shared by processes.

    Args:
        root: folder of the cache; None takes `mmgap.paths.cache_dir`.

    >>> import numpy as np, tempfile
    >>> cache = Cache(Path(tempfile.mkdtemp()))
    >>> make = lambda: {"images": np.eye(2, dtype="float32")}
    >>> cache.arrays("vectors", {"encoder": "a"}, make)["images"].shape
    (2, 2)
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or paths.cache_dir()

    def path(self, namespace: str, key: Mapping[str, Any]) -> Path:
        """Where the payload of ``key`` lies or would lie."""
        digest = key_digest({"format": FORMAT, **key})
        return self.root / namespace / digest[:2] / f"{digest}.safetensors"

    def arrays(
        self,
        namespace: str,
        key: Mapping[str, Any],
        build: Callable[[], dict[str, np.ndarray]],
        *,
        refresh: bool = False,
    ) -> dict[str, np.ndarray]:
        """The arrays of ``key``: read where they lie, else built once (others wait) and kept.

        A damaged entry is named in a `CacheWarning` and built again. An entry that cannot be written (a full
        disk, no permission) is named likewise, and the arrays are returned all the same.
        """
        from filelock import FileLock

        path = self.path(namespace, key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(f"{path}.lock")
            lock.acquire()
        except OSError as error:
            warnings.warn(f"the cache folder {path.parent} cannot be used: {error}", CacheWarning, stacklevel=2)
            return build()
        try:
            found = None if refresh else self._read(path)
            if found is not None:
                return found
            built = build()
            self._write(path, key, built)
            return built
        finally:
            lock.release()

    def read(self, namespace: str, key: Mapping[str, Any]) -> dict[str, np.ndarray] | None:
        """The arrays of ``key``, or None where they are absent or damaged."""
        return self._read(self.path(namespace, key))

    def write(self, namespace: str, key: Mapping[str, Any], arrays: dict[str, np.ndarray]) -> Path:
        """Keep ``arrays`` under ``key``, replacing what was there."""
        path = self.path(namespace, key)
        self._write(path, key, arrays)
        return path

    def _read(self, path: Path) -> dict[str, np.ndarray] | None:
        from safetensors.numpy import load

        sidecar = path.with_suffix(".json")
        if not sidecar.exists():
            return None
        try:
            expected = json.loads(sidecar.read_text(encoding="utf-8"))["sha256"]
            content = path.read_bytes()
            if hashlib.sha256(content).hexdigest() != expected:
                raise ValueError("its checksum does not match")
            return load(content)
        except (OSError, ValueError, KeyError, TypeError) as error:
            warnings.warn(f"cache entry {path} is damaged ({error}); it is built again", CacheWarning, stacklevel=3)
            return None

    def _write(self, path: Path, key: Mapping[str, Any], arrays: dict[str, np.ndarray]) -> None:
        import numpy as np
        from safetensors.numpy import save

        content = save({name: np.ascontiguousarray(array) for name, array in arrays.items()})
        sidecar = {
            "key": {"format": FORMAT, **key},
            "sha256": hashlib.sha256(content).hexdigest(),
            "arrays": {name: [str(array.dtype), list(array.shape)] for name, array in arrays.items()},
            "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }
        try:
            path.with_suffix(".json").unlink(missing_ok=True)  # never a new payload beside an old checksum
            write_atomic(path, content)
            write_atomic(path.with_suffix(".json"), json.dumps(sidecar, indent=1, ensure_ascii=False).encode())
        except OSError as error:
            warnings.warn(f"cache entry {path} could not be kept: {error}", CacheWarning, stacklevel=3)
