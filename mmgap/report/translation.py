"""The report's words in the reader's language: English in the source, translations in ``locale/<language>.po``."""

from __future__ import annotations

import functools
import gettext
import io
from importlib.resources import files

from mmgap.core.messages import Message, filled

#: Languages that a report can be in; English is that of the source.
LANGUAGES = ("en", "es")


def translated(message: str, language: str, /, **values: object) -> str:
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
    if isinstance(message, Message):
        if message.plural is not None:
            return translated_plural(message.message, message.plural, language, **message.values)
        values, message = dict(message.values), message.message
    catalogue = _catalogue(language)
    return _filled(catalogue.gettext(message) if message else "", language, values)  # "" is the catalogue's head


def translated_plural(one: str, many: str, language: str, /, *, n: int, **values: object) -> str:
    """Return the form of a message that goes with the number ``n``, which it can show as ``{n}``.

    >>> [translated_plural("{n} cell", "{n} cells", "es", n=n) for n in (1, 2)]
    ['1 celda', '2 celdas']
    """
    return _filled(_catalogue(language).ngettext(one, many, n), language, {"n": n, **values})


def translated_in(context: str, message: str, language: str, /, **values: object) -> str:
    """Return a message whose translation depends on where it stands, as the context says.

    >>> translated_in("picture", "gap", "es")
    'brecha'
    """
    return _filled(_catalogue(language).pgettext(context, message), language, values)


def _filled(pattern: str, language: str, values: dict[str, object]) -> str:
    own = {name: translated(v, language) if isinstance(v, Message) else v for name, v in values.items()}
    return filled(pattern, own) if values else pattern


@functools.cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, got {language!r}")
    if language == "en":
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = io.BytesIO()
    with files("mmgap.report").joinpath("locale", f"{language}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
