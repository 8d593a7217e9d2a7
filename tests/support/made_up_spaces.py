"""Rows of spaces beside the vectors as they are, and what they keep of each query, made without measuring."""

import numpy as np

from mmgap.analysis.as_is_changes import RECALLS, SPOILED
from mmgap.rows.row import row_key
from tests.support.made_up_rows import metric, row, with_items

#: Space → gap, chance of a hit; from weak to strong within a line.
MADE = {
    None: (0.8, 0.5),
    "shift:0.5": (0.4, 0.45),
    "shift": (0.1, 0.3),
    "centre": (0.03, 0.5),
    "less-bank": (None, 0.75),
}


def space_row(space, gap, r1):
    metrics = {} if gap is None else {"gap_corrected": metric(gap, gap - 0.01, gap + 0.02)}
    metrics |= {name: metric(r1, unit="share") for name in (*RECALLS, *SPOILED)}
    made = row("spaces", "tiny", metrics=metrics)
    if space is not None:
        made["cell"]["space"] = space
    made["key"] = row_key(made["cell"], made["inputs"])
    return made


def space_items(r1, n=200):
    """The same queries are hard for every space."""
    hard = np.random.default_rng(0).random(n)
    hits = {name: (hard < r1).astype(float) for name in (*RECALLS, *SPOILED)}
    return {**hits, "owner": np.arange(n), "cluster": np.arange(n)}


def space_rows(cache):
    """All of `MADE`, with their arrays."""
    return [with_items(cache, space_row(space, gap, r1), space_items(r1)) for space, (gap, r1) in MADE.items()]
