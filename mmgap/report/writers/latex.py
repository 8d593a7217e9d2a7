r"""The report as LaTeX: each table a file to ``\input``, and a small article around them that compiles on its own.

Tables need ``\usepackage{booktabs}`` and nothing else.
"""

from __future__ import annotations

import re

from tabulate import LATEX_ESCAPE_RULES, tabulate

from mmgap.report.blocks import Block, Bullets, Document, Footnotes, Gallery, Heading, Links, Paragraph, Table, one_line

#: A table longer than this goes on in another one: a page holds no more.
LINES = 40

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

_ARTICLE = r"""\documentclass[10pt,a4paper]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
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
    """File name → content: a tabular, and one more for each further `LINES` lines."""
    pieces = [block.rows[start : start + LINES] for start in range(0, len(block.rows), LINES)] or [()]
    return {
        f"{block.name}{f'-{number}' if number > 1 else ''}.tex": _tabular(block, rows) + "\n"
        for number, rows in enumerate(pieces, 1)
    }


def escape(text: str) -> str:
    r"""Return the text whose every character means itself; what the fonts lack is named by its code point.

    >>> escape("50 % of a_b → 漢")
    '50 \\% of a\\_b $\\rightarrow$ [U+6F22]'
    """
    return _signs("".join(LATEX_ESCAPE_RULES.get(letter, letter) for letter in one_line(text)))


def _signs(text: str) -> str:
    return "".join(_SIGNS.get(letter) or (letter if letter < "\u0100" else f"[U+{ord(letter):04X}]") for letter in text)


def _tabular(block: Table, rows: tuple[tuple[str, ...], ...]) -> str:
    columns = ["right" if column.numeric else "left" for column in block.columns]
    made = tabulate(
        [[one_line(cell) for cell in row] for row in rows] or [[""] * len(columns)],
        headers=[one_line(column.header) for column in block.columns],
        tablefmt="latex_booktabs",
        colalign=columns,
        disable_numparse=True,
    )
    return re.sub(r"(?m)^(\s*)([\[*])", r"\1{\2}", _signs(made))  # after \\ both would be read as its argument


def _block(block: Block) -> str:
    match block:
        case Heading():
            return f"\\{'sub' * (block.level - 2)}section*{{{escape(block.text)}}}"
        case Paragraph():
            return escape(block.text)
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
                f"\\includegraphics[width=\\linewidth,height=.7\\textheight,keepaspectratio]{{{figure.path}}}\n\n"
                f"{{\\small {escape(figure.caption)}}}\\bigskip\n\\end{{minipage}}"
                for figure in block.figures
                if not figure.moves
            )
        case Links():
            return ""  # the other formats are not part of a printed one


def _list(kind: str, entries: list[str]) -> str:
    return "\n".join([f"\\begin{{{kind}}}\\setlength{{\\itemsep}}{{0pt}}", *entries, f"\\end{{{kind}}}"])
