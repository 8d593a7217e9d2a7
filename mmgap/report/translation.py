"""The report's words in the reader's language: English in the source, translations in ``locale/<language>.po``."""

from __future__ import annotations

import functools
import gettext
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmgap.core.messages import Message, filled

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

#: Languages that a report can be in; English is that of the source.
LANGUAGES = ("en", "es")


def translated(message: str, language: str, /, **values: Any) -> str:
    """Return a message in a language, its values in place.

    Args:
        message: the English text, a literal or marked by `mmgap.core.messages.N_`, with ``{name}`` for each value; or
            a `Message`, which has its values with it. One that has no translation stays English.
        language: one of `LANGUAGES`.
        values: what is put in; messages among them are translated, too.

    Raises:
        ValueError: an unknown language.

    >>> translated("pool {n}", "es", n=90)
    'grupos de 90'
    """
    catalogue, plural = _catalogue(language), None
    if isinstance(message, Message):
        plural, values, message = message.plural, dict(message.values), message.message
    if plural is None:
        pattern = catalogue.gettext(message) if message else ""  # whose translation is the catalogue's head
    else:
        pattern = catalogue.ngettext(message, plural, values["n"])
    return filled(
        pattern, {name: translated(v, language) if isinstance(v, Message) else v for name, v in values.items()}
    )


def translated_in(context: str, message: str, language: str, /) -> str:
    """Return a message without values whose translation depends on where it stands, as the context says.

    >>> translated_in("picture", "gap", "es")
    'brecha'
    """
    return _catalogue(language).pgettext(context, message)


@functools.cache
def patterns() -> tuple[tuple[str, str | None], ...]:
    """Return every English message that reports have, and its form for several where it has one."""
    found = (entry.id for entry in _messages(LANGUAGES[-1]) if entry.id)
    return tuple((one, None) if isinstance(one, str) else (one[0], one[1]) for one in found)


@functools.cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, got {language!r}")
    if language == "en":
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo

    compiled = io.BytesIO()
    write_mo(compiled, _messages(language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@functools.cache
def _messages(language: str) -> Catalog:
    """A language's file of messages."""
    from babel.messages.pofile import read_po

    with (Path(__file__).with_name("locale") / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)
