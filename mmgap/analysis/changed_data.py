"""Whether rows speak of the same images and captions, measured alike, as far as the rows themselves can say."""

from __future__ import annotations

from collections.abc import Sequence

from mmgap.rows.code_of_row import changed_code
from mmgap.rows.row import Row

#: What rows say of their data: two that differ in any of these saw other pictures or other words.
DATA = ("dataset_revision", "split", "image_ids", "captions", "owner", "prompt", "preparation")


def changed_data(rows: Sequence[Row]) -> list[str]:
    """Return the inputs in which the data of these rows differs, or the code that measured them; empty where none
    does."""
    names = [name for name in DATA if any(row["inputs"].get(name) != rows[0]["inputs"].get(name) for row in rows)]
    return names + list(dict.fromkeys(name for row in rows[1:] for name in changed_code(rows[0], row)))
