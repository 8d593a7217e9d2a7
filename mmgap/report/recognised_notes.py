"""Notes of older rows, which hold their English text alone, as the messages they were made from.

A row of today keeps a note as a pattern with its values (`mmgap.core.messages.Message`), an older one only what was
printed. The patterns of the catalogue find it again: so it can be said in another language, too.
"""

from __future__ import annotations

import functools
import re
from typing import Any, NamedTuple

from mmgap.core.messages import Message, joined
from mmgap.metrics.catalogue import described
from mmgap.report.translation import patterns

#: Wordings of older rows, and what the same is called now.
_OLDER = (("record(s) left out", "records left out"),)

#: A pattern of fewer letters of its own tells nothing.
_FEWEST = 7


class _Pattern(NamedTuple):
    expression: re.Pattern[str]
    letters: int
    message: str
    plural: str | None


def recognised(text: str) -> str:
    """Return a text as the message that it is an instance of, its values recognised in their turn; others as they are.

    >>> found = recognised("Trained on 3638 images of arasaac-en train, watched on 385.")
    >>> found == "Trained on 3638 images of arasaac-en train, watched on 385.", found.values["n"]
    (True, '3638')
    """
    if not isinstance(text, Message):
        return _recognised(text)
    whole = any(isinstance(value, Message) for value in text.values.values()) or text.message in _known()
    if not whole and isinstance(found := _recognised(str(text)), Message):
        return found  # of an older wording
    values = {name: recognised(v) if isinstance(v, str) else v for name, v in text.values.items()}
    return Message(text.message, text.plural, **values)


@functools.cache
def _recognised(text: str) -> str:
    for older, newer in _OLDER:
        text = text.replace(older, newer)
    if text in _known():
        return Message(text)
    names, colon, why = text.partition(": ")
    if (labels := _labels(names)) is not None:
        return Message("{names}: {why}", names=labels, why=recognised(why)) if colon else labels
    found = [(one, match) for one in _patterns() if (match := one.expression.fullmatch(text)) is not None]
    if not found:
        return text
    one, match = max(found, key=lambda pair: pair[0].letters)
    values: dict[str, Any] = {name: recognised(value) for name, value in match.groupdict().items()}
    if one.plural is None:
        return Message(one.message, **values)
    return Message(one.message, one.plural, **{**values, "n": int(values["n"])})


def _labels(text: str) -> Message | None:
    """Names of metrics, parted by commas, as what they are called; None of any other text."""
    labels = [described(name).label for name in text.split(", ")] if "_" in text else []
    return joined(", ", map(Message, labels)) if labels and all(labels) else None


@functools.cache
def _known() -> frozenset[str]:
    return frozenset(message for message, _ in patterns())


@functools.cache
def _patterns() -> tuple[_Pattern, ...]:
    """Of each message with values, and of each of its forms, an expression."""
    made = []
    for message, plural in patterns():
        for form in filter(None, (message, plural)):
            parts = re.split(r"\{(\w+)\}", form)
            letters = sum(letter.isalpha() for text in parts[::2] for letter in text)
            if len(parts) > 1 and letters >= _FEWEST and (plural is None or "{n}" in form):
                made.append(_Pattern(_expression(parts), letters, message, plural))
    return tuple(made)


def _expression(parts: list[str]) -> re.Pattern[str]:
    """Literal text and names of values in turn; a count is digits, and a name that comes again stands for the same."""
    met: set[str] = set()
    made = ""
    for place, part in enumerate(parts):
        if place % 2 == 0:
            made += re.escape(part)
        elif part in met:
            made += f"(?P={part})"
        else:
            met.add(part)
            made += rf"(?P<{part}>[\d,]+)" if part == "n" else f"(?P<{part}>.+?)"
    return re.compile(made, re.DOTALL)
