"""Records of a captions file sorted under the pictures that they name."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache, partial

from mmgap.core.messages import N_, Message, counted
from mmgap.datasets.captions.caption_records import printable
from mmgap.datasets.captions.columns import NAMES
from mmgap.datasets.captions.discovery import Source
from mmgap.datasets.folder_files import PictureIndex


@dataclass
class Found:
    """What captions files say of the pictures.

    Attributes:
        captions: by the picture's id; each caption once, in its order.
        facts: (category, split) of each picture.
        named: every picture that a record names.
        skipped: (place, file or picture; reason) of what was left out.
        notes: what a reader must know.
        files: that were read.
    """

    captions: dict[str, dict[str, None]] = field(default_factory=dict)
    facts: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    @property
    def has_captions(self) -> bool:
        return any(self.captions.values())

    def add(self, other: Found) -> None:
        """Add what another file says; category and split are the first's that names one."""
        for i, texts in other.captions.items():
            self.captions.setdefault(i, {}).update(texts)
        for i, (category, split) in other.facts.items():
            own = self.facts.get(i, (None, None))
            self.facts[i] = own[0] or category, own[1] or split
        self.named |= other.named
        self.skipped += other.skipped
        self.notes += other.notes
        self.files += other.files

    def leave_out_silent(self) -> None:
        """Leave out pictures without a caption where others have one."""
        for i in [i for i, texts in self.captions.items() if not texts] if self.has_captions else []:
            del self.captions[i]
            self.skipped.append((i, N_("no caption")))


def matched(source: Source, index: PictureIndex) -> Found:
    """Return the records of a captions file sorted under the ids of their pictures."""
    made = Found(skipped=list(source.skipped), files=[source.file], notes=_column_notes(source))
    captioned, find = source.has_captions, lru_cache(1 << 16)(partial(index.find, base=source.base))
    moved = []
    for place, record in source.records:
        found, reason = find(record.file, record.category)
        made.named.add(found or "")
        known = made.captions.get(found or "")
        if found is None:
            made.skipped.append((printable(record.file), reason))
        elif captioned and not record.captions:
            made.skipped.append((printable(record.file), N_("no caption")))
        elif known is not None and all(text in known for text in record.captions):
            made.skipped.append((printable(record.file), N_("repeats an earlier record")))
        else:
            made.captions.setdefault(found, {}).update(dict.fromkeys(record.captions))
            if known is None:
                made.facts[found] = record.category or index.category(found), record.split
            split = made.facts[found][1]
            if record.split and split and record.split != split:
                moved.append(f"{place} ({found})")
    if moved:
        made.notes.append(
            counted(
                "{n} record names another split than an earlier one, which counts: {first} ….",
                "{n} records name another split than an earlier one, which counts: {first} ….",
                n=len(moved),
                first=moved[0],
            )
        )
    return made


def _column_notes(source: Source) -> list[str]:
    unread = ", ".join(map(repr, source.columns.unread))
    if source.columns.captions and unread:
        counts = repr(source.columns.captions[0])
        return [
            Message("{file}: {unread} is not read beside {counts}.", file=source.file, unread=unread, counts=counts)
        ]
    if unread:
        return [
            Message(
                "{file}: each of {unread} could be the caption: call one of them 'caption'.",
                file=source.file,
                unread=unread,
            )
        ]
    if not source.has_captions:
        names = ", ".join(NAMES["caption"][:6])
        return [Message("{file} has no captions: expected a column or key {names} ….", file=source.file, names=names)]
    return []
