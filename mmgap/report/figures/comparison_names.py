"""File names as a picture can show them: without their folder, in letters that a font on this machine has."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from matplotlib import font_manager

from mmgap.report.blocks import one_line, shorten
from mmgap.report.figures.style import STYLE

#: Asked, in this order, for letters that DejaVu Sans lacks; those that are not installed are passed over.
FURTHER_FONTS = (
    "Noto Sans CJK JP",
    "Noto Sans CJK SC",
    "Source Han Sans",
    "WenQuanYi Zen Hei",
    "Hiragino Sans",
    "PingFang SC",
    "Yu Gothic",
    "Microsoft YaHei",
    "Malgun Gothic",
    "Noto Sans Arabic",
    "Noto Sans Hebrew",
    "Noto Sans Devanagari",
    "Noto Emoji",
    "Segoe UI Symbol",
)

#: Stands for letters that no font here has.
BOX = "□"


@functools.cache
def style_with_fonts() -> Any:
    """Return the report's style, with fonts for further scripts where the machine has them."""
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return {**STYLE, "font.family": [STYLE["font.family"], *(name for name in FURTHER_FONTS if name in installed)]}


def shown_names(names: Sequence[str], length: int) -> list[str]:
    """Return the file names of these ids, each at most ``length`` long, their middle left out.

    A name with letters that no font here has shows a box for them, and before it the number of the image, counted
    from 1 in the order of the data set.
    """
    return [
        shorten(_drawable(PurePosixPath(name).name or name, number), length) for number, name in enumerate(names, 1)
    ]


def shown_categories(names: Sequence[str], length: int) -> list[str]:
    """Categories likewise; the empty one stays empty."""
    return [shorten(_drawable(name, number), length) if name else "" for number, name in enumerate(names, 1)]


def _drawable(name: str, number: int) -> str:
    text = one_line(unicodedata.normalize("NFC", name))
    letters = [letter if _known(letter) else BOX for letter in text]
    if BOX not in letters:
        return text
    runs = [letter for letter, before in zip(letters, [None, *letters], strict=False) if letter != BOX or before != BOX]
    return f"{number}: {''.join(runs)}"


@functools.cache
def _known(letter: str) -> bool:
    return any(font_manager.get_font(path).get_char_index(ord(letter)) for path in _paths())


@functools.cache
def _paths() -> tuple[str, ...]:
    return tuple(font_manager.findfont(family) for family in style_with_fonts()["font.family"])
