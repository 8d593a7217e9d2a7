"""What mmgap writes and reads again says what it should hold, and is checked when it is read.

A file has a seal, the SHA-256 of all its bytes with the seal itself as zeros: the entry ``"sha256"`` that opens a JSON
object or the metadata of a safetensors file. Files whose bytes are part of a key have none; the sealed file beside
them has their SHA-256. A file of an earlier mmgap has no seal and is taken as it is. Nothing is imported at start but
the standard library and `mmgap.core.atomic`, `mmgap.core.checked_json`.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from tokenize import TokenError
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from mmgap.core.atomic import write_atomic
from mmgap.core.checked_json import LIMIT, conform, parse_json, read_content

if TYPE_CHECKING:
    import numpy as np

#: Name of a seal, and what stands in its place while it is computed.
SEAL, BLANK = "sha256", "0" * 64

#: Bytes at the start of a file that its seal lies in.
_HEAD = 1 << 20

_SEALED = re.compile(rb'(?:.{8}\{"__metadata__":)?\{\s*"sha256": ?"([0-9a-f]{64})"', re.DOTALL)


class DamagedError(ValueError):
    """A file that does not hold what was written into it; one line that names the file, without the cure."""


class CacheWarning(UserWarning):
    """Something kept that was damaged and is made again, or that could not be kept."""


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check_file(path: Path, expected: str | None = None) -> bool:
    """Return whether a file could be checked: against ``expected``, else against its own seal.

    Raises:
        DamagedError: it cannot be read, or is not as it was written.
    """
    try:
        if path.exists() and not path.is_file():
            raise DamagedError(f"{path} is no file")
        if expected is not None:
            sound = file_sha256(path) == expected
        else:
            with path.open("rb") as stream:
                if (found := _digests(stream)) is None:
                    return False
                sound = found[0] == found[1]
    except OSError as error:
        raise DamagedError(f"{path} cannot be read: {error.strerror or error}") from error
    if not sound:
        raise DamagedError(f"{path} is damaged (its SHA-256 is another than when it was written)")
    return True


def check_files(folder: Path, files: Mapping[str, str]) -> None:
    """Check every file by its SHA-256, by name.

    Raises:
        DamagedError: as `check_file`, of the first that is damaged.
    """
    for name, expected in files.items():
        check_file(folder / name, expected)


def write_sealed_json(path: Path, value: Mapping[str, Any], *, indent: int | None = 1) -> None:
    """Write an object as JSON, whole or not at all, its seal first.

    Raises:
        OSError: it cannot be written.
        ValueError: a number is not finite.
    """
    write_atomic(path, sealed_json(value, indent=indent))


def sealed_json(value: Mapping[str, Any], *, indent: int | None = 1) -> bytes:
    """Return what `write_sealed_json` writes. Raises `ValueError` where a number is not finite."""
    text = json.dumps({SEAL: BLANK, **value}, indent=indent, ensure_ascii=False, allow_nan=False) + "\n"
    content = text.encode(errors="backslashreplace")
    found = _digests(io.BytesIO(content))
    assert found is not None
    return content.replace(BLANK.encode(), found[1].encode(), 1)


def read_sealed_json(path: Path, kind: Any, *, limit: int = LIMIT, sealed: bool = False) -> Any:
    """Return the object that `write_sealed_json` wrote, without its seal.

    Args:
        path: the file.
        kind: what it is (`mmgap.core.checked_json.conform`).
        limit: bytes that it may have.
        sealed: refuse a file without a seal, which an earlier mmgap has written.

    Raises:
        DamagedError: it is not what was written.
        JsonError: it is no JSON of that kind.
    """
    try:
        content = read_content(path, limit=limit)
    except OSError as error:
        raise DamagedError(f"{path} cannot be read: {error.strerror or error}") from error
    has_seal = check_seal(content, str(path))
    value = conform(parse_json(content, str(path)), kind, str(path))
    return without_seal(value, str(path), has_seal=has_seal, required=sealed)


def check_seal(content: bytes, where: str) -> bool:
    """Return whether the content of a file has a seal. Raises `DamagedError` where it is another content's."""
    found = _digests(io.BytesIO(content))
    if found is not None and found[0] != found[1]:
        raise DamagedError(f"{where} is damaged (its SHA-256 is another than when it was written)")
    return found is not None


