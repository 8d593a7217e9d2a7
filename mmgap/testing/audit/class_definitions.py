"""What is computed from predicted classes: precision, recall and F1, over classes in each way of averaging."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
from sklearn.metrics import precision_recall_fscore_support

from mmgap.core.messages import Message
from mmgap.testing.audit.definition import Definition
from mmgap.testing.audit.problem import Problem

_PLACES = {"class_precision": 0, "class_recall": 1, "f1": 2}


def _averaged(place: int, average: str, everywhere: bool, problem: Problem, _ties: str) -> float:
    if problem.kind not in ("pairs", "classes"):
        return float("nan")
    predicted, right = problem.scores.argmax(axis=1), problem.targets
    labels = np.arange(problem.scores.shape[1]) if everywhere else None
    found = precision_recall_fscore_support(right, predicted, labels=labels, average=average, zero_division=0)
    return float(found[place])


def class_definitions() -> Iterator[Definition]:
    """Yield each of them: rows are samples, columns are classes."""
    names = {"class_precision": Message("precision"), "class_recall": Message("recall"), "f1": "F1"}
    for quantity, place in _PLACES.items():
        for average, everywhere in (("macro", False), ("macro", True), ("weighted", False)):
            over = Message("classes without a sample count as 0") if everywhere else Message("classes that occur")
            words = Message(
                "{quantity} of classes, {average} mean, {over}", quantity=names[quantity], average=average, over=over
            )
            yield Definition(quantity, None, words, partial(_averaged, place, average, everywhere), "rows")
