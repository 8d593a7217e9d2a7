"""What a space is fitted on where vectors stay on disk: pairs whose rows are read in blocks, or a sample of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from mmgap.core.row_files import open_pair
from mmgap.core.rows_on_disk import RowsOnDisk
from mmgap.evaluation.streaming.streamed_rows import check_rows
from mmgap.evaluation.streaming.streaming_state import columns_dir
from mmgap.spaces import Pairs


def stored_pairs(
    argument: str,
    owner: str | None,
    split: Literal["train", "validation"],
    tell: Callable[[int], Any] | None = None,
) -> Pairs:
    """Return the pairs that ``argument`` names, after one look at each row; they stay on disk.

    Every space of mmgap reads such pairs in blocks, the same as those of an array in memory, so that the same numbers
    are fitted to the bit; composed ones map each block anew whenever it is read. A space that needs all rows at once
    ends in a `mmgap.core.rows_on_disk.WholeRowsError`.

    Args:
        argument, owner: as `mmgap.core.vector_files.read_vectors`.
        split: that these pairs are.
        tell: is given the number of rows whenever some were read.

    Raises:
        MissingDataError, VectorFileError: as `mmgap.core.row_files.open_pair`; a row that is zero or not finite.
    """
    found = open_pair(argument, owner, columns_dir(), one_width=False)
    for rows in (found.images, found.texts):
        check_rows(rows)
    images, texts = (RowsOnDisk(rows, tell=tell) for rows in (found.images, found.texts))
    return Pairs(found.name, split, images, texts, found.owner)  # type: ignore[arg-type]  # all answer as arrays do
