"""What an experiment records of an adapter: accuracy by shots, over seeds, beside zero-shot on the same images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mmgap import stats
from mmgap.adapters import ZERO_SHOT, Adapter, AdapterError, parse
from mmgap.adapters.adapter import SCALE
from mmgap.core.messages import listed
from mmgap.evaluation.few_shot_tasks import Task, equal_rows, few_note
from mmgap.rows.recorder import Recorder

#: How many shots of each class, and with how many draws of them.
SHOTS, SEEDS = (1, 2, 4, 8, 16), 3


class NoValidationImagesError(AdapterError):
    """An adapter that is to be chosen on validation images, of which the shots leave none."""


def record_adapter(
    record: Recorder,
    adapter: Adapter,
    task: Task,
    *,
    shots: Sequence[int] = SHOTS,
    seeds: int = SEEDS,
    scale: float = SCALE,
) -> None:
    """Record the accuracy of an adapter by shots, ``accuracy_shots1`` …, and what it gains over zero-shot.

    ``accuracy_zero_shot`` is that of the same test images; ``gain_shots1`` … are points, paired on them, with intervals
    over clusters of equal images and over seeds. An adapter that is tuned on the test images also gets ``leak_shots1``
    …: its accuracy less that of the same adapter chosen on validation, else with its constants; and a note. An adapter
    that is chosen on validation has no value where the shots leave no validation image; a note says so.

    Args:
        record: the recording door; of each test image it keeps ``hit_zero_shot`` and ``hit_shots1`` … (mean over the
            seeds), ``class`` and ``cluster``.
        adapter: of `mmgap.adapters.parse`.
        task: of `mmgap.evaluation.few_shot_tasks`.
        shots: of each class.
        seeds: draws of the shots, and of all that is random in an adapter.
        scale: of cosines in logits.

    Raises:
        NoValidationImagesError: an adapter that is chosen on validation, and none of the numbers of shots leaves any.
    """
    chosen = [count for count in shots if adapter.select != "val" or leaves_validation(task, count, seeds)]
    if not chosen:
        raise NoValidationImagesError(
            f"{adapter.spec} is chosen on validation images, and {listed([str(count) for count in shots], 5)} shots of"
            " each class leave none: take select=fixed, fewer shots, or a data set with a validation split"
        )
    clusters = equal_rows(task.test.images)
    record.keep({"cluster": clusters, "class": task.test.labels})
    for note in task.notes:
        record.note(note)
    before = hits(parse(ZERO_SHOT), task, 1, 1, scale)
    _record_share(record, "accuracy_zero_shot", before[0], clusters)
    record.keep({"hit_zero_shot": before[0]})
    for count in chosen:
        after = hits(adapter, task, count, seeds, scale)
        mean = after.mean(axis=0)
        _record_share(record, f"accuracy_shots{count}", mean, clusters)
        record.keep({f"hit_shots{count}": mean})
        if adapter.name == ZERO_SHOT:
            continue
        _record_points(record, f"gain_shots{count}", np.repeat(before, seeds, axis=0), after, clusters)
        if adapter.leaky:
            validated = leaves_validation(task, count, seeds)
            honest = replace(adapter, select="val" if validated else "fixed", protocol="honest")
            _record_points(record, f"leak_shots{count}", hits(honest, task, count, seeds, scale), after, clusters)
        if (few := few_note(task, count)) is not None:
            record.note(few)
    if left := [str(count) for count in shots if count not in chosen]:
        record.note("No value at {counts} shots: they leave no validation image to choose by.", counts=listed(left, 5))
    record("n_classes", len(task.names))
    record("n_test", len(task.test))
    if adapter.leaky:
        record.note("LEAKY: tuned on the images that it is measured on, as published; the leak is stated in points.")


def leaves_validation(task: Task, count: int, seeds: int) -> bool:
    """Return whether every draw of ``count`` shots of each class leaves validation images."""
    return all(task.drawn(count, seed)[1] is not None for seed in range(seeds))


def hits(adapter: Adapter, task: Task, count: int, seeds: int, scale: float = SCALE) -> np.ndarray:
    """Return (S, N) float64: 1 where a test image is given its class, by shots that each seed draws."""
    found = []
    for seed in range(seeds):
        shots, validation = task.drawn(count, seed)
        judged = {"validation": validation} if adapter.select == "val" else {}
        judged |= {"test": task.test} if adapter.leaky else {}
        fitted = adapter.fit(shots, task.classes, seed=seed, scale=scale, **judged)
        found.append(fitted.logits(task.test.images).argmax(axis=1) == task.test.labels)
    return np.array(found, dtype=np.float64)


def _record_share(record: Recorder, name: str, items: np.ndarray, clusters: np.ndarray) -> None:
    ends = stats.share_interval(items, clusters=clusters)
    record(name, ends.value, ci=(ends.low, ends.high), n=len(items))


def _record_points(record: Recorder, name: str, before: np.ndarray, after: np.ndarray, clusters: np.ndarray) -> None:
    ends = stats.contrast(before, after, clusters=clusters, shares=True).difference
    record(name, 100 * ends.value, ci=(100 * ends.low, 100 * ends.high), n=before.shape[1])
