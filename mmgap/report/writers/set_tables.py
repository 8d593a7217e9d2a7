"""A table set by tabulate, as Markdown and LaTeX share it."""

from __future__ import annotations

from collections.abc import Callable

from tabulate import tabulate

from mmgap.report.blocks import Table


def set_table(block: Table, tablefmt: str, cell: Callable[[str], str], bold: tuple[str, str] = ("**", "**")) -> str:
    """Return a table in a format of tabulate, numbers flush right.

    Args:
        block: the table.
        tablefmt: a format of tabulate.
        cell: makes a text fit to stand in it.
        bold: what stands before and after the best of a column.
    """
    rows = [
        [
            f"{bold[0]}{cell(text)}{bold[1]}" if (number, place) in block.best else cell(text)
            for place, text in enumerate(row)
        ]
        for number, row in enumerate(block.rows)
    ]
    return tabulate(
        rows or [[""] * len(block.columns)],
        headers=[cell(column.header) for column in block.columns],
        tablefmt=tablefmt,
        colalign=["right" if column.numeric else "left" for column in block.columns],
        disable_numparse=True,
    )
