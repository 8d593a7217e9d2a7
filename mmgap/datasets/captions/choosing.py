"""Which captions files of a folder count, and what they say of each of its pictures."""

from __future__ import annotations

from pathlib import PurePosixPath

from mmgap.core.messages import N_, Message
from mmgap.datasets.base import DatasetError
from mmgap.datasets.captions import sidecars
from mmgap.datasets.captions.caption_tables import EXPECTED
from mmgap.datasets.captions.columns import split_word
from mmgap.datasets.captions.discovery import (
    TEXTS,
    Source,
    base_of,
    candidates,
    is_named,
    promises,
    read_source,
    unlike,
)
from mmgap.datasets.captions.matching import Found, matched
from mmgap.datasets.captions.text_files import TextFileError
from mmgap.datasets.folder_files import PictureIndex
from mmgap.datasets.images import shown
from mmgap.datasets.keywords import named_with_reasons, skipped_note

NONE = N_("No captions: neither a captions file nor texts beside the pictures.")


def read_captions(index: PictureIndex) -> Found:
    """Return what the folder's captions files say; where there is none, the texts beside its pictures; else nothing.

    The file called ``metadata`` counts in its folder; others are read together where they agree on every picture that
    several of them name, and a file nearer the top counts where they do not.

    Raises:
        DatasetError: files beside each other that do not agree, or the one that seems to hold the captions cannot be
            understood or names no picture.
    """
    files, unread = candidates(index)
    beside = sidecars.beside_pictures(index)
    texts = {file for files in beside.values() for file in files}
    reading = _Reading(index, unread)
    for file in files:
        if file not in texts or (promises(file) and _only_one(file, files)):
            reading.take(file, quietly=file in texts)
    read = _joined(reading.chosen)
    if beside and not read.has_captions:
        told = _beside(index, beside, unread)
        if told.has_captions:
            read.add(told)
    elif others := sorted(texts - set(read.files)):
        unread.append((f"{len(others)} text(s) beside pictures ({others[0]} …)", f"{read.files[0]} counts"))
    read.leave_out_silent()
    if not read.files and reading.failed:
        raise DatasetError(
            f"{' — '.join(reading.failed)} A file that holds no captions can be moved out of the folder."
        )
    if not read.files:
        read = Found({i: {} for i in index.paths}, {i: (index.category(i), None) for i in index.paths})
    if not read.has_captions:
        read.notes.append(NONE)
    read.notes += unread_note(unread)
    return read


def unread_note(unread: list[tuple[str, str]]) -> list[str]:
    """Return one note that names the first files that were not read as captions, and why."""
    if not unread:
        return []
    return [Message("Not read as captions: {named}.", named=named_with_reasons(unread))]


def _only_one(file: str, files: list[str]) -> bool:
    """Whether no other file of its folder has this ending: then it is more than a text beside a picture."""
    ending = PurePosixPath(file).suffix
    return not any(f != file and base_of(f) == base_of(file) and f.endswith(ending) for f in files)


