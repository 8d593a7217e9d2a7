"""The training loop: step by step through the epochs; watched and kept on disk after every one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from mmgap.core.progress import progress_bar
from mmgap.training.checkpoint import Checkpoint, optimiser_state, restore_optimiser
from mmgap.training.distributed import World
from mmgap.training.history import History
from mmgap.training.recipe import Recipe, TrainingError
from mmgap.training.trainable_model import Dual
from mmgap.training.training_pairs import TrainingPairs
from mmgap.training.training_step import TrainingStep
from mmgap.training.validation import NotFiniteError, Watched, alarms

#: Called after every epoch with its number and the history so far.
OnEpoch = Callable[[int, History], None]


class Trainer:
    """Trains a `Dual` on pairs, by a recipe.

    Args:
        dual: tuned; its parameters are changed.
        pairs: to train on.
        watched: looks at the validation split after every epoch.
        recipe: how.
        folder: of the checkpoint.
        key: digest of everything that changes the result, so that only its own checkpoint is taken up.
        device: where the model is.
        world: the processes that share each batch.
        on_epoch: called after every epoch.

    After `run`, ``history`` holds what happened, and ``dual`` the weights that ``recipe.keep`` asks for.
    """

    def __init__(
        self,
        dual: Dual,
        pairs: TrainingPairs,
        watched: Watched,
        recipe: Recipe,
        folder: Path,
        key: str,
        *,
        device: str = "cpu",
        world: World | None = None,
        on_epoch: OnEpoch | None = None,
    ) -> None:
        self.dual, self.pairs, self.watched, self.recipe = dual, pairs, watched, recipe
        self.folder, self.key, self.device = folder, key, device
        self.world, self.on_epoch = world or World(), on_epoch or (lambda epoch, history: None)
        self.step = TrainingStep(dual, recipe, device, self.world)
        self.history = History()
        self.best: dict[str, Tensor] = {}

    def run(self) -> History:
        """Train from the start, or from the folder's checkpoint, to the end.

        Raises:
            TrainingError: the loss is no longer finite, or a checkpoint could not be written; the last one is kept.
        """
        with _deterministic(self.recipe.deterministic), _generators(self.device):
            done = self._resumed()
            if done is None:
                done = 0
                self._watch(0, None)
            steps, name = self.pairs.order.steps, f"train {self.step.loss.name}"
            total = self.recipe.epochs * steps
            with progress_bar(
                total=total, initial=done * steps, desc=name, smoothing=0
            ) as bar:  # validation counts, too
                for epoch in range(done + 1, self.recipe.epochs + 1):
                    if self._patience_is_over(epoch - 1):
                        break
                    bar.set_description(f"{name}, epoch {epoch}/{self.recipe.epochs}", refresh=False)
                    self._epoch(epoch, bar)
            if self.recipe.keep == "best":
                self.step.load(self.best)
        return self.history

    def _epoch(self, epoch: int, bar: tqdm[Any]) -> None:
        order, recipe = self.pairs.order, self.recipe
        torch.manual_seed(int(np.random.SeedSequence((recipe.seed, epoch, self.world.rank)).generate_state(1)[0]))
        self.dual.train()
        batches = order.epoch(epoch)
        before = (epoch - 1) * order.steps
        for number, inputs in enumerate(self.pairs.ahead(batches, self.world)):
            try:
                found = self.step(*inputs, recipe.rate_at(before + number, recipe.epochs * order.steps))
            except TrainingError as error:
                raise self._lost(error, f"at step {number + 1} of epoch {epoch}", epoch) from error
            self.history.step(found)
            bar.set_postfix(self._told(found), refresh=False)
            bar.update()
        self.history.copositives.append(order.copositives(batches))
        told = "ce" in self.step.loss.weights and epoch >= min(2, recipe.epochs)  # a new task may begin above chance
        loss = float(np.mean(self.history.steps["step_ce"][-order.steps :])) if told else None
        try:
            self._watch(epoch, loss)
        except NotFiniteError as error:
            raise self._lost(error, f"after epoch {epoch}, of {order.steps} steps", epoch) from error

    def _lost(self, error: Exception, when: str, epoch: int) -> TrainingError:
        """What went wrong, when, what is kept and what may help."""
        recipe = self.recipe
        return TrainingError(
            f"{error} {when} ({recipe.loss}, rate {recipe.rate:g}, clip {recipe.clip}): nothing of this epoch is kept;"
            f" the checkpoint of epoch {epoch - 1} is in {self.folder}. Try a lower rate, clip=1, a longer warm-up or"
            " another precision"
        )

    def _watch(self, epoch: int, loss: float | None) -> None:
        """Curves of the epoch, alarms, checkpoint."""
        found = self.watched(self.dual, self.device)
        self.history.epoch(found)
        if epoch:
            start = {name: values[0] for name, values in self.history.epochs.items()}
            told = {alarm.partition(":")[0] for alarm in self.history.alarms}  # each kind once
            new = alarms(found, start, epoch, loss, self.pairs.order.size)
            self.history.alarms += [alarm for alarm in new if alarm.partition(":")[0] not in told]
        if self.recipe.keep == "best" and self.history.best == epoch:
            self.best = {name: p.detach().cpu().clone() for name, p in self.step.trained.items()}
        if self.world.first:
            names = {id(p): name for name, p in self.step.trained.items()}
            state = optimiser_state(self.step.optimiser, names)
            Checkpoint(epoch, self.step.weights(), self.best, state, self.history, self.key).save(self.folder)
        self.world.wait()
        self.on_epoch(epoch, self.history)

    def _resumed(self) -> int | None:
        """Take up the folder's checkpoint; how many epochs it has done, None where there is none."""
        found = Checkpoint.load(self.folder, self.key, self.step.trained)
        self.world.wait()  # none writes the first one before all have looked
        if found is None:
            return None
        self.step.load(found.weights)
        names = {id(p): name for name, p in self.step.trained.items()}
        restore_optimiser(self.step.optimiser, names, found.optimiser)
        self.history, self.best = found.history, found.best
        return found.epoch

    def _told(self, found: dict[str, float]) -> dict[str, str]:
        """What the bar says; a narrow terminal shows the first of it. R@1 is of validation, after the last epoch."""
        recall = self.history.recall(-1)
        return {
            "loss": f"{found['loss']:.3f}",
            "R@1": f"{100 * recall:.1f}",
            "gap": f"{found['gap']:.3f}",
            "chance": f"{math.log(self.pairs.order.size):.2f}",
            "uniformity": f"{float(self.history.epochs['curve_uniformity'][-1]):.2f}",
            "scale": f"{found['scale']:.1f}",
        }

    def _patience_is_over(self, done: int) -> bool:
        return self.recipe.patience is not None and done - self.history.best >= self.recipe.patience


@contextmanager
def _generators(device: str) -> Iterator[None]:
    """The random numbers of the CPU and of this device are, afterwards, where they were; others are not touched."""
    if not device.startswith("cuda"):
        with torch.random.fork_rng(devices=[]):
            yield
        return
    with torch.cuda.device(device), torch.random.fork_rng(devices=[torch.cuda.current_device()]):
        yield


@contextmanager
def _deterministic(asked: bool) -> Iterator[None]:
    before = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(asked or before)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)
