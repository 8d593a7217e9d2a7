"""What stands for code in a key: the version of what ships with mmgap, the source of what comes from outside.

A key that holds a file's hash asks for everything again after a changed comment, so mmgap's own objects have a whole
number beside their entry instead, and a test of golden outputs fails where one changes without it. Nobody keeps such a
test for an object from outside, so its file counts.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import linecache
import re
import sys
import sysconfig
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

#: What is written below here is mmgap's own.
PACKAGE = Path(__file__).resolve().parents[1]

#: The identity of mmgap's own where no other version is said; keys from before there were any mean this one.
FIRST = {"version": 1}

_STANDARD = Path(sysconfig.get_path("stdlib")).resolve()


def identity(*targets: Any, version: int | None = None, distribution: str | None = None) -> dict[str, Any]:
    """Return what stands in a key for one object, or for several that make one: a factory and the class of what it
    made.

    Args:
        targets: functions, classes, partials or instances. Looked at are they, what they wrap, the functions they were
            given, and (unless a library's) base classes and functions in closures; what they import is not.
        version: said beside the entry.
        distribution: ``"name 1.2"``, where an entry point names it.

    Returns:
        ``{"version": 1}`` for mmgap's own. Otherwise ``{"source": SHA-256 of the files, "file": "mine.py"}``, or
        ``{"module": …}`` where no source is to be had; with the distribution where there is one, the version where it
        was said, and the ``arguments`` that a partial or an instance holds.

    Raises:
        ValueError: a version that is no whole number of at least 1.
    """
    version, found = checked_version(version), _Found()
    for target in targets:
        found.look_at(target)
    said: dict[str, Any] = {"arguments": "; ".join(found.arguments)} if found.arguments else {}
    if found.own and not found.files and not found.modules:
        return {"version": version or 1, **said}
    if version is not None:
        said["version"] = version
    if named := distribution or found.distribution():
        said["distribution"] = named
    return {**found.source(), **said}


def checked_version(version: int | None) -> int | None:
    """Raises `ValueError` for a version that is no whole number of at least 1; None says none."""
    if version is not None and (isinstance(version, bool) or not isinstance(version, int) or version < 1):
        raise ValueError(f"a version must be a whole number of at least 1, got {version!r}")
    return version


def since_first(**identities: Mapping[str, Any]) -> dict[str, Any]:
    """Return a part of a key with the identities that are not `FIRST`; empty where all are, so that older keys stay.

    >>> since_first(encoder={"version": 1}), since_first(encoder={"version": 2}, dataset={"version": 1})
    ({}, {'identities': {'encoder': {'version': 2}}})
    """
    told = {name: dict(value) for name, value in identities.items() if value != FIRST}
    return {"identities": told} if told else {}


def distributions(inputs: Any, *, within: bool = False) -> dict[str, str]:
    """Name → version of the packages behind the identities anywhere in a key; ``within`` one all of it counts."""
    found: dict[str, str] = {}
    for name, value in inputs.items() if isinstance(inputs, Mapping) else ():
        if within and name == "distribution":
            package, _, version = value.rpartition(" ")
            found[package] = version
        found |= distributions(value, within=within or name == "identities")
    return found


@dataclass
class _Found:
    """The files and modules from outside that an object is written in."""

    files: dict[str, None] = field(default_factory=dict)
    modules: dict[str, None] = field(default_factory=dict)
    arguments: list[str] = field(default_factory=list)
    own: bool = False
    seen: list[Any] = field(default_factory=list)

    def look_at(self, target: Any, *, beneath: bool = False) -> None:
        """Note where an object comes from; of what lies ``beneath`` it only what belongs to no library."""
        if any(target is known for known in self.seen):
            return
        self.seen.append(target)
        if isinstance(target, functools.partial):
            self.arguments.append(_plain((target.args, target.keywords)))
            given = (target.func, *target.args, *target.keywords.values())
        elif isinstance(target, types.MethodType):
            given = (target.__func__, target.__self__)
        elif isinstance(target, types.FunctionType | type):
            self._note(target, beneath)
            given = (getattr(target, "__wrapped__", None),)
            for part in filter(callable, _beneath(target)):
                self.look_at(part, beneath=True)
        else:
            held = {name: value for name, value in getattr(target, "__dict__", {}).items() if name[:2] != "__"}
            self.arguments += [_plain(held)] if held else []
            given = (type(target), getattr(target, "__wrapped__", None), *held.values())
        for part in filter(callable, given):
            self.look_at(part, beneath=beneath)

    def _note(self, target: types.FunctionType | type, beneath: bool) -> None:
        file, module = _file(target), target.__module__ or ""
        path = Path(file).resolve() if file else None
        if path is None:
            own, installed = module.partition(".")[0] == PACKAGE.name, False
            standard = module.partition(".")[0] in sys.stdlib_module_names
        else:
            own, installed = path.is_relative_to(PACKAGE), _installed(path) is not None
            standard = path.is_relative_to(_STANDARD) and not installed
        self.own |= own
        if own or standard or (beneath and installed):
            return
        if file:
            self.files[file] = None
        else:
            self.modules[module] = None

    def source(self) -> dict[str, Any]:
        """Return the digest and the names of the files; of modules the names alone."""
        told: dict[str, Any] = {}
        if digests := [hashlib.sha256(_content(file)).hexdigest() for file in self.files]:
            told["source"] = digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
            told["file"] = ", ".join(map(_shown, self.files))
        if self.modules or not told:
            told["module"] = ", ".join(self.modules) or str(getattr(self.seen[0], "__module__", None))
        return told

    def distribution(self) -> str | None:
        """Of the first file or module that was installed."""
        packages = [_installed(Path(file)) for file in self.files]
        packages += [module.partition(".")[0] for module in self.modules]
        return next(filter(None, (_distribution(package) for package in packages if package)), None)


def _beneath(target: types.FunctionType | type) -> Iterator[Any]:
    """The base classes of a class, what the closure of a function holds."""
    if isinstance(target, type):
        yield from target.__bases__
        return
    for cell in target.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not filled yet
            continue


def _file(target: types.FunctionType | type) -> str | None:
    """Where it is written; a class of a notebook knows its cell by its functions only."""
    parts: list[Any] = [target, *filter(inspect.isfunction, vars(target).values())]
    for part in parts:
        try:
            if found := inspect.getsourcefile(part):
                return found
        except (TypeError, OSError):
            continue
    return None


def _installed(path: Path) -> str | None:
    """The package that a file belongs to where packages are installed; None elsewhere."""
    for place in ("site-packages", "dist-packages"):
        if place in path.parts:
            return path.parts[path.parts.index(place) + 1].removesuffix(".py")
    return None


def _content(file: str) -> bytes:
    path = Path(file)
    return path.read_bytes() if path.is_file() else "".join(linecache.getlines(file)).encode()


def _shown(file: str) -> str:
    path = Path(file)
    if not path.is_file():  # a cell of a notebook: its name has the number of a process in it
        return "notebook"
    return f"{path.parent.name}/{path.name}" if path.stem == "__init__" else path.name


def _plain(value: Any) -> str:
    """As it prints, without the addresses and the order of sets that change from process to process."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_plain(name)}: {_plain(entry)}' for name, entry in value.items())}}}"
    if isinstance(value, list | tuple | set | frozenset):
        parts = [_plain(entry) for entry in value]
        return f"[{', '.join(parts if isinstance(value, list | tuple) else sorted(parts))}]"
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))


@functools.cache
def _distribution(package: str) -> str | None:
    names = metadata.packages_distributions().get(package)
    return f"{names[0]} {metadata.version(names[0])}" if names else None
