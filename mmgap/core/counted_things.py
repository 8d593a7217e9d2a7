"""How many images, texts, rows … there are, in words, to be translated."""

from __future__ import annotations

from mmgap.core.messages import Message, counted


def n_images(n: int) -> Message:
    """Return how many images.

    >>> n_images(1), n_images(2)
    ('1 image', '2 images')
    """
    return counted("{n} image", "{n} images", n=n)


def n_texts(n: int) -> Message:
    """Return how many texts.

    >>> n_texts(1), n_texts(0)
    ('1 text', '0 texts')
    """
    return counted("{n} text", "{n} texts", n=n)


def n_dimensions(n: int) -> Message:
    """Return how many dimensions.

    >>> n_dimensions(1)
    '1 dimension'
    """
    return counted("{n} dimension", "{n} dimensions", n=n)


def n_rows(n: int) -> Message:
    """Return how many rows.

    >>> n_rows(1)
    '1 row'
    """
    return counted("{n} row", "{n} rows", n=n)


def n_cells(n: int) -> Message:
    """Return how many cells.

    >>> n_cells(1)
    '1 cell'
    """
    return counted("{n} cell", "{n} cells", n=n)


def n_labels(n: int) -> Message:
    """Return how many labels.

    >>> n_labels(1)
    '1 label'
    """
    return counted("{n} label", "{n} labels", n=n)


def n_lines(n: int) -> Message:
    """Return how many lines.

    >>> n_lines(1)
    '1 line'
    """
    return counted("{n} line", "{n} lines", n=n)