def without_seal(value: Mapping[str, Any], where: str, *, has_seal: bool, required: bool = False) -> dict[str, Any]:
    """Return an object of JSON without its seal.

    Raises:
        DamagedError: `check_seal` found none, though one is required, or what is left of one is there.
    """
    if not has_seal and (required or SEAL in value):
        raise DamagedError(f"{where} is damaged (it has no seal)")
    return {name: entry for name, entry in value.items() if name != SEAL}


def seal_tensors(path: Path) -> None:
    """Put a seal into a safetensors file, and its metadata in the order of their names: equal content, equal bytes.

    Args:
        path: a file whose metadata have `BLANK` under `SEAL`.
    """
    with path.open("r+b") as stream:
        size = int.from_bytes(stream.read(8), "little")
        header = json.loads(stream.read(size))
        metadata = dict(sorted(header["__metadata__"].items()))
        header["__metadata__"] = {SEAL: metadata.pop(SEAL), **metadata}
        text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode().ljust(size)
        assert len(text) == size, "the same entries in another order"
        stream.seek(8)
        stream.write(text)
        stream.seek(0)
        found = _digests(stream)
        assert found is not None
        stream.seek(8)
        stream.write(text.replace(BLANK.encode(), found[1].encode(), 1))


def read_tensors(
    path: Path, framework: str = "np", *, expected: str | None = None
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return everything in a safetensors file: its tensors, and its metadata without the seal.

    Args:
        path: the file.
        framework: "np" for NumPy arrays, "pt" for tensors.
        expected: its SHA-256, where that is recorded elsewhere.

    Raises:
        DamagedError: it is not there, or not what was written.
    """
    from safetensors import SafetensorError, safe_open

    checked = check_file(path, expected)
    try:
        with safe_open(path, framework=framework) as file:
            metadata = dict(file.metadata() or {})
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no dict
    except (SafetensorError, OSError, ValueError, TypeError, AttributeError) as error:
        raise DamagedError(f"{path} is damaged ({error})") from error
    if not checked and SEAL in metadata:
        raise DamagedError(f"{path} is damaged (it has no seal)")
    metadata.pop(SEAL, None)
    return tensors, metadata


def open_npy(path: Path, mode: Literal["r", "r+"] | None = "r", *, expected: str | None = None) -> np.ndarray:
    """Return the array of a ``.npy`` file, as a memory map, or read where ``mode`` is None; nothing pickled.

    Args:
        path: the file.
        mode: "r", "r+" or None. For "r+" the file has to be known to be whole: it would be made longer.
        expected: its SHA-256, where that is recorded elsewhere.

    Raises:
        DamagedError: it is not there, or holds no array.
    """
    import numpy as np

    if expected is not None:
        check_file(path, expected)
    try:
        return np.load(path, mmap_mode=mode, allow_pickle=False)
    except OSError as error:
        raise DamagedError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, EOFError, TypeError, KeyError, ArithmeticError, SyntaxError, TokenError, MemoryError) as error:
        raise DamagedError(f"{path} is damaged ({str(error).splitlines()[0] if str(error) else 'no array'})") from error


def _digests(stream: BinaryIO) -> tuple[str, str] | None:
    """The seal that a file has and the one that it should have; None where it has none."""
    head = stream.read(_HEAD)
    if (seal := _SEALED.match(head)) is None:
        return None
    digest = hashlib.sha256(head[: seal.start(1)] + BLANK.encode() + head[seal.end(1) :])
    while block := stream.read(_HEAD):
        digest.update(block)
    return seal[1].decode(), digest.hexdigest()
