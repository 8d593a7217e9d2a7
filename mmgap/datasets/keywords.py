"""Captions from keywords, and the small things that the keyword data sets share."""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from mmgap.core.messages import Message, counted, joined
from mmgap.datasets.base import DatasetError
from mmgap.datasets.captions.text_files import TextFileError, content, utf8

#: The template around the keywords, by language.
PROMPTS = {"en": "A picture of {}", "es": "Una imagen de {}"}


def tidy(text: str) -> str:
    """Return one line in Unicode form NFC, single spaces.

    >>> tidy(" un  nin\u0303o\\n") == "un niño"
    True
    """
    return " ".join(unicodedata.normalize("NFC", text).split())


def parse_json(text: str) -> Any:
    """`json.loads`, but that halves of characters are replaced: they could be neither written nor tokenised.

    >>> parse_json('["\\\\ud83d", "\\\\ud83d\\\\ude00"]') == ["\\ufffd", "\\U0001f600"]
    True
    """
    content = json.loads(text)
    if "\\ud" in text or "\\uD" in text:
        again = json.dumps(content, ensure_ascii=False).encode("utf-16", "surrogatepass")
        content = json.loads(again.decode("utf-16", "replace"))
    return content


def read_json(file: Path, name: str) -> Any:
    """Return the content of a data set's metadata file, by `parse_json`.

    Raises:
        DatasetError: it cannot be opened, or is not JSON in UTF-8; ``name`` is the data set's.
    """
    try:
        return parse_json(utf8(content(file)))
    except TextFileError as error:
        raise DatasetError(f"{name}: {error}") from error
    except RecursionError as error:
        raise DatasetError(f"{name}: {file} is not JSON that can be read: it is nested too deeply") from error
    except ValueError as error:
        raise DatasetError(f"{name}: {file} is not JSON: {error}") from error


def unique_keywords(keywords: Iterable[object]) -> list[str]:
    """Return the non-empty texts among ``keywords``, space tidied, each once (whatever its case), in their order.

    >>> unique_keywords(["house", " home ", "House", None, ""])
    ['house', 'home']
    """
    kept: dict[str, str] = {}
    for keyword in keywords:
        if isinstance(keyword, str) and (text := tidy(keyword)):
            kept.setdefault(text.casefold(), text)
    return list(kept.values())


def keyword_caption(keywords: Sequence[str], language: str, *, first: bool = False) -> str:
    """Return prompt and keywords in one line.

    >>> keyword_caption(["casa", "hogar"], "es")
    'Una imagen de casa, hogar'
    """
    return PROMPTS[language].format(keywords[0] if first else ", ".join(keywords))


def options(name: str, argument: str | None, known: Sequence[str]) -> tuple[str, frozenset[str]]:
    """Return the comma-separated options behind the colon of a spec: (the canonical spec, the options).

    Raises:
        DatasetError: an option that is not in ``known``.
    """
    given = frozenset(part.strip() for part in (argument or "").split(",") if part.strip())
    if unknown := sorted(given - set(known)):
        raise DatasetError(f"{name}: unknown option {unknown[0]!r}; known: {', '.join(known)}")
    return (f"{name}:{','.join(sorted(given))}" if given else name), given


def file_sizes(folder: Path) -> dict[str, int]:
    """Return the size in bytes of each file in ``folder`` by name, sorted; empty where there is no such folder.

    Part of a revision: cheap, and other files give another one.
    """
    if not folder.is_dir():
        return {}
    with os.scandir(folder) as entries:
        return dict(sorted((entry.name, entry.stat().st_size) for entry in entries if entry.is_file()))


def skipped_note(skipped: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Return one footnote that counts and names what was left out; none where nothing was."""
    if not skipped:
        return ()
    told = counted(
        "{n} record left out: {named}.",
        "{n} records left out: {named}.",
        n=len(skipped),
        named=named_with_reasons(skipped),
    )
    return (told,)


def named_with_reasons(left: Sequence[tuple[str, str]]) -> Message:
    """Return the first five of what was left out, each with its reason, and how many more there are."""
    named = [Message("{name} ({reason})", name=name, reason=Message(reason)) for name, reason in left[:5]]
    return joined("; ", named + [Message("and {n} more", n=len(left) - 5)] * (len(left) > 5))