class _Reading:
    """Captions files taken one after the other, the one that counts first."""

    def __init__(self, index: PictureIndex, unread: list[tuple[str, str]]) -> None:
        self.index = index
        self.unread = unread
        self.chosen: list[tuple[Source, Found]] = []
        self.failed: list[str] = []
        self._counting: dict[str, str] = {}  # the file that counts in a folder
        self._said: dict[str, tuple[Source, Found]] = {}  # which file says most of a picture

    def take(self, file: str, *, quietly: bool) -> None:
        """Read one more; ``quietly``: it is no fault of it if it holds no captions file's content."""
        counts = self._counting.get(base_of(file))
        if counts and not is_named(file):
            self.unread.append((file, f"{counts} counts"))
            return
        try:
            source = read_source(file, self.index)
        except TextFileError as error:
            self._leave(file, error.reason, str(error))
            return
        except DatasetError as error:
            if not quietly:
                reason = str(error).removeprefix(shown(self.index.others[file])).strip()
                self._leave(file, _plainly(file, reason), str(error))
            return
        found = matched(source, self.index)
        if not found.captions:
            if not quietly:
                reason = unlike(source, self.index)
                left = [*found.skipped, *((i, f"no record in {file}") for i in self.index.paths)]
                told = f"no usable picture in {self.index.root}: {file}: {reason}. {' '.join(skipped_note(left))}"
                self._leave(file, _plainly(file, reason), told)
        elif not found.has_captions and not (promises(file) and base_of(file) == ""):
            if not quietly:
                self._leave(file, f"no captions in it: {EXPECTED}", "")
        elif not self._clashes(source, found):
            self.chosen.append((source, found))
            if is_named(file):
                self._counting[base_of(file)] = file

    def _leave(self, file: str, reason: str, told: str) -> None:
        if told and is_named(file) and not base_of(file):
            raise DatasetError(told)
        if told and promises(file):
            self.failed.append(f"{told.removesuffix('.')}.")
        self.unread.append((file, reason))

    def _clashes(self, source: Source, found: Found) -> bool:
        """Whether a file that was read before says something else and counts.

        Raises:
            DatasetError: it does, and lies beside this one.
        """
        for picture in filter(self._said.__contains__, found.captions):
            earlier, read = self._said[picture]
            if _agree(earlier, read, source, found, picture):
                continue
            if earlier.base == source.base:
                names = ", ".join(sorted((earlier.file, source.file)))
                raise DatasetError(
                    f"{self.index.root} has several captions files ({names}) that do not agree on {picture!r}: name"
                    " one of them metadata.csv or metadata.json, or move the others out of the folder"
                )
            self.unread.append((source.file, f"{earlier.file} counts, which says something else of {picture!r}"))
            return True
        for picture, texts in found.captions.items():
            _, most = self._said.get(picture, (source, found))
            if most is found or len(texts) > len(most.captions[picture]):
                self._said[picture] = source, found
        return False


def _plainly(file: str, reason: str) -> str:
    """Why a captions file is not read; of a text that was hardly meant to be one, no more than that."""
    meant = promises(file) or not file.casefold().endswith(TEXTS)
    return reason if meant else f"no table of captions in it: {EXPECTED}"


def _agree(one: Source, said: Found, other: Source, says: Found, picture: str) -> bool:
    """Whether two files say the same of a picture, or one of them more than the other."""
    first, second = said.captions[picture].keys(), says.captions[picture].keys()
    splits = {said.facts[picture][1], says.facts[picture][1]} - {None}
    words = {split_word(one.file), split_word(other.file)} - {None}
    return len(splits) < 2 and len(words) < 2 and (first <= second or second <= first)


def _joined(chosen: list[tuple[Source, Found]]) -> Found:
    """What several files say that agree; their names tell the split where nothing else does."""
    words = [split_word(source.file) for source, _ in chosen]
    told = any(split for _, found in chosen for _, split in found.facts.values())
    if not told and None not in words and len(set(words)) > 1:
        for word, (_, found) in zip(words, chosen, strict=True):
            found.facts = {i: (category, word) for i, (category, _) in found.facts.items()}
    elif not told and set(words) - {None}:
        silent = [source.file for (source, _), word in zip(chosen, words, strict=True) if word is None]
        if silent:
            chosen[0][1].notes.append(
                Message("No splits: other files are called like one, but {file} is not.", file=silent[0])
            )
    whole = Found()
    for _, found in chosen:
        whole.add(found)
    return whole


def _beside(index: PictureIndex, beside: dict[str, list[str]], unread: list[tuple[str, str]]) -> Found:
    """The texts beside the pictures; their folders tell the split where all are called like one."""
    made = Found(files=["texts beside the pictures"])
    for picture in index.paths:
        captions, others = sidecars.caption_of(beside.get(picture, []), picture, index)
        unread += others
        if captions:
            made.captions[picture] = dict.fromkeys(captions)
            made.named.add(picture)
    words = {i: split_word(f"{i.partition('/')[0]}/") for i in made.captions}
    named = None not in words.values() and len(set(words.values())) > 1
    made.facts = {i: (index.category(i), words[i] if named else None) for i in made.captions}
    return made
