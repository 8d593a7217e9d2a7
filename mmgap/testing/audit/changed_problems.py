"""What defective numbers do to vectors or scores before they compute: normalising by the test set, softmax, signs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from mmgap.core.messages import Message
from mmgap.testing.audit.problem import Problem


def _centred(problem: Problem) -> Problem:
    return replace(
        problem, images=problem.images - problem.images.mean(axis=0), texts=problem.texts - problem.texts.mean(axis=0)
    )


def _centred_together(problem: Problem) -> Problem:
    mean = np.concatenate([problem.images, problem.texts]).mean(axis=0)
    return replace(problem, images=problem.images - mean, texts=problem.texts - mean)


def _standardised(problem: Problem) -> Problem:
    def one(side: np.ndarray) -> np.ndarray:
        spread = side.std(axis=0)
        return np.asarray((side - side.mean(axis=0)) / np.where(spread == 0, 1, spread))

    return replace(problem, images=one(problem.images), texts=one(problem.texts))


def _with_scores(problem: Problem, scores: np.ndarray) -> Problem:
    return replace(problem, given=scores)


def _by_dot(change: Callable[[Problem], Problem], problem: Problem) -> Problem:
    return _with_scores(problem, change(problem).scored("dot"))


def _weighed(scale: float, problem: Problem) -> Problem:
    """Scores times their softmax over the rows: dual softmax."""
    return _with_scores(problem, problem.scores * _softmax_over(0, scale, problem).scores)


def _standardised_together(problem: Problem) -> Problem:
    both = np.concatenate([problem.images, problem.texts])
    mean, spread = both.mean(axis=0), both.std(axis=0)
    spread = np.where(spread == 0, 1, spread)
    return replace(problem, images=(problem.images - mean) / spread, texts=(problem.texts - mean) / spread)


def _softmax_over(axis: int, scale: float, problem: Problem) -> Problem:
    logits = scale * problem.scores
    soft = np.exp(logits - logits.max(axis=axis, keepdims=True))
    return _with_scores(problem, soft / soft.sum(axis=axis, keepdims=True))


def _dual_softmax(scale: float, problem: Problem) -> Problem:
    soft = [_softmax_over(axis, scale, problem).scores for axis in (0, 1)]
    return _with_scores(problem, soft[0] * soft[1])


def _less_means(axis: int, problem: Problem) -> Problem:
    return _with_scores(problem, problem.scores - problem.scores.mean(axis=axis, keepdims=True))


def _standard_scores(axis: int, problem: Problem) -> Problem:
    scores = problem.scores
    spread = scores.std(axis=axis, keepdims=True)
    return _with_scores(problem, (scores - scores.mean(axis=axis, keepdims=True)) / np.where(spread == 0, 1, spread))


def _stretched(axis: int, problem: Problem) -> Problem:
    scores = problem.scores
    low, high = scores.min(axis=axis, keepdims=True), scores.max(axis=axis, keepdims=True)
    return _with_scores(problem, (scores - low) / np.where(high == low, 1, high - low))


def _above_zero(problem: Problem) -> Problem:
    return _with_scores(problem, np.maximum(problem.scores, 0))


def _absolute(problem: Problem) -> Problem:
    return _with_scores(problem, np.abs(problem.scores))


def _reversed(problem: Problem) -> Problem:
    return _with_scores(problem, -problem.scores)


#: By its words, what is done to a problem before a definition is computed of it.
CHANGED: dict[Message, Callable[[Problem], Problem]] = {
    Message("centring by the test set's means"): _centred,
    Message("centring by the mean of both modalities"): _centred_together,
    Message("standardising by the test set"): _standardised,
    Message("standardising by both modalities"): _standardised_together,
    Message("centring by the test set's means, by dot product"): partial(_by_dot, _centred),
    Message("standardising by the test set, by dot product"): partial(_by_dot, _standardised),
    Message("taking the means of columns off"): partial(_less_means, 0),
    Message("taking the means of rows off"): partial(_less_means, 1),
    Message("standardising columns of scores"): partial(_standard_scores, 0),
    Message("standardising rows of scores"): partial(_standard_scores, 1),
    Message("stretching columns of scores"): partial(_stretched, 0),
    Message("stretching rows of scores"): partial(_stretched, 1),
    **{
        Message("a softmax over {sides}, scale {scale}", sides=Message(sides), scale=f"{scale:g}"): partial(
            _softmax_over, axis, scale
        )
        for axis, sides in enumerate(("columns", "rows"))
        for scale in (1.0, 10.0, 20.0, 50.0, 100.0)
    },
    **{
        Message("a softmax over both sides, scale {scale}", scale=f"{scale:g}"): partial(_dual_softmax, scale)
        for scale in (1.0, 10.0, 20.0, 50.0, 100.0)
    },
    **{
        Message("weighing by a softmax over columns, scale {scale}", scale=f"{scale:g}"): partial(_weighed, scale)
        for scale in (1.0, 10.0, 20.0, 50.0, 100.0)
    },
    Message("setting scores below zero to zero"): _above_zero,
    Message("taking the sizes of scores"): _absolute,
    Message("turning the ranking round"): _reversed,
}

#: Those that change vectors, too.
OF_VECTORS = tuple(list(CHANGED)[:4])

#: The kind of defect that each is.
KINDS = {
    name: "below_zero_dropped"
    if change is _above_zero
    else "wrong_sign"
    if change in (_absolute, _reversed)
    else "test_set_normalisation"
    for name, change in CHANGED.items()
}
