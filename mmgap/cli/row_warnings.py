"""What ``mmgap measure`` says of rows that it can measure but that may not be what was meant."""

from __future__ import annotations

from mmgap.cli.one_line_errors import warn
from mmgap.core.counted_things import n_images, n_texts

#: Above this, vectors were clearly not meant to be of unit norm (float16 rounding stays below).
NORM_WARNING = 2e-3


def warn_of_rows(deviation: float, duplicates: tuple[int, int]) -> None:
    """Warn of norms that are off by up to ``deviation``, and of image and text rows that equal an earlier one."""
    if deviation > NORM_WARNING:
        warn(
            f"the vectors were not of unit norm (off by up to {deviation:.3g});"
            " every row was divided by its norm before measuring"
        )
    for said, number in zip((n_images, n_texts), duplicates, strict=True):
        if number:
            warn(f"{said(number)} {'equals' if number == 1 else 'equal'} an earlier one; they tie")
