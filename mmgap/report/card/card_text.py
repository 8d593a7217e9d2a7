"""What a terminal shows of a card: what is wrong, the answers, the recalls and the thresholds."""

from __future__ import annotations

from tabulate import tabulate

from mmgap.card.card_parts import Card
from mmgap.report.blocks import Table
from mmgap.report.card.card_answers import answers, matter_answer
from mmgap.report.card.card_tables import recall_table, space_table, threshold_table
from mmgap.report.recognised_notes import recognised
from mmgap.report.translation import translated


def card_notes(card: Card, language: str = "en") -> list[str]:
    """Return its notes in a language; of older rows, which hold English text alone, as far as they are recognised."""
    return [translated(recognised(note), language) for note in card.notes]


def card_lines(card: Card, language: str = "en") -> list[tuple[str, str]]:
    """Return each question with its answer, in a language; the one that spaces answer only where they were fitted."""
    told = [(translated(asked, language), translated(answer, language)) for asked, answer in answers(card)]
    if card.spaces is None:
        unanswered = translated(matter_answer(card), language)
        told = [(asked, answer) for asked, answer in told if answer != unanswered]
    return told


def card_tables(card: Card, language: str = "en") -> str:
    """Return the recalls and the thresholds as plain tables."""
    tables = []
    if card.recalls:
        tables.append(recall_table(card, language))
    if card.thresholds is not None:
        tables.append(threshold_table(card, language))
    return "\n\n".join(map(_plain, tables))


def space_lines(card: Card, language: str = "en") -> tuple[str, str]:
    """Return what closing the gap would change: the answer, and the table of spaces."""
    table = _plain(space_table(card, language)) if card.spaces is not None and card.spaces.lines else ""
    return translated(matter_answer(card), language), table


def _plain(table: Table) -> str:
    aligned = ["right" if column.numeric else "left" for column in table.columns]
    heads = [column.header for column in table.columns]
    return f"{table.caption}\n" + tabulate(table.rows, headers=heads, colalign=aligned, disable_numparse=True)
