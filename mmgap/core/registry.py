"""One registry for encoders, datasets and losses: a decorator, lazy entries, entry points, "did you mean".

A *spec* is what a user writes: a registered name, optionally with an argument behind the first colon
(``arasaac-en``, ``folder:/photos``, ``two-towers:mobilenet-v2,minilm,random``).
Importing this module, and registering, cost the standard library only.
"""

from __future__ import annotations

import difflib
import functools
import importlib
import operator
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import EntryPoints, entry_points
from typing import Any, Generic, TypeVar

from mmgap.core.identity import PACKAGE, checked_version, identity
from mmgap.core.messages import quoted

T = TypeVar("T")


class UnknownNameError(LookupError):
    """A name that no registry entry answers to; the message lists the near ones and all the known ones."""


def loaded(path: str) -> Any:
    """Return the object that ``"module:object"`` names, or ``"module:object.attribute"``.

    >>> loaded("math:sqrt")(4.0)
    2.0
    """
    module, _, attribute = path.partition(":")
    return operator.attrgetter(attribute)(importlib.import_module(module))


def entry_points_of(group: str) -> EntryPoints:
    """Return what installed packages add to a group.

    >>> entry_points_of("mmgap.encoders")["trained"].value
    'mmgap.training.trained_encoder:load'
    """
    found: EntryPoints = _installed(tuple(sys.path)).select(group=group)
    return found


@functools.lru_cache(maxsize=1)
def _installed(places: tuple[str, ...]) -> Any:  # Python 3.11 has another class for them than 3.12
    """All entry points; each look for them reads the files of some hundred packages."""
    return entry_points()


class Registry(Generic[T]):
    """Names of one kind of thing, each with the object itself or the ``module:object`` that holds it.

    Args:
        kind: what is registered, in the singular, as error messages say it (``"encoder"``).
        group: the entry-point group through which other packages add theirs.
        meant: says in words what an unknown name may stand for, as a path on disk; None for nothing.

    >>> losses = Registry("loss")
    >>> @losses.register("zero")
    ... def zero(x, y): return 0.0
    >>> losses.get("zero") is zero
    True
    >>> losses.get("zer")
    Traceback (most recent call last):
    ...
    mmgap.core.registry.UnknownNameError: unknown loss 'zer'; did you mean 'zero'? Known: zero
    """

    def __init__(self, kind: str, group: str | None = None, meant: Callable[[str], str | None] | None = None) -> None:
        self.kind = kind
        self._meant = meant
        self._group = group
        self._entries: dict[str, Any] = {}
        self._own: set[str] = set()
        self._shown: dict[str, tuple[str, ...]] = {}
        self._versions: dict[str, int | None] = {}
        self._distributions: dict[str, str] = {}
        self._discovered = False

    def register(self, name: str, version: int | None = None, shown: Sequence[str] | None = None) -> Callable[[T], T]:
        """Decorator that registers the object under ``name``; ``version`` as `identity`, ``shown`` as `specs` says."""

        def decorate(target: T) -> T:
            self._add(name, target, version, shown)
            return target

        return decorate

    def lazy(self, name: str, path: str, version: int | None = None, shown: Sequence[str] | None = None) -> None:
        """Register ``"module:object"``, imported when it is first asked for; the others as `register`."""
        module, _, attribute = path.partition(":")
        if not module or not attribute:
            raise ValueError(f"{self.kind} {name!r}: expected 'module:object', got {path!r}")
        self._add(name, path, version, shown)
        if module.partition(".")[0] == PACKAGE.name:
            self._own.add(name)

    def get(self, name: str) -> T:
        """Return the object registered under ``name``. Raises `UnknownNameError`."""
        self._discover()
        if name not in self._entries:
            raise UnknownNameError(self._unknown(name))
        entry = self._entries[name]
        if isinstance(entry, str):
            entry = self._entries[name] = loaded(entry)
        return entry

    def resolve(self, spec: str) -> tuple[T, str | None]:
        """Split ``"name:argument"`` at its first colon; returns (object, argument or None)."""
        name, colon, argument = spec.partition(":")
        return self.get(name), argument if colon else None

    def identity(self, spec: str, *made: Any) -> dict[str, Any]:
        """Return what stands for an entry's code in keys: see `mmgap.core.identity.identity`.

        An entry of mmgap's own has a version, 1 where none is said: raise it when its output changes. Of any other the
        source counts; a version may be said besides, for changes elsewhere than in the file that holds it. mmgap's own
        are not imported for this.

        Args:
            spec: a name, or a name with an argument.
            made: classes of what the entry made, which may be written elsewhere.
        """
        name = spec.partition(":")[0]
        self._discover()
        if name in self._own:
            return {"version": self._versions.get(name) or 1}
        return identity(self.get(name), *made, version=self._versions.get(name), distribution=self.distribution(name))

    def distribution(self, name: str) -> str | None:
        """Return ``"package 1.2"`` for what another package's entry point added; None for the others."""
        self._discover()
        return self._distributions.get(name)

    def names(self) -> list[str]:
        self._discover()
        return sorted(self._entries)

    def specs(self) -> list[str]:
        """Return the specs that a grid shows, in the order of registration; nothing is imported.

        A name stands for itself; an entry that needs an argument, or that nobody would run alone, says by ``shown``
        which specs it stands for.
        """
        self._discover()
        return [spec for name in self._entries for spec in self._shown.get(name, (name,))]

    def __contains__(self, name: object) -> bool:
        self._discover()
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def _add(self, name: str, entry: Any, version: int | None, shown: Sequence[str] | None) -> None:
        if ":" in name or not name:
            raise ValueError(f"a {self.kind} name must be non-empty and hold no colon, got {name!r}")
        if name in self._entries:
            raise ValueError(f"{self.kind} {name!r} is registered already")
        self._entries[name], self._versions[name] = entry, checked_version(version)
        if shown is not None:
            self._shown[name] = tuple(shown)

    def _discover(self) -> None:
        if self._discovered or self._group is None:
            return
        self._discovered = True
        for point in entry_points_of(self._group):
            if point.name not in self._entries:  # what ships with mmgap keeps its name
                self._entries[point.name] = point.value
                if point.module.partition(".")[0] == PACKAGE.name:  # of a floor above; each needs an argument
                    self._own.add(point.name)
                    self._shown[point.name] = ()
                elif point.dist is not None:
                    self._distributions[point.name] = f"{point.dist.name} {point.dist.version}"

    def _unknown(self, name: str) -> str:
        if self._meant is not None and (meant := self._meant(name)):
            return f"unknown {self.kind} {quoted(name)!r}: {meant}"
        near = difflib.get_close_matches(name, self._entries, n=3, cutoff=0.5)
        hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else "."
        return f"unknown {self.kind} {quoted(name)!r}{hint} Known: {', '.join(sorted(self._entries))}"
