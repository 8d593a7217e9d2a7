"""The same pictures in other languages and other drawings: which data sets name the same concepts."""

from __future__ import annotations

from dataclasses import dataclass

from mmgap.core.messages import quoted
from mmgap.datasets.base import DatasetError
from mmgap.datasets.emoji import STYLES
from mmgap.datasets.emoji_languages import BY_NPM, BY_PIP

#: Languages that are two spellings of one: they count once where languages are counted.
GROUPS = {"en-gb": "en", "es-mx": "es", "zh-hant": "zh"}

#: In which the glyphs, which are drawn by code, and pictograms are named.
_TWO = ("en", "es")


@dataclass(frozen=True)
class Parallel:
    """What names and draws the concepts of a data set.

    Attributes:
        language: the data set's own.
        languages: language → data set with the same pictures, its own among them.
        style: the data set's own; empty where there is one.
        styles: style → data set with the same names, its own among them; empty where there is one.
    """

    language: str
    languages: dict[str, str]
    style: str
    styles: dict[str, str]

    @property
    def specs(self) -> list[str]:
        """Every data set that is measured."""
        return list(dict.fromkeys((*self.languages.values(), *self.styles.values())))


def parallel(spec: str) -> Parallel:
    """Return the data sets that name and draw the same concepts as one, each in the same split everywhere.

    Args:
        spec: ``glyphs-LANG``, ``openmoji-LANG``, ``openmoji-LANG:flags``, ``emoji-LANG:STYLE``, or
            ``arasaac-LANG:both`` with further options.

    Raises:
        DatasetError: another one: its concepts have no fixed split, so what is trained in one language could have seen
            the test pictures of another.

    >>> parallel("openmoji-es").languages["ja"], parallel("emoji-es:noto").styles["fluent"]
    ('openmoji-ja', 'emoji-es:fluent')
    """
    name, colon, argument = spec.partition(":")
    family, _, language = name.partition("-")
    known = {"glyphs": _TWO, "openmoji": BY_PIP, "emoji": BY_NPM, "arasaac": _TWO}.get(family, ())
    differs = argument == "folder" or (family == "arasaac" and "both" not in argument.split(","))
    if language not in known or differs:
        raise DatasetError(
            f"{quoted(spec)}: no other language has the same concepts in the same splits; take glyphs-LANG,"
            " openmoji-LANG, emoji-LANG:STYLE or arasaac-LANG:both,keywords=first"
        )
    languages = {other: f"{family}-{other}{colon}{argument}" for other in known}
    styles = {style: f"{name}:{style}" for style in STYLES} if family == "emoji" else {}
    return Parallel(language, languages, argument if styles else "", styles)
