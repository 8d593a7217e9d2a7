"""The files below a folder; its pictures, found again by names that people and programs wrote: other Unicode form,
case, slashes, a path from somewhere else."""

from __future__ import annotations

import os
import posixpath
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from mmgap.core.messages import N_
from mmgap.datasets.images import SUFFIXES

#: Why a link to a picture elsewhere is not followed.
LINK_OUT = "it is a link that leaves the folder"

#: Spaces, and what is copied unseen with a path: marks of direction, of width zero, of byte order.
_UNSEEN = " \t\r\n\u00a0\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff"

_COCO = re.compile(r"(?:COCO_[a-z]+20\d\d_)?(\d{12})")


class PictureIndex:
    """Every picture file below ``root``, by its path there: forward slashes, Unicode form NFC, sorted.

    Hidden files and folders are left out, and links to files elsewhere stand in ``outside``. ``others`` are the files
    that are no pictures, ``closed`` the folders that are not looked into, with the reason: links, and what is refused.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.outside: list[str] = []
        self.others: dict[str, Path] = {}
        self.closed: list[tuple[str, str]] = []
        found: dict[str, Path] = {}
        for folder, folders, files in os.walk(root, onerror=self._note):
            folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "__MACOSX")
            links = [path for name in folders if (path := Path(folder, name)).is_symlink()]
            self.closed += [
                (f"{self._identifier(path)}/", "it is a link to a folder, and is not entered") for path in links
            ]
            for name in sorted(files):
                path = Path(folder, name)
                if name.startswith("."):
                    continue
                identifier = self._identifier(path)
                if path.suffix.lower() not in SUFFIXES:
                    self.others[identifier] = path
                elif path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(root):
                    self.outside.append(identifier)
                else:
                    found[identifier] = path
        self.paths: dict[str, Path] = dict(sorted(found.items()))
        self._folded: dict[str, list[str]] = {}
        for identifier in self.paths:
            self._folded.setdefault(identifier.casefold(), []).append(identifier)

    def category(self, identifier: str) -> str | None:
        """Return the sub-folder that a picture lies in, None at the top."""
        return identifier.rpartition("/")[0] or None

    def knows(self, name: str) -> bool:
        """Return whether a text names a picture that is here, wherever; much faster than `find`."""
        name = _plain(name)
        return "://" not in name and name.rpartition("/")[2].casefold() in self.by_name

    @cached_property
    def by_name(self) -> dict[str, list[str]]:
        """Ids by file name, in lower case."""
        return _grouped((i.rpartition("/")[2].casefold(), i) for i in self.paths)

    @cached_property
    def by_stem(self) -> dict[str, list[str]]:
        """Ids by file name without its ending, in lower case."""
        return _grouped((PurePosixPath(i).stem.casefold(), i) for i in self.paths)

    def find(self, name: str, category: str | None, base: str = "") -> tuple[str | None, str]:
        """Return (id, "") of the picture that a record means, or (None, reason).

        ``base`` is the sub-folder of the file that names it: paths count from there, then from the top. Where a path
        as it stands leads nowhere, the only picture that ends like it is meant, with or without a file ending.
        """
        reasons = []
        for spelling in _spellings(name):
            found, reason = self._find(spelling, category, base)
            if found is not None:
                return found, ""
            reasons.append(reason)
        return None, reasons[0]

    def _find(self, name: str, category: str | None, base: str) -> tuple[str | None, str]:
        if re.match(r"(https?|s3|gs)://", name):
            return None, "it is an address, not a file of the folder"
        place, own = self._below(name), _plain(category or "")
        tops = dict.fromkeys((base, ""))
        places = [posixpath.join(top, own, place) for top in tops if own and place is not None]
        places += [posixpath.join(top, place) for top in tops if place is not None]
        inside = [path for path in map(posixpath.normpath, places) if not _leaves(path)]
        if place is None or not inside or _leaves(posixpath.normpath(own)):
            found = self._behind_own_name(name)
            return found, "" if found else "its path leaves the folder"
        inside += [f"images/{path}" for path in inside]
        for path in inside:
            if (found := self._exact_or_folded(path)) is not None:
                return found, ""
        if any(path in self.outside for path in inside):
            return None, LINK_OUT
        if any(os.path.isfile(self.root / path) for path in inside):
            return None, "its file ending is not a picture's"
        if (found := self._behind_own_name(name)) is not None:
            return found, ""
        return self._by_tail(place, own)

    def _below(self, name: str) -> str | None:
        """The path below the folder; None of an absolute one that leads elsewhere."""
        if not _absolute(name):
            return name
        if "\0" in name or not os.path.isabs(name):
            return None
        for path in (name, os.path.join(os.path.realpath(os.path.dirname(name)), os.path.basename(name))):
            if Path(path).is_relative_to(self.root):
                return self._identifier(Path(path))
        return None

    def _behind_own_name(self, name: str) -> str | None:
        """The picture at what stands behind the folder's own name, in a path that was written elsewhere."""
        parts, own = name.split("/"), _nfc(_readable(self.root.name))
        behind = ["/".join(parts[k + 1 :]) for k, part in enumerate(parts[:-1]) if part == own]
        return next(filter(None, map(self._exact_or_folded, behind)), None)

    def _by_tail(self, place: str, category: str) -> tuple[str | None, str]:
        """The only picture whose path ends like this, in its category, or where all pictures lie in one folder."""
        tail = re.sub(r"^(\.\./)+", "", posixpath.normpath(place)).casefold()
        name = tail.rpartition("/")[2]
        has_ending = PurePosixPath(name).suffix in SUFFIXES
        near = (self.by_name if has_ending else self.by_stem).get(name, [])
        ends = {i: i.casefold() if has_ending else str(PurePosixPath(i).with_suffix("")).casefold() for i in near}
        wanted = f"/{_plain(category).casefold()}/{tail}" if category else f"/{tail}"
        fitting = [i for i, end in ends.items() if f"/{end}".endswith(wanted)]
        fitting = fitting or self._by_number.get(tail.zfill(12), [])
        if not fitting and category and self._one_folder:
            fitting = [i for i, end in ends.items() if f"/{end}".endswith(f"/{tail}")]
        if len(fitting) > 1:
            return None, f"{len(fitting)} pictures have that name ({', '.join(fitting[:2])} …): write the path"
        return (fitting[0], "") if fitting else (None, N_("no such file"))

    @cached_property
    def _by_number(self) -> dict[str, list[str]]:
        """Ids of COCO's photos by their twelve digits."""
        numbered = ((_COCO.fullmatch(PurePosixPath(i).stem), i) for i in self.paths)
        return _grouped((match[1], i) for match, i in numbered if match)

    @cached_property
    def _one_folder(self) -> bool:
        return len({self.category(i) for i in self.paths}) == 1

    def _exact_or_folded(self, place: str) -> str | None:
        if place in self.paths:
            return place
        near = self._folded.get(place.casefold(), [])
        return near[0] if len(near) == 1 else None

    def _identifier(self, path: Path) -> str:
        return _nfc(_readable(path.relative_to(self.root).as_posix()))

    def _note(self, error: OSError) -> None:
        self.closed.append((f"{self._identifier(Path(error.filename))}/", f"it cannot be looked into: {error}"))


def _spellings(name: str) -> Iterator[str]:
    """The name as it stands, without the number of its caption, and with what was written as %20."""
    plain = _plain(name)
    yield plain
    numbered = re.sub(r"#\d+$", "", plain)
    if numbered != plain:
        yield numbered
    if "%" in plain:
        yield _plain(unquote(plain))


def _plain(name: str) -> str:
    name = _nfc(name.strip(_UNSEEN).replace("\\", "/"))
    return name.removeprefix("file://").removeprefix("./")


def _grouped(pairs: Iterator[tuple[str, str]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return groups


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _readable(name: str) -> str:
    """A name as text: bytes that are not UTF-8 (a folder unpacked from an old archive) are read as Windows-1252."""
    try:
        return os.fsencode(name).decode("utf-8")
    except UnicodeDecodeError:
        return os.fsencode(name).decode("cp1252", errors="replace")


def _absolute(place: str) -> bool:
    return place[1:2] == ":" or place.startswith("/") or place.split("/")[0] == "~"


def _leaves(place: str) -> bool:
    return _absolute(place) or place.split("/")[0] == ".."
