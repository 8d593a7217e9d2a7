"""Which pairs make which batch: drawn anew each epoch from the seed alone, so that a resumed run sees the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmgap.datasets import Dataset
from mmgap.training.recipe import Recipe, TrainingError

#: Part of the key of a training whose equal captions are kept apart; raised when their batches change.
APART_FORMAT = 2


@dataclass(frozen=True, eq=False)
class Batch:
    """Rows of images and of the texts that belong to them, both (n,); by how much each picture is moved, (n, 2)."""

    images: np.ndarray
    texts: np.ndarray
    offsets: np.ndarray


class Order:
    """The batches of every epoch of a training split.

    Args:
        train: the split.
        recipe: of it the seed, the size of a batch, and which captions and co-positives.
        processes: that share each batch in equal parts; what is left over by that makes a batch smaller.

    Raises:
        TrainingError: there are more processes than pairs in a batch.

    Attributes:
        pairs: that an epoch is made of, the rest that makes no batch counted.
        size: pairs of a batch.
        steps: batches of an epoch.
    """

    def __init__(self, train: Dataset, recipe: Recipe, processes: int = 1) -> None:
        n = min(len(train.image_ids), recipe.pairs or len(train.image_ids))
        self.recipe, self.pairs = recipe, n
        self.size = min(recipe.batch_size, n) // processes * processes
        if not self.size:
            raise TrainingError(
                f"a batch of {min(recipe.batch_size, n)} pairs cannot be shared by {processes} processes: start fewer"
            )
        self.steps = n // self.size
        self._first, counts = np.unique(train.owner, return_index=True, return_counts=True)[1:]
        self._counts = counts if recipe.train_captions == "all" else np.ones_like(counts)
        self._groups = train.caption_groups

    def epoch(self, number: int) -> list[Batch]:
        """The batches of epoch 1, 2, …: a permutation of the images, or its start, each with one of its captions."""
        generator = np.random.default_rng((self.recipe.seed, number))
        images = generator.permutation(len(self._first))
        texts = self._first[images] + generator.integers(self._counts[images])
        if self.recipe.copositives == "apart":
            order = self._apart(texts[: self.pairs], generator)
            images, texts = images[order], texts[order]
        most = self.recipe.shift
        offsets = generator.integers(-most, most + 1, size=(len(images), 2))
        cuts = [slice(self.size * step, self.size * (step + 1)) for step in range(self.steps)]
        return [Batch(images[cut], texts[cut], offsets[cut]) for cut in cuts]

    def copositives(self, batches: list[Batch]) -> float:
        """Share of the pairs whose caption another pair of their batch has too: false negatives, in [0, 1]."""
        shared = [
            np.isin(groups, (found := np.unique(groups, return_counts=True))[0][found[1] > 1]).mean()
            for groups in (self._groups[batch.texts] for batch in batches)
        ]
        return float(np.mean(shared))

    def _apart(self, texts: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """An order of the pairs, (n,), with no caption twice in a batch, but for captions of more pairs than batches.

        Each pair of a caption goes to another batch: drawn at random, by the room that is left; or, where a caption
        then finds no place, to those with the most room. The rest that makes no batch counts as one, and takes first
        what is too much for all of them: nothing is trained on it.
        """
        found, room, whole = self._dealt(texts, generator, drawn=True)
        if not whole:
            found, room, _ = self._dealt(texts, generator, drawn=False)
        found[found < 0] = np.repeat(np.arange(len(room)), room)  # captions of one pair alone fill what is left
        return np.argsort(found, kind="stable")

    def _dealt(
        self, texts: np.ndarray, generator: np.random.Generator, drawn: bool
    ) -> tuple[np.ndarray, np.ndarray, bool]:
        """The batch of each pair whose caption others have, else −1; each batch's room; whether all found a place."""
        groups = self._groups[texts]
        left = len(texts) % self.size
        room = np.array([self.size] * self.steps + [left] * (left > 0))
        found, whole = np.full(len(texts), -1), True
        by_group = np.argsort(groups, kind="stable")
        runs = np.split(by_group, np.flatnonzero(np.diff(groups[by_group])) + 1)
        shared = sorted((run for run in runs if len(run) > 1), key=len, reverse=True)
        for k, members in enumerate(shared):
            over = members[len(room) :][: room[-1] if left else 0]
            found[over], shared[k] = self.steps, np.setdiff1d(members, over, assume_unique=True)
            room[-1] -= len(over)
        for members in shared:
            chance = generator.random(len(room))
            order = np.argsort(np.log(chance) / np.maximum(room, 1e-9) if drawn else room + chance)[::-1]
            batches = order[room[order] > 0][: len(members)]
            found[members[: len(batches)]] = batches
            room[batches] -= 1
            whole &= len(batches) == min(len(members), len(room))
        return found, room, whole
