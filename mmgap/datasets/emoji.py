"""Emoji by npm: the same concepts drawn in four styles, with names and tags in twenty-eight languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from mmgap.core.messages import N_
from mmgap.core.paths import MissingDataError, data_dir
from mmgap.datasets.base import Dataset, DatasetError, digest
from mmgap.datasets.emoji_concepts import GROUPS, concept, concept_split
from mmgap.datasets.emoji_languages import BY_NPM
from mmgap.datasets.keywords import tidy, unique_keywords
from mmgap.datasets.npm_packages import package_file, read_members
from mmgap.datasets.svg_images import SvgImages, drawing_facts


@dataclass(frozen=True)
class Style:
    """Who drew, under which licence, and the package of npm that has it."""

    package: str
    licence: str


STYLES = {
    "noto": Style("@iconify-json/noto", "Apache-2.0, Noto Emoji by Google"),
    "twemoji": Style("@iconify-json/twemoji", "CC BY 4.0, Twemoji by Twitter and contributors"),
    "fluent": Style("@iconify-json/fluent-emoji-flat", "MIT, Fluent Emoji by Microsoft"),
    "openmoji": Style("@iconify-json/openmoji", "CC BY-SA 4.0, OpenMoji (https://openmoji.org)"),
}
NAMES = "emojibase-data"
NAMES_LICENCE = "names and tags: Unicode CLDR, Unicode License v3, by emojibase-data (MIT)"
CURE = f"npm pack {' '.join(style.package for style in STYLES.values())} {NAMES}"
NOTE = N_(
    "The emoji that all four styles draw and all twenty-eight languages name; one name each, without a prompt. Skin"
    " tones and flags of countries are left out. In Vietnamese two names stand for two concepts each."
)


def load(language: str, argument: str | None = None, *, split: str) -> Dataset:
    """Return ``emoji-LANG:STYLE`` from ``emoji/`` in the data folder, which holds packages as ``npm pack`` writes them.

    A caption is the name of its emoji, one each, without a prompt; further words for it are labels of the kind
    "tags". The concepts are the same in all languages and styles, and a concept lies in the same split in all of them,
    and in ``openmoji-LANG``. Categories are Unicode's groups.

    Args:
        language: one of `mmgap.datasets.emoji_languages.BY_NPM`.
        argument: one of `STYLES`.
        split: one of `SPLITS`.

    Raises:
        MissingDataError: a package is not in the folder.
        DatasetError: no such style, or a package that cannot be read.
    """
    style = (argument or "").strip()
    if style not in STYLES:
        known = ", ".join(f"emoji-{language}:{one}" for one in STYLES)
        raise DatasetError(f"emoji-{language} needs the style of its drawings, one of {known}; got {argument!r}")
    folder = data_dir() / "emoji"
    if not folder.is_dir():
        raise MissingDataError(f"data set 'emoji' not found: make the folder {folder} and, in it, {CURE}")
    places = {one.package: package_file(folder, one.package, CURE) for one in STYLES.values()}
    names_file = package_file(folder, NAMES, CURE)
    stamps = tuple((str(path), path.stat().st_mtime_ns) for path in (names_file, *places.values()))
    records, kept = _concepts(stamps)
    drawings = _drawings(stamps[1 + list(STYLES).index(style)], kept)
    chosen = [one for one in kept if split in ("all", concept_split(one))]
    own = records[language]
    content = digest([[one, drawings[one]] for one in kept])
    return Dataset(
        name=f"emoji-{language}:{style}",
        split=split,
        revision=digest([content, [[own[one].label, own[one].tags, own[one].group] for one in kept]]),
        image_ids=tuple(chosen),
        images=SvgImages(tuple(drawings[one] for one in chosen)),
        captions=tuple(own[one].label for one in chosen),
        owner=np.arange(len(chosen)),
        language=language,
        licence=f"{STYLES[style].licence}; {NAMES_LICENCE}",
        categories=tuple(GROUPS[own[one].group] for one in chosen),
        notes=(NOTE,),
        labels={"tags": tuple(own[one].tags for one in chosen)},
        preparation=drawing_facts(content),
    )


@dataclass(frozen=True)
class Named:
    """What a language says of a concept."""

    label: str
    tags: tuple[str, ...]
    group: int


_Stamp = tuple[str, int]  # a file, and when it was changed


@lru_cache(maxsize=2)
def _concepts(stamps: tuple[_Stamp, ...]) -> tuple[dict[str, dict[str, Named]], tuple[str, ...]]:
    """What each language says of each concept, and the ids of those that all name and all draw.

    Args:
        stamps: the file of names, then those of the styles.
    """
    names, *styles = (Path(path) for path, _ in stamps)
    read = read_members(names, [f"{language}/data.json" for language in BY_NPM])
    records = {language: _named(read[f"{language}/data.json"], names) for language in BY_NPM}
    drawn = [{concept(points) for points in read_members(file, ["chars.json"])["chars.json"]} for file in styles]
    kept = set.intersection(*drawn, *(set(found) for found in records.values()))
    if not kept:
        raise DatasetError(f"{names.parent}: no emoji is named in all languages and drawn in all styles")
    return records, tuple(sorted(kept))


def _named(records: Any, file: Path) -> dict[str, Named]:
    """Records of one language by concept; those without a name or group (parts of others) are left out."""
    try:
        return {
            concept(record["hexcode"]): Named(tidy(record["label"]), _tags(record), record["group"])
            for record in records
            if tidy(record["label"]) and record.get("group") in range(len(GROUPS))
        }
    except (AttributeError, KeyError, TypeError) as error:
        raise DatasetError(f"{file}: not emojibase's list of records ({type(error).__name__}: {error})") from error


def _tags(record: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(unique_keywords(record.get("tags") or ()))


@lru_cache(maxsize=len(STYLES))
def _drawings(stamp: _Stamp, kept: tuple[str, ...]) -> dict[str, str]:
    """The drawing of each concept as the text of an SVG file."""
    file = Path(stamp[0])
    read = read_members(file, ["chars.json", "icons.json"])
    names = {concept(points): name for points, name in read["chars.json"].items()}
    return {one: _svg(read["icons.json"], names[one], file) for one in kept}


def _svg(icons: Mapping[str, Any], name: str, file: Path) -> str:
    """An icon of iconify's JSON as a file of its own."""
    try:
        while name not in icons["icons"]:
            name = icons["aliases"][name]["parent"]
        icon = {"width": 16, "height": 16, **icons, **icons["icons"][name]}
        left, top, width, height = (float(icon.get(side, 0)) for side in ("left", "top", "width", "height"))
        body = icon["body"]
    except (KeyError, TypeError, ValueError) as error:
        raise DatasetError(f"{file}: not iconify's JSON of icons ({type(error).__name__}: {error})") from error
    box = f'viewBox="{left:g} {top:g} {width:g} {height:g}" width="{width:g}" height="{height:g}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {box}>{body}</svg>'


def _of_language(language: str) -> Callable[..., Dataset]:
    def of_language(argument: str | None = None, *, split: str) -> Dataset:
        """Return ``emoji-LANG:STYLE``: see `load`."""
        return load(language, argument, split=split)

    return of_language


#: The factory of each language, as the registry names it.
languages = SimpleNamespace(**{language: _of_language(language) for language in BY_NPM})
