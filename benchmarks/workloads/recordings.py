"""A made-up space as an experiment records it, beside what measuring it takes. Imports torch."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import mmgap
from mmgap.datasets import Dataset
from mmgap.evaluation.space_record import record_space
from mmgap.rows.recorder import Recorder

from .vectors import cones


def recording(n: int, d: int) -> tuple[Callable[[], None], Callable[[], object]]:
    """Return two ways to look at n pairs of d dimensions: record all of them, and measure alone."""
    x, y = (v.numpy() for v in cones(n, d))
    owner, names = np.arange(n), tuple(map(str, range(n)))
    dataset = Dataset("cones", "test", "1", names, range(n), names, owner)
    return lambda: record_space(Recorder(), x, y, dataset), lambda: mmgap.measure(x, y, owner=owner)
