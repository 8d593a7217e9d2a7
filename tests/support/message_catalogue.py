"""The messages of the source and the catalogues of their translations, read and compared by Babel."""

import ast
import re
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[2]
#: Where a value goes.
PLACE = re.compile(r"\{(\w+)\}")

LOCALE = ROOT / "mmgap" / "report" / "locale"

#: Functions whose first argument is a message: which arguments are singular and plural, or context and message.
KEYWORDS = {
    **dict.fromkeys(("translated", "N_", "Message", "note")),
    "counted": (1, 2),
    "translated_in": ((1, "c"), 2),
}


def literal_calls(source):
    """(line, function, positional literals or None, names of keyword arguments, whether others are handed on) of each
    call; Babel's own reader does not look into f-strings before Python 3.12."""
    for node in ast.walk(ast.parse(source)):
        name = getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""
        if name in KEYWORDS:
            values = [getattr(argument, "value", None) for argument in node.args]
            named = {keyword.arg for keyword in node.keywords}
            literals = tuple(value if isinstance(value, str) else None for value in values)
            yield node.lineno, name, literals, named - {None}, None in named


def python_messages(file, keywords, comment_tags, options):
    """Give Babel the messages of a Python file."""
    for line, name, literals, _, _ in literal_calls(file.read()):
        if literals and literals[0] != "":
            yield line, name, literals, []


def sources():
    """The files that hold messages."""
    return [file for folder in ("mmgap", "benchmarks") for file in sorted((ROOT / folder).rglob("*.py"))]


def messages_of_source():
    """A catalogue of all messages, without translations."""
    found = Catalog()
    for folder in ("mmgap", "benchmarks"):
        for _, _, message, _, context in extract_from_dir(
            ROOT / folder, [("**.py", python_messages)], keywords=KEYWORDS
        ):
            if any(letter.isalpha() for letter in PLACE.sub("", "".join(message))):  # else it is all values
                found.add(message, context=context)
    return found


def read_catalogue(language):
    """The translations of a language."""
    with (LOCALE / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def updated(language):
    """The catalogue with every message of the source, new ones without a translation, and no other."""
    known, found = read_catalogue(language), Catalog(locale=language, fuzzy=False)
    # The catalogue says how many plurals it has: Babel counts three in Spanish since 2.19, the third for millions.
    found.mime_headers = [("Plural-Forms", known.plural_forms)]
    for message in messages_of_source():
        if message.id:
            old = known.get(message.id, message.context)
            found.add(message.id, old.string if old else None, context=message.context)
    return found


def write_catalogue(language, catalogue):
    """Write it sorted, so that two people's additions meet in few places."""
    for message in catalogue:
        message.flags.discard("python-format")  # Babel takes "95 % interval" for one
    content = BytesIO()
    write_po(content, catalogue, width=110, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
    head = (
        'msgid ""\nmsgstr ""\n"Language: {}\\n"\n"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n"Plural-Forms: {}\\n"\n\n'
    )
    (LOCALE / f"{language}.po").write_text(
        head.format(language, catalogue.plural_forms) + content.getvalue().decode(), encoding="utf-8"
    )
