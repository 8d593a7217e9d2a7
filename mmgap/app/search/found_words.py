"""How what was found is written: scores, chances and captions, the same in the terminal and on the page."""

from __future__ import annotations

from mmgap.app.search.search_column import Hit
from mmgap.core.messages import N_, quoted
from mmgap.report.translation import translated

#: What stands in place of a chance where the query is one of the image's keywords.
EXACT = N_("keyword")

#: Letters of a caption or a name that are shown.
CAPTION, NAME = 200, 80


def score_text(score: float) -> str:
    """Return a score with three decimals and a true minus.

    >>> score_text(-0.12345)
    '−0.123'
    """
    return f"{score:.3f}".replace("-", "−")


def chance_text(hit: Hit, exact: bool, language: str) -> str:
    """Return the chance in percent, "keyword" for one that is exact, or a dash where it is not known.

    >>> chance_text(Hit("image", 0, 0.3, 0.416), False, "en"), chance_text(Hit("image", 0, 0.3, 0.001), False, "en")
    ('42 %', '< 1 %')
    """
    if exact:
        return translated(EXACT, language)
    if hit.chance is None:
        return "–"
    if hit.chance < 0.01:
        return "< 1 %"
    return f"{100 * min(hit.chance, 0.99):.0f} %" if hit.chance < 0.99 else "> 99 %"


def shown_name(name: str, letters: int = NAME) -> str:
    """Return a name on one line, its middle left out where it is long.

    >>> shown_name("a\\nb")
    'a\\\\nb'
    """
    return quoted(name, letters)


def shown_caption(caption: str | None, letters: int = CAPTION) -> str:
    """Return a caption on one line; "" where it is not known."""
    return "" if caption is None else quoted(" ".join(caption.split()), letters)
