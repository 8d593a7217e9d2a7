"""A table set by tabulate, as Markdown and HTML share it."""

from __future__ import annotations

from collections.abc import Callable

from tabulate import tabulate

from mmgap.report.blocks import Table


def set_table(block: Table, tablefmt: str, cell: Callable[[str], str]) -> str:
    """Return a table in a format of tabulate, numbers flush right; ``cell`` makes a text fit to stand in it."""
    return tabulate(
        [[cell(text) for text in row] for row in block.rows],
        headers=[cell(column.header) for column in block.columns],
        tablefmt=tablefmt,
        colalign=["right" if column.numeric else "left" for column in block.columns] if block.rows else None,
        disable_numparse=True,
    )
