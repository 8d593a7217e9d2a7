"""The words of the atlas page, which its script puts where they belong."""

from __future__ import annotations

from mmgap.report.translation import translated


def page_words(language: str) -> dict[str, str]:
    """Return the words by the names that the script calls them; ``{n}`` is filled in there."""
    return {
        "map": translated("Map", language),
        "space": translated("Space", language),
        "asIs": translated("as they are", language),
        "colour": translated("Colour by", language),
        "modality": translated("modality", language),
        "category": translated("category", language),
        "rank": translated("rank of the match", language),
        "hubness": translated("N₁₀ (hubness)", language),
        "rankScale": translated("rank of the own pair, 1 is best", language),
        "hubnessScale": translated("queries that find it among their first ten", language),
        "lines": translated("lines between pairs", language),
        "linesOfChosen": translated("lines between chosen pairs", language),
        "find": translated("Find", language),
        "findHint": translated("name, caption, category", language),
        "choose": translated("Choose", language),
        "nothingFound": translated("Nothing has these words.", language),
        "images": translated("images", language),
        "texts": translated("texts", language),
        "others": translated("other categories", language),
        "none": translated("no category", language),
        "what": translated("kind", language),
        "image": translated("image", language),
        "text": translated("text", language),
        "picture": translated("picture", language),
        "name": translated("name", language),
        "caption": translated("caption", language),
        "remove": translated("take out", language),
        "chosen": translated("Chosen", language),
        "chosenCount": translated("{n} chosen.", language, n="{n}"),
        "firstShown": translated("The first {n} are listed.", language, n="{n}"),
        "howTo": translated(
            "Nothing yet: click a point (Shift adds), draw a box or a lasso in a map, or find words.", language
        ),
        "clear": translated("Clear", language),
        "notes": translated("Notes", language),
        "working": translated("Working", language),
        "gone": translated("The server does not answer: is mmgap atlas still running?", language),
    }
