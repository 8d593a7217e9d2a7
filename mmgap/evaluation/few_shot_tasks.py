"""What few-shot classification is measured on: pools to draw from, images to test, class vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from mmgap.adapters.labelled_vectors import AdapterError, LabelledVectors, also_in, unit_rows
from mmgap.core.messages import Message, listed


@dataclass(frozen=True, eq=False)
class Task:
    """Images with classes, apart for drawing and for testing.

    Attributes:
        shots: what shots are drawn from.
        validation: what validation images are drawn from; None where they come of the same pool, apart from the shots.
        test: what is measured, none of it in the other two.
        classes: (C, d) unit class vectors.
        names: of the classes.
        notes: what a reader of a result must know.
    """

    shots: LabelledVectors
    validation: LabelledVectors | None
    test: LabelledVectors
    classes: np.ndarray
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def drawn(self, count: int, seed: int) -> tuple[LabelledVectors, LabelledVectors | None]:
        """Return ``count`` shots of each class, and as many validation images; fewer where a class has fewer.

        Of equal images one is drawn. The shots of a seed are among those of a larger count. Validation is None where
        nothing is left for it.
        """
        rng = np.random.default_rng(seed)
        order = _one_of_equals(self.shots, rng)
        places = _places(self.shots.labels[order])
        shots = self.shots.part(np.sort(order[places < count]))
        if self.validation is None:  # from the end of the order: never a shot
            left = self.shots.part(order[places >= count][::-1])
        else:
            left = self.validation.part(_one_of_equals(self.validation, rng))
        own = shots.counts(len(self.names))[left.labels]
        chosen = left.part(np.flatnonzero(_places(left.labels) < np.minimum(own, count)))
        return shots, chosen if len(chosen) else None

    def few(self, count: int) -> tuple[str, ...]:
        """Return the classes that have fewer than ``count`` different images to draw."""
        order = _one_of_equals(self.shots, np.random.default_rng(0))
        there = np.bincount(self.shots.labels[order], minlength=len(self.names))
        return tuple(name for name, number in zip(self.names, there, strict=True) if number < count)


def equal_rows(rows: np.ndarray) -> np.ndarray:
    """Return (N,) int64 labels: equal where rows are, after float32's rounding.

    >>> equal_rows(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])).tolist()
    [1, 0, 1]
    """
    found = np.unique(rows.astype(np.float32), axis=0, return_inverse=True)[1]
    return found.ravel().astype(np.int64)


def task_of_splits(
    splits: Mapping[str, tuple[ArrayLike, Sequence[str | None]]], classes: Mapping[str, ArrayLike]
) -> Task:
    """Return the task of a data set: shots from train, validation from validation, test from test.

    Args:
        splits: "train", "test", perhaps "validation" → (N, d) images, and the class of each, None where it has several
            or none: those are left out, and counted, as are images of a class without a train image, and measured ones
            whose vector is also in another split.
        classes: name → (d,) vector, at least of all classes of train.

    Raises:
        AdapterError: fewer than two classes in train, or nothing left to test.
    """
    names = tuple(sorted({name for name in splits["train"][1] if name is not None}))
    if len(names) < 2:
        raise AdapterError(f"train has {len(names)} class: at least two are needed to classify")
    numbers = {name: number for number, name in enumerate(names)}
    found, notes = {}, []
    for split, (images, own) in splits.items():
        kept = np.array([name in numbers for name in own], dtype=bool)
        found[split] = LabelledVectors(
            np.asarray(images)[kept], np.array([numbers[n] for n in own if n in numbers], int)
        )
        if lost := int((~kept).sum()):
            notes.append(
                Message(
                    "{n} of {all} {split} images are left out: several classes, none, or one that train lacks.",
                    n=lost,
                    all=len(kept),
                    split=split,
                )
            )
    test, validation = found["test"], found.get("validation")
    if validation is not None:
        validation = validation.part(~also_in(validation.images, found["train"].images))
    pools = [some.images for some in (found["train"], validation) if some is not None]
    copies = also_in(test.images, np.concatenate(pools))
    if copies.any():
        test = test.part(~copies)
        notes.append(
            Message(
                "{n} test images are left out: their vectors are also among train or validation.", n=int(copies.sum())
            )
        )
    if len(test) < 2:
        raise AdapterError("there are fewer than two images to test: none of them has a class that train has, too")
    return Task(found["train"], validation, test, _of_names(classes, names), names, tuple(notes))


def task_of_images(
    images: ArrayLike, own: Sequence[str | None], classes: Mapping[str, ArrayLike], seed: int = 0
) -> Task:
    """Return the task of one set of images: half of them are tested, the other half is what shots are drawn from.

    Args:
        images: (N, d).
        own: (N,) class of each, None where it has several or none: those are left out, and counted.
        classes: name → (d,) vector; classes that have no image to draw are left out, with their images.
        seed: of the halves, which are of clusters of equal images, apart in each class.

    Raises:
        AdapterError: fewer than two classes with different images in both halves.
    """
    rows = unit_rows(images, "images")
    if len(own) != len(rows):
        raise AdapterError(f"{len(rows)} images and {len(own)} labels: one label an image is needed")
    clusters, rng = equal_rows(rows), np.random.default_rng(seed)
    tested = np.zeros(len(rows), dtype=bool)
    for name in sorted({name for name in own if name is not None}):
        members = np.flatnonzero([one == name for one in own])
        groups = rng.permutation(np.unique(clusters[members]))
        tested[members] = np.isin(clusters[members], groups[: len(groups) // 2])
    tested |= np.isin(clusters, clusters[tested])  # equal images of two classes
    halves = {
        split: (rows[mask], [name for name, one in zip(own, mask, strict=True) if one])
        for split, mask in (("train", ~tested), ("test", tested))
    }
    task = task_of_splits(halves, classes)
    told = Message("A fixed half of the images of each class is tested, shots are drawn from the other.")
    return replace(task, notes=(told, *task.notes))


def few_note(task: Task, count: int) -> str | None:
    """Return which classes give fewer than ``count`` shots; None where all have as many."""
    if not (names := task.few(count)):
        return None
    return Message(
        "{n} of {all} classes have fewer than {count} images to draw and give what they have: {names}.",
        n=len(names),
        all=len(task.names),
        count=count,
        names=listed(names, 5),
    )


def _of_names(classes: Mapping[str, ArrayLike], names: Sequence[str]) -> np.ndarray:
    if missing := [name for name in names if name not in classes]:
        raise AdapterError(f"no class vector of {missing[0]!r} ({len(missing)} of {len(names)} classes have none)")
    return unit_rows(np.stack([np.asarray(classes[name]) for name in names]), "classes")


def _one_of_equals(pool: LabelledVectors, rng: np.random.Generator) -> np.ndarray:
    """Positions in a random order, one of each cluster of equal images."""
    order = rng.permutation(len(pool))
    _, first = np.unique(equal_rows(pool.images)[order], return_index=True)
    return order[np.sort(first)]


def _places(labels: np.ndarray) -> np.ndarray:
    """The how-manieth of its class each is, from 0."""
    order = np.argsort(labels, kind="stable")
    starts = np.flatnonzero(np.diff(labels[order], prepend=-1))
    found = np.empty(len(labels), dtype=np.int64)
    found[order] = np.arange(len(labels)) - np.repeat(starts, np.diff(starts, append=len(labels)))
    return found
