"""Blocks of a few rows, where thousands are the rule: what is read and written some at a time has many borders then."""

from __future__ import annotations

from mmgap.core import disk_buckets, drawn_rows, scratch_array, stored_rows
from mmgap.diagnosis import mixed_sources, pairing, spectrum, surveyed_rows, truncated_texts, two_cones
from mmgap.evaluation.streaming import file_relation, pair_sums, streamed_answers, streamed_passes, streamed_rows
from mmgap.spaces import fitting, row_blocks, second_moments, unit_statistics
from mmgap.stats import sign_flips

#: Where it stands, what it is called, and how large it is; by rows, or by numbers of rows of about eight.
_SIZES = (
    (scratch_array, "BLOCK", 1),
    (disk_buckets, "BUCKET", 4),
    (drawn_rows, "TOGETHER", 4),
    (pair_sums, "_PAIRS", 1),
    (streamed_passes, "_QUERIES", 1),
    (streamed_answers, "_SOME", 1),
    (streamed_answers, "_COUNTED", 4),
    (file_relation, "_PART", 8),
    (streamed_rows, "_SURVEYED", 8),
    (surveyed_rows, "_BLOCK", 8),
    (unit_statistics, "LARGE", 8),
    (second_moments, "LARGE", 8),
    (sign_flips, "_BLOCK", 1 << 10),
    (sign_flips, "_PACKED", 1 << 10),
    (pairing, "_BLOCK", 1 << 12),
    (stored_rows, "_HASHED", 8),
    (stored_rows, "_TOGETHER", 8),
    (row_blocks, "BLOCK", 8),
)

#: How many rows a rule of the doctor looks at, or a strength is chosen on, at most.
_LOOKED_AT = (
    (spectrum, "ROWS"),
    (two_cones, "_ROWS"),
    (mixed_sources, "_ROWS"),
    (pairing, "_TEXTS"),
    (truncated_texts, "_TEXTS"),
    (fitting, "CHOSEN_ON"),
)


def shrink_blocks(monkeypatch, rows: int) -> None:
    """Make blocks of about so many rows."""
    for module, name, times in _SIZES:
        monkeypatch.setattr(module, name, times * rows)


def look_at_few(monkeypatch, rows: int) -> None:
    """Let rules of the doctor, and what chooses strengths, look at so many rows at most."""
    for module, name in _LOOKED_AT:
        monkeypatch.setattr(module, name, rows)
