"""What the columns of a table and the keys of a JSON object are called."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

#: The names that a column or key may have, by what it holds, the first one first; case does not matter.
NAMES = {
    "file": (
        *("filename", "image", "file_name", "file", "filepath", "file_path", "image_path", "imagepath", "img_path"),
        *("image_name", "image_file", "image_filename", "image_file_name", "img_name", "img_file", "img", "picture"),
        *("photo", "path", "imagen", "archivo", "fichero", "name", "key", "image_id", "id"),
    ),
    "category": ("category", "label", "class", "categoria", "categoría"),
    "caption": (
        *("caption", "captions", "description", "text", "title", "prompt", "sentence", "sentences", "raw", "comment"),
        *("descriptions", "texts", "titles", "prompts", "comments", "annotations", "alt_text", "alt", "txt"),
        *("descripcion", "descripción", "texto", "titulo", "título", "leyenda"),
    ),
    "split": ("split", "partition", "particion", "partición"),
}

#: Words for a split, lower case.
SPLIT_WORDS = {
    **dict.fromkeys(("train", "training", "trn", "restval"), "train"),
    **dict.fromkeys(("validation", "val", "valid", "dev", "development"), "validation"),
    **dict.fromkeys(("test", "testing", "tst"), "test"),
}

_NUMBERED = re.compile(r"(caption|description|text|title|prompt|sentence|comment|raw|texto|descripci[oó]n)_?\d+")
_ABOUT = re.compile(r".*_(id|ids|number|no|num|count|index|len|length|score|lang|language|tokens|url|hash)")


@dataclass(frozen=True)
class Columns:
    """Which of some names holds what; ``captions`` may be several, ``unread`` could have been captions, too."""

    file: str | None
    category: str | None
    captions: tuple[str, ...]
    split: str | None
    unread: tuple[str, ...]


@lru_cache(maxsize=4096)
def folded(name: object) -> str:
    """Return a name as `NAMES` has it.

    >>> folded(" File Name")
    'file_name'
    """
    return re.sub(r"[\s.-]+", "_", str(name).strip(' \t\r\n"\ufeff').casefold())


@lru_cache(maxsize=1024)
def columns(names: tuple[str, ...]) -> Columns:
    """Return what each of these folded names holds.

    >>> columns(("file_name", "caption_0", "caption_1", "caption_id")).captions
    ('caption_0', 'caption_1')
    """
    first = {what: next((name for name in known if name in names), None) for what, known in NAMES.items()}
    own = first["caption"]
    numbered = [name for name in names if (match := _NUMBERED.fullmatch(name)) and own in (None, match[1])]
    chosen = ([own] if own else []) + sorted(numbered, key=_number)
    like = [n for n in names if n not in chosen and (n in NAMES["caption"] or "caption" in n) and not _about(n)]
    if not chosen and len(like) == 1:
        chosen, like = like, []
    return Columns(first["file"], first["category"], tuple(chosen), first["split"], tuple(like))


def _about(name: str) -> bool:
    return _ABOUT.fullmatch(name) is not None


def _number(name: str) -> int:
    return int(re.sub(r"\D", "", name))


def split_word(file: str) -> str | None:
    """Return the split that a folder of a captions file is called, or else that its own name speaks of.

    >>> split_word("train/metadata.csv"), split_word("captions_val2017.json"), split_word("captions.csv")
    ('train', 'validation', None)
    """
    folders, _, name = file.casefold().rpartition("/")
    for told in (folders.split("/"), re.split(r"[_\-. ]", name)):
        found = {SPLIT_WORDS.get(re.sub(r"(19|20)\d\d$", "", word)) for word in told} - {None}
        if len(found) == 1:
            return found.pop()
    return None
