"""The pictures below a folder, found again by names that people typed: other Unicode form, case or slashes."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path, PurePosixPath

from mmgap.datasets.images import SUFFIXES

#: Why a link to a picture elsewhere is not followed.
LINK_OUT = "it is a link that leaves the folder"


class PictureIndex:
    """Every picture file below ``root``, by its path there: forward slashes, Unicode form NFC, sorted.

    Hidden files and folders are left out, folders behind symbolic links are not entered, and links to files
    elsewhere stand in ``outside``.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.outside: list[str] = []
        found: dict[str, Path] = {}
        for folder, folders, files in os.walk(root):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in files:
                path = Path(folder, name)
                if path.suffix.lower() not in SUFFIXES or name.startswith("."):
                    continue
                identifier = _nfc(_readable(path.relative_to(root).as_posix()))
                if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(root):
                    self.outside.append(identifier)
                else:
                    found[identifier] = path
        self.paths: dict[str, Path] = dict(sorted(found.items()))
        self._folded: dict[str, list[str]] = {}
        for identifier in self.paths:
            self._folded.setdefault(identifier.casefold(), []).append(identifier)

    def category(self, identifier: str) -> str | None:
        """The sub-folder that a picture lies in, None at the top."""
        parent = PurePosixPath(identifier).parent.as_posix()
        return None if parent == "." else parent

    def find(self, name: str, category: str | None) -> tuple[str | None, str]:
        """(id, "") of the picture that a record means, or (None, reason)."""
        name = _nfc(name.strip().replace("\\", "/")).removeprefix("./")
        places = [f"{_nfc(category.strip())}/{name}", name] if category else [name]
        places += [f"images/{place}" for place in places]
        if any(_leaves(place) for place in places):
            return None, "its path leaves the folder"
        for place in places:
            if (found := self._exact_or_folded(place)) is not None:
                return found, ""
        if any(place in self.outside for place in places):
            return None, LINK_OUT
        if any(os.path.isfile(self.root / place) for place in places):
            return None, "its file ending is not a picture's"
        return None, "no such file"

    def _exact_or_folded(self, place: str) -> str | None:
        if place in self.paths:
            return place
        near = self._folded.get(place.casefold(), [])
        return near[0] if len(near) == 1 else None


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _readable(name: str) -> str:
    """A name as text: bytes that are not UTF-8 (a folder unpacked from an old archive) are read as Windows-1252."""
    try:
        return os.fsencode(name).decode("utf-8")
    except UnicodeDecodeError:
        return os.fsencode(name).decode("cp1252", errors="replace")


def _leaves(place: str) -> bool:
    path = PurePosixPath(place)
    drive = place[1:2] == ":"
    return drive or path.is_absolute() or ".." in path.parts or path.parts[:1] == ("~",)
