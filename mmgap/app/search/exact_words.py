"""Keywords that a query says exactly: in pictogram sets, whose captions are lists of keywords, those come first."""

from __future__ import annotations

from collections.abc import Sequence


def keywords_of(caption: str, prompt: str) -> frozenset[str]:
    """Return the keywords of a caption, without their prompt and as `plain` has them.

    >>> sorted(keywords_of("Una imagen de Perro, mascota", "Una imagen de {}"))
    ['mascota', 'perro']
    """
    before, after = (prompt or "{}").split("{}")
    return frozenset(plain(word) for word in caption.removeprefix(before).removesuffix(after).split(","))


def first_keyword(caption: str, prompt: str) -> str:
    """Return the first keyword of a caption, as it is written.

    >>> first_keyword("Una imagen de Perro, mascota", "Una imagen de {}")
    'Perro'
    """
    before, after = (prompt or "{}").split("{}")
    return caption.removeprefix(before).removesuffix(after).partition(",")[0].strip()


def plain(words: str) -> str:
    """Return words in lower case with single spaces; accents count, as they tell words apart.

    >>> plain("  El  Niño ")
    'el niño'
    """
    return " ".join(words.casefold().split())


class Keywords:
    """Which images have a keyword.

    Args:
        captions: (M,) with their prompt.
        owner: (M,) the image of each.
        prompt: of the captions.

    >>> found = Keywords(["A picture of dog, pet", "A picture of cat"], [0, 1], "A picture of {}")
    >>> found.saying("Dog"), found.saying("do")
    (frozenset({0}), frozenset())
    """

    def __init__(self, captions: Sequence[str], owner: Sequence[int], prompt: str) -> None:
        self._images: dict[str, set[int]] = {}
        for caption, image in zip(captions, owner, strict=True):
            for word in keywords_of(caption, prompt):
                self._images.setdefault(word, set()).add(int(image))

    def saying(self, query: str) -> frozenset[int]:
        """Return the images one of whose keywords is the query, but for case and spaces."""
        return frozenset(self._images.get(plain(query), ()))
