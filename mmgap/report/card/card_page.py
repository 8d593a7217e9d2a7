"""The page of a card: five answers, a picture each, and folds with all numbers; one file that needs nothing else."""

from __future__ import annotations

import tempfile
from pathlib import Path, PurePosixPath

from mmgap.card.card_parts import Card
from mmgap.core.atomic import write_atomic
from mmgap.core.counted_things import n_dimensions, n_images, n_texts
from mmgap.core.messages import Message
from mmgap.report.blocks import Block, Bullets, Document, Figure, Fold, Gallery, Heading, Paragraph
from mmgap.report.card.card_answers import answers
from mmgap.report.card.card_figures import card_figures
from mmgap.report.card.card_tables import (
    gap_table,
    hub_table,
    known_table,
    recall_table,
    space_table,
    threshold_table,
)
from mmgap.report.card.card_text import card_notes
from mmgap.report.card.definition_words import SENTENCES
from mmgap.report.finding_words import finding_head
from mmgap.report.translation import translated
from mmgap.report.writers import html


def write_card(card: Card, path: Path, language: str = "en") -> None:
    """Write the page, whole or not at all; its folder is made.

    Args:
        card: of `mmgap.card`.
        path: of the page.
        language: "en" or "es".

    Raises:
        OSError: it cannot be written there.
    """
    from mmgap.report.figures.style import save

    with tempfile.TemporaryDirectory() as folder:
        pictures = []
        for kind in card_figures(card):
            file = PurePosixPath(f"{kind.name}.svg")
            save(kind.drawn(card, language), Path(folder) / file)
            caption = translated(kind.caption, language)
            pictures.append(Figure(file, caption, f"{card.name}: {caption}", file))
        page = html.write(card_document(card, pictures, language), Path(folder))
    write_atomic(path, page.encode())


def card_document(card: Card, pictures: list[Figure], language: str = "en") -> Document:
    """Return the page's blocks.

    Args:
        card: of `mmgap.card`.
        pictures: of `mmgap.report.card.card_figures`, drawn.
        language: "en" or "es".
    """
    title = translated("Card of {name}", language, name=card.name)
    blocks: list[Block] = [Paragraph(translated(_shape(card), language))]
    if card.drawn is not None:
        sample = Message(
            "Recalls, thresholds and what closing the gap changes are of {drawn} images, drawn at random; the last"
            " notes say how.",
            drawn=f"{card.drawn:,}",
        )
        blocks.append(Paragraph(translated(sample, language)))
    for asked, told in answers(card):
        blocks += [Heading(translated(asked, language), 3), Paragraph(translated(told, language))]
    if pictures:
        blocks.append(Gallery(tuple(pictures)))
    blocks += _folds(card, language)
    return Document(title, language, blocks)


def _shape(card: Card) -> Message:
    if not card.dimensions:
        return Message(
            "{images}, {texts}. Intervals are 95 %, over images; those that share a caption count as one.",
            images=n_images(card.images),
            texts=n_texts(card.texts),
        )
    return Message(
        "{images}, {texts}, {d}. Intervals are 95 %, over images; those that share a caption count as one.",
        images=n_images(card.images),
        texts=n_texts(card.texts),
        d=n_dimensions(card.dimensions),
    )


def _folds(card: Card, language: str) -> list[Block]:
    told: list[tuple[str, Message, list[Block]]] = []
    if card.recalls:
        lines = tuple(translated(text, language) for text in SENTENCES.values())
        told.append(("recall", Message("The recall card"), [recall_table(card, language), Bullets(lines)]))
    if card.thresholds is not None:
        told.append(("thresholds", Message("The threshold card"), [threshold_table(card, language)]))
    if card.gap is not None:
        told.append(("gap", Message("The gap, and where it lies"), [gap_table(card, language), known_table(language)]))
    if card.spaces is not None and card.spaces.lines:
        inside: list[Block] = [space_table(card, language)]
        notes = [*card.spaces.notes, *(f"{space}: {why}" for space, why in card.spaces.left_out.items())]
        if notes:
            inside.append(Bullets(tuple(translated(note, language) for note in notes)))
        told.append(("spaces", Message("What closing the gap would change"), inside))
    if card.hubs:
        told.append(("hubs", Message("Hubs"), [hub_table(card, language)]))
    if not card.at_hand:
        absent = tuple(card_notes(card, language))
        told.append(("notes", Message("What is absent, and notes of the row"), [Bullets(absent)]))
    else:
        told.append(("doctor", Message("What is wrong, and what cannot be told"), _doctor(card, language)))
    return [
        Fold(anchor, translated(title, language), tuple(inside), open=True, listed=False)
        for anchor, title, inside in told
    ]


def _doctor(card: Card, language: str) -> list[Block]:
    found = [f"{finding_head(one, language)}: {translated(one.message, language)}" for one in card.findings]
    blocks: list[Block] = [Bullets(tuple(found))] if found else []
    if not found:
        blocks.append(Paragraph(translated("Nothing is wrong that could be told.", language)))
    untold = [translated(Message("cannot be told: {what}", what=what), language) for what in card.untold]
    asides = [*untold, *card_notes(card, language)]
    return [*blocks, Bullets(tuple(asides))] if asides else blocks
