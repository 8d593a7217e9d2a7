"""Arrays that cost time to make, kept on disk under a key that holds everything that changes them.

An entry is a pair of files: ``<digest>.safetensors`` and the readable ``<digest>.json`` beside it (the key in
full, the payload's SHA-256, when it was made). The sidecar is written last: an entry without it does not exist.
"""

from __future__ import annotations

import hashlib
import json
import time
import warnings
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from mmgap.core import paths
from mmgap.core.atomic import write_atomic
from mmgap.core.checked_json import conform, read_json
from mmgap.core.integrity import CacheWarning
from mmgap.core.locks import locked, remove_unheld

if TYPE_CHECKING:
    import numpy as np

#: Part of every key; raised when the layout of an entry changes.
FORMAT = 1


def canonical_json(value: Any) -> str:
    """Return one text for equal values: sorted keys, no spaces, NaN and non-JSON types refused."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def key_digest(key: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the canonical JSON of a key."""
    return hashlib.sha256(canonical_json(dict(key)).encode()).hexdigest()


class CacheError(OSError):
    """Arrays that could not be kept; the message names the file, the reason and the cure."""


class _Sidecar(TypedDict):
    """What of a sidecar is read."""

    key: dict[str, Any]
    sha256: str


class Cache:
    """Named arrays by key, shared by processes.

    Args:
        root: folder of the cache; None takes `mmgap.core.paths.cache_dir`.

    >>> import numpy as np, tempfile
    >>> cache = Cache(Path(tempfile.mkdtemp()))
    >>> make = lambda: {"images": np.eye(2, dtype="float32")}
    >>> cache.arrays("vectors", {"encoder": "a"}, make)["images"].shape
    (2, 2)
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or paths.cache_dir()

    def path(self, namespace: str, key: Mapping[str, Any]) -> Path:
        """Return where the payload of ``key`` lies or would lie."""
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
        """Return the arrays of ``key``: read where they lie, else built once (others wait) and kept.

        A damaged entry is named in a `CacheWarning` and built again. An entry that cannot be written (a full
        disk, no permission) is named likewise, and the arrays are returned all the same.
        """
        path = self.path(namespace, key)
        place, lock = Path(f"{path}.lock"), ExitStack()
        if not refresh and (found := self._sound(path, key)) is not None:
            remove_unheld(place)
            return found
        try:
            lock.enter_context(locked(place))
        except OSError as error:
            warnings.warn(f"the cache folder {path.parent} cannot be used: {error}", CacheWarning, stacklevel=2)
            return build()
        with lock:
            found = None if refresh else self._read(path, key, "it is built again")
            if found is not None:
                return found
            built = build()
            self.write(namespace, key, built)
            return built

    def read(self, namespace: str, key: Mapping[str, Any]) -> dict[str, np.ndarray] | None:
        """Return the arrays of ``key``, or None where they are absent or damaged, of which a `CacheWarning` tells."""
        return self._read(self.path(namespace, key), key, "what it belongs to has to be made again")

    def write(self, namespace: str, key: Mapping[str, Any], arrays: dict[str, np.ndarray]) -> Path:
        """`keep` what can be kept: where it cannot, a `CacheWarning` says so."""
        try:
            return self.keep(namespace, key, arrays)
        except CacheError as error:
            warnings.warn(str(error), CacheWarning, stacklevel=3)
            return self.path(namespace, key)

    def keep(self, namespace: str, key: Mapping[str, Any], arrays: dict[str, np.ndarray]) -> Path:
        """Keep ``arrays`` under ``key``, replacing what was there.

        Raises:
            CacheError: they cannot be written; nothing lies under ``key`` now.
        """
        import numpy as np
        from safetensors.numpy import save

        path = self.path(namespace, key)
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
            raise CacheError(
                f"cache entry {path} could not be kept: {error.strerror or error}. Make room, or point MMGAP_CACHE at"
                " a folder that can be written"
            ) from error
        return path

    def has(self, namespace: str, key: Mapping[str, Any]) -> bool:
        """Return whether something lies under ``key``; that it is sound is seen when it is read."""
        return self.path(namespace, key).with_suffix(".json").exists()

    def forget(self, namespace: str, key: Mapping[str, Any]) -> None:
        """Remove what lies under ``key``, and the lock that a killed process left; what cannot be removed stays."""
        path = self.path(namespace, key)
        with suppress(OSError):
            path.with_suffix(".json").unlink(missing_ok=True)
            path.unlink(missing_ok=True)
        remove_unheld(Path(f"{path}.lock"))

    def _read(self, path: Path, key: Mapping[str, Any], cure: str) -> dict[str, np.ndarray] | None:
        """The arrays of an entry; None where there is none, or with a warning where it is damaged."""
        if not path.with_suffix(".json").exists():
            return None
        try:
            return _payload(path, key)
        except ValueError as error:
            warnings.warn(f"cache entry {path} is damaged ({error}); {cure}", CacheWarning, stacklevel=3)
            return None

    def _sound(self, path: Path, key: Mapping[str, Any]) -> dict[str, np.ndarray] | None:
        """The arrays of a sound entry: no lock is needed for them, so they can be read where nothing can be written.

        What is not sound may be in the middle of being replaced: it is looked at again under the lock.
        """
        try:
            return _payload(path, key)
        except ValueError:
            return None


def _payload(path: Path, key: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The arrays of an entry.

    Raises:
        ValueError: it is absent or damaged.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    about = conform(read_json(path.with_suffix(".json")), _Sidecar, path.with_suffix(".json").name)
    if canonical_json(about["key"]) != canonical_json({"format": FORMAT, **key}):
        raise ValueError("it is the entry of another key")
    try:
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != about["sha256"]:
            raise ValueError("its checksum does not match")
        return load(content)
    except (OSError, SafetensorError) as error:
        raise ValueError(str(error)) from error
