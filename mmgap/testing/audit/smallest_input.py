"""The smallest problem on which something still fails: rows are left out, and numbers rounded, while it does."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from mmgap.testing.audit.problem import Problem, units


@dataclass(frozen=True)
class Trial:
    """What a smaller problem has to show, and until when it is sought.

    Attributes:
        fails: whether something is wrong on a problem.
        until: moment of `time.monotonic` at which to be content.
    """

    fails: Callable[[Problem], bool]
    until: float

    @property
    def over(self) -> bool:
        """Whether time is up."""
        return time.monotonic() > self.until


def smallest(problem: Problem, trial: Trial) -> Problem:
    """Return a problem of as few rows as can be, from which none can be left out, in numbers of few digits.

    Args:
        problem: one on which it fails.
        trial: what has to be shown.

    >>> from mmgap.testing.audit.made_problems import vectors
    >>> trial = Trial(lambda made: len(made.images) > 2, time.monotonic() + 9)
    >>> len(smallest(vectors(0, 40, 1, 0.5), trial).images)
    3
    """
    size = len(problem.images) // 2
    while size and not trial.over:
        start = 0
        while start < len(problem.images) and not trial.over:
            rows = np.delete(np.arange(len(problem.images)), slice(start, start + size))
            fewer = problem.kept(rows) if len(rows) else problem
            if len(rows) > 0 and len(fewer.texts) and trial.fails(fewer):
                problem = fewer
            else:
                start += size
        size //= 2
    return _rounded(problem, trial)


def _rounded(problem: Problem, trial: Trial) -> Problem:
    """With fewer decimals, norms of 1 made 1 again."""
    normed = all(np.allclose(np.linalg.norm(side, axis=1), 1) for side in (problem.images, problem.texts))
    for decimals in (1, 2, 3):
        if trial.over or problem.dtype:
            break
        images, texts = (np.round(side, decimals) for side in (problem.images, problem.texts))
        if normed:
            images, texts = units(images), units(texts)
        simpler = replace(problem, images=images, texts=texts)
        if trial.fails(simpler):
            return simpler
    return problem
