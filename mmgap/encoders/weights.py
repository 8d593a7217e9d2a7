"""Where a model's files are and what they hold: found or downloaded, safetensors only, hashed once."""

from __future__ import annotations

import hashlib
import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TypedDict

from mmgap.core import paths
from mmgap.core.checked_json import JsonError
from mmgap.core.integrity import CacheWarning, DamagedError, file_sha256, read_sealed_json, write_sealed_json
from mmgap.core.messages import listed, quoted, reason
from mmgap.core.packages import installed_version
from mmgap.encoders.base import EncoderError

#: The files of a model that are downloaded and hashed: weights, configurations, vocabularies; nothing pickled.
FILES = ("*.safetensors", "*.json", "*.txt", "*.model")

#: Hub revisions to take where none is asked for, because the main branch has pickled weights only.
SAFETENSORS_REVISION = {"openai/clip-vit-base-patch32": "refs/pr/15"}

_HUB_ID = re.compile(r"[\w.-]{1,96}(/[\w.-]{1,96})?")
#: Why the hub is not asked for what is not here; "" where it is.
_NOT_ASKED = ContextVar("not_asked", default="")

_LARGE = 1 << 20  # bytes; the hash of a larger file is kept


def split_revision(source: str) -> tuple[str, str | None]:
    """Return ``"ID@REVISION"`` as (id, revision or None); an existing folder may have an ``@`` in its name."""
    if "@" not in source or paths.is_folder(paths.expanded(source)):
        return source, None
    name, _, revision = source.rpartition("@")
    return name, revision


def locate(source: str, revision: str | None = None) -> Path:
    """Return the folder with the files of a model: a path, a folder under ``MMGAP_WEIGHTS``, the hub's cache, the hub.

    Args:
        source: a folder, or a hub id ``owner/name``; of an id, ``MMGAP_WEIGHTS/owner/name`` and ``MMGAP_WEIGHTS/name``
            are looked at first.
        revision: branch, tag or commit of the hub; what it pins is taken from the hub (or its cache) alone.

    Raises:
        MissingDataError: not on this machine, and the hub does not give it; the message has the command that would.
        EncoderError: it is there, but without safetensors weights.
    """
    here = [paths.expanded(source)]
    if revision is None:
        here += [paths.weights_dir() / source, paths.weights_dir() / source.rpartition("/")[2]]
    for folder in here:
        if paths.is_folder(folder):
            return with_safetensors(folder.resolve())
    if not _HUB_ID.fullmatch(source):
        raise paths.MissingDataError(f"model folder {quoted(source)!r} not found (looked at {listed(here)})")
    return _from_hub(source, revision or SAFETENSORS_REVISION.get(source))


def with_safetensors(folder: Path) -> Path:
    """Return ``folder`` itself. Raises `EncoderError` where it holds no config or no safetensors weights."""
    if not (folder / "config.json").is_file() and not (folder / "modules.json").is_file():
        raise EncoderError(f"{folder} is no model folder: it has no config.json")
    if not any(folder.rglob("*.safetensors")):
        raise EncoderError(
            f"{folder} holds no safetensors weights, and pickled ones are never loaded: take a revision that has them"
            " (on the hub often a pull request, hf:ID@refs/pr/N), or save the model again with save_pretrained"
        )
    return folder


def _from_hub(name: str, revision: str | None) -> Path:
    from huggingface_hub import snapshot_download

    def snapshot(local: bool) -> Path:
        return Path(snapshot_download(name, revision=revision, allow_patterns=list(FILES), local_files_only=local))

    try:
        return with_safetensors(snapshot(local=True))
    except (OSError, ValueError):  # absent or incomplete: what the hub answers is what counts
        pass
    at = f" --revision {revision}" if revision else ""
    include = " ".join(f"--include '{pattern}'" for pattern in FILES)
    target = paths.weights_dir() / name.rpartition("/")[2]
    command = f"hf download {name}{at} {include} --local-dir {target}"
    if because := _NOT_ASKED.get():
        raise paths.MissingDataError(
            f"model {name!r}{at} is not on this machine, and is not downloaded unasked, because {because}. Where you"
            f" trust it: {command}"
        )
    try:
        folder = snapshot(local=False)
    except (OSError, ValueError) as error:
        raise paths.MissingDataError(
            f"model {name!r}{at} is neither in {paths.weights_dir()} nor in the hub's cache, and the hub gives none"
            f" ({type(error).__name__}: {reason(error)}). Where there is a network: {command}; or point MMGAP_WEIGHTS"
            f" at a folder that holds {target.name}/"
        ) from error
    return with_safetensors(folder)


@contextmanager
def no_download(because: str) -> Iterator[None]:
    """Within the block a model that is not on this machine is an error that says why, and how to bring it."""
    token = _NOT_ASKED.set(because)
    try:
        yield
    finally:
        _NOT_ASKED.reset(token)


def file_hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of the model by its path inside ``folder``; large ones are hashed once per
    change."""
    found = {path for pattern in FILES for path in folder.rglob(pattern)}
    named = {path.relative_to(folder).as_posix(): path for path in found}
    return {name: file_hash(named[name]) for name in sorted(named) if not name.startswith(".")}


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's content; that of a large one is remembered beside its path, size and time of
    change."""
    stat = path.stat()
    if stat.st_size < _LARGE:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    label = f"{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}"
    memo = paths.cache_dir() / "hashes" / f"{hashlib.sha256(label.encode()).hexdigest()}.json"
    if (known := _remembered(memo, label)) is not None:
        return known
    digest = file_sha256(path)
    try:
        write_sealed_json(memo, {"file": label, "content": digest})
    except OSError as error:
        warnings.warn(f"the hash of {path} could not be kept: {error}", CacheWarning, stacklevel=2)
    return digest


def pinned_hash(path: Path, expected: str, cure: str) -> str:
    """Return the SHA-256 of a file that a package should hold.

    Args:
        path: the file.
        expected: the SHA-256 of the one that results were made with.
        cure: an encoder's name and the line that brings that file, for the error.

    Raises:
        EncoderError: it is absent, or another.
    """
    if not path.is_file():
        raise EncoderError(f"{cure} brings {path.name}, which {path.parent} lacks")
    if (found := file_hash(path)) != expected:
        raise EncoderError(f"{cure} brings {path.name} with the SHA-256 {expected[:12]}…; {path} has {found[:12]}…")
    return found


class _Memo(TypedDict):
    file: str  # path, size and time of change
    content: str  # its SHA-256


def _remembered(memo: Path, label: str) -> str | None:
    """The hash that was kept; None where there is none, or with a warning where it is damaged."""
    if not memo.exists():
        return None
    try:
        found = read_sealed_json(memo, _Memo, sealed=True)
    except (DamagedError, JsonError) as error:
        warnings.warn(f"a kept hash is damaged, and computed again: {error}", CacheWarning, stacklevel=3)
        return None
    return str(found["content"]) if found["file"] == label else None


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Return ``major.minor`` of installed packages, read from their metadata."""
    return {name: ".".join(installed_version(name).split(".")[:2]) for name in packages}
