r"""The report as LaTeX: each table a file to ``\input``, and a small article around them that compiles on its own.

Tables need ``\usepackage{booktabs}`` and nothing else.
"""

from __future__ import annotations

import re
from dataclasses import replace

from tabulate import LATEX_ESCAPE_RULES

from mmgap.report.blocks import (
    Block,
    Bullets,
    Document,
    Fold,
    Footnotes,
    Gallery,
    Heading,
    Links,
    Paragraph,
    Table,
    one_line,
)
from mmgap.report.shaped_tables import in_widths
from mmgap.report.writers.set_tables import set_table

#: A table longer than this goes on in another one, and one of more numbers in a line, too: a page holds no more.
LINES, COLUMNS = 40, 7

_SIGNS = {
    "→": r"$\rightarrow$",
    "←": r"$\leftarrow$",
    "±": r"$\pm$",
    "≈": r"$\approx$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "−": "$-$",
    "‖": r"$\Vert$",
    "|": r"\textbar{}",
    "√": r"$\surd$",
    "✓": r"$\surd$",
    "✗": r"$\times$",
    "∞": r"$\infty$",
    "°": r"$^\circ$",
    "²": r"$^2$",
    "—": "---",
    "–": "--",
    "…": r"\ldots{}",
    "“": "``",
    "”": "''",
    "‘": "`",
    "’": "'",
    '"': r"\textquotedbl{}",
    "«": r"\guillemotleft{}",
    "»": r"\guillemotright{}",
    "Δ": r"$\Delta$",
    "α": r"$\alpha$",
    "β": r"$\beta$",
    "γ": r"$\gamma$",
    "δ": r"$\delta$",
    "ε": r"$\varepsilon$",
    "θ": r"$\theta$",
    "κ": r"$\kappa$",
    "λ": r"$\lambda$",
    "μ": r"$\mu$",
    "ν": r"$\nu$",
    "π": r"$\pi$",
    "ρ": r"$\rho$",
    "σ": r"$\sigma$",
    "τ": r"$\tau$",
    "φ": r"$\varphi$",
    "ω": r"$\omega$",
}

#: What stands around bold cells until they are escaped: signs that `one_line` leaves in no text.
_BOLD = ("\ue000", "\ue001")
_MARKS = str.maketrans({_BOLD[0]: r"\textbf{", _BOLD[1]: "}"})

_ARTICLE = r"""\documentclass[10pt,a4paper]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{} % letters as outlines; without it T1 falls back on pixels
\usepackage[landscape,margin=15mm]{geometry}
\usepackage{booktabs,graphicx}
\usepackage[hidelinks]{hyperref}
\setlength{\parindent}{0pt}
\setlength{\parskip}{1ex}
\raggedbottom
\newsavebox{\gaptable}
% a table as wide as it is, or as the page where it would be wider
\newcommand{\fittable}[1]{\sbox{\gaptable}{\input{#1}\unskip}%
  \ifdim\wd\gaptable>\linewidth\resizebox{\linewidth}{!}{\usebox{\gaptable}}\else\usebox{\gaptable}\fi}
"""


def write(document: Document) -> str:
    r"""Return the article; it reads ``tables/*.tex`` (see `table_files`) and the pictures beside it."""
    body = "\n\n".join(filter(None, (_block(block) for block in document.blocks)))
    title = escape(document.title)
    return (
        f"{_ARTICLE}\\title{{{title}}}\n\\date{{}}\n\\begin{{document}}\n\\maketitle\n\\vspace{{-10ex}}\n\n{body}\n\n"
        "\\end{document}\n"
    )


def table_files(block: Table) -> dict[str, str]:
    """File name → content: a tabular, one more for each further `COLUMNS` numbers side by side, and for each further
    `LINES` lines. Names do not depend on what else is in the report."""
    found = {}
    for part, columns in enumerate(in_widths(block, COLUMNS), 1):
        name = f"{block.name}-columns-{part}" if part > 1 else block.name
        for number, start in enumerate(range(0, max(len(columns.rows), 1), LINES), 1):
            best = frozenset((row - start, column) for row, column in columns.best if start <= row < start + LINES)
            piece = replace(columns, rows=columns.rows[start : start + LINES], best=best)
            found[f"{name}{f'-{number}' if number > 1 else ''}.tex"] = _tabular(piece) + "\n"
    return found


def escape(text: str) -> str:
    r"""Return the text whose every character means itself; what the fonts lack is named by its code point.

    >>> escape("50 % of a_b → 漢")
    '50 \\% of a\\_b $\\rightarrow$ [U+6F22]'
    """
    return _signs("".join(LATEX_ESCAPE_RULES.get(letter, letter) for letter in one_line(text)))


def _signs(text: str) -> str:
    return "".join(
        _SIGNS.get(letter) or (letter if letter < "\u0100" or letter in _BOLD else f"[U+{ord(letter):04X}]")
        for letter in text
    )


def _tabular(block: Table) -> str:
    made = _signs(set_table(block, "latex_booktabs", one_line, _BOLD)).translate(_MARKS)
    return re.sub(r"(?m)^(\s*)([\[*])", r"\1{\2}", made)  # after \\ both would be read as its argument


def _block(block: Block) -> str:
    match block:
        case Heading():
            return f"\\{'sub' * (block.level - 2)}section*{{{escape(block.text)}}}"
        case Paragraph():
            return f"\\textbf{{{escape(block.text)}}}" if block.strong else escape(block.text)
        case Fold():
            inside = [_block(Heading(block.title)), *map(_block, block.blocks)]
            return "\n\n".join(filter(None, inside))
        case Bullets():
            return _list("itemize", [f"\\item {escape(text)}" for text in block.texts])
        case Footnotes():
            entries = [f"\\item[{number}.] {escape(text)}" for number, text in enumerate(block.texts, block.start)]
            return _list("itemize", entries)
        case Table():
            first, *others = (f"{{\\small\\fittable{{tables/{file}}}}}" for file in table_files(block))
            caption = f"\\textbf{{{escape(block.caption)}}}\\par\\smallskip\n" if block.caption else ""
            together = f"\\begin{{minipage}}{{\\linewidth}}\n{caption}{first}\n\\end{{minipage}}"  # on one page
            return "\n\n".join([together, *others]) + "\n\n\\bigskip"
        case Gallery():
            return "\\hfill\n".join(
                "\\begin{minipage}[t]{.48\\linewidth}\\vspace{0pt}\\centering\n"
                f"\\includegraphics[width=\\linewidth,height=.7\\textheight,keepaspectratio]"
                f"{{{figure.printed or figure.path}}}\n\n"
                f"{{\\small {escape(figure.caption)}}}\\bigskip\n\\end{{minipage}}"
                for figure in block.figures
                if not figure.moves
            )
        case Links():
            return ""  # the other formats are not part of a printed one


def _list(kind: str, entries: list[str]) -> str:
    return "\n".join([f"\\begin{{{kind}}}\\setlength{{\\itemsep}}{{0pt}}", *entries, f"\\end{{{kind}}}"])
