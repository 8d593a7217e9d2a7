"""The training loop: batches, loss, gradient, AdamW; watched and kept on disk after every epoch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from mmgap import losses
from mmgap.core.progress import progress_bar
from mmgap.core.read_ahead import read_ahead
from mmgap.losses.row_products import Given
from mmgap.training.batch_order import Batch, Order
from mmgap.training.checkpoint import Checkpoint, optimiser_state, restore_optimiser
from mmgap.training.distributed import World
from mmgap.training.gradient_cache import ChunkedInputs, cached_backward, plain_backward
from mmgap.training.history import History
from mmgap.training.model_inputs import TowerRows, in_chunks, moved, on
from mmgap.training.recipe import Recipe, TrainingError
from mmgap.training.trainable_model import Dual
from mmgap.training.validation import NotFiniteError, Watched, alarms

#: What changes of a gradient scaler.
_SCALER = ("scale", "_growth_tracker")

#: Called after every epoch with its number and the history so far.
OnEpoch = Callable[[int, History], None]


@dataclass(frozen=True, eq=False)
class TrainingPairs:
    """What is trained on.

    Attributes:
        images, texts: rows of the train split, as the towers take them.
        order: its batches.
        extra: what the loss needs besides vectors, by name, each made from the rows of a batch's texts
            (`mmgap.training.extra_inputs`).
    """

    images: TowerRows
    texts: TowerRows
    order: Order
    extra: Mapping[str, Callable[[np.ndarray], Given]] = field(default_factory=dict)

    def read(self, batch: Batch, world: World) -> tuple[Any, Any, dict[str, Given]]:
        """A process's share of a batch, as the towers take it, and what the loss needs of the whole batch."""
        images = self.images.take(world.share(batch.images))
        if batch.offsets.any() and not images.is_floating_point():  # features of a frozen trunk stay where they are
            images = moved(images, world.share(batch.offsets))
        extra = {name: made(batch.texts) for name, made in self.extra.items()}
        return images, self.texts.take(world.share(batch.texts)), extra

    def ahead(self, batches: list[Batch], world: World) -> Iterator[tuple[Any, Any, dict[str, Given]]]:
        """Yield `read` of every batch; the next one is read during a step."""
        return read_ahead(lambda batch: self.read(batch, world), batches)


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
        self.loss = losses.parse(recipe.loss).to(device)
        self.trained = {name: p for name, p in dual.named_parameters() if p.requires_grad}
        self.trained |= {f"loss.{name}": p for name, p in self.loss.named_parameters()}
        self.optimiser = self._adamw()
        self.scaler = torch.amp.GradScaler(device.split(":")[0], enabled=recipe.precision == "float16")
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
            steps, name = self.pairs.order.steps, f"train {self.loss.name}"
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
                self._load(self.best)
        return self.history

    def step(
        self, images: Any, texts: Any, extra: Mapping[str, Given] | None = None, rate: float = 1.0
    ) -> dict[str, float]:
        """One step on a batch's inputs, as `TrainingPairs.read` gives them; what happened, by name.

        Raises:
            TrainingError: the loss is not finite. The parameters are as they were.
        """
        recipe, dual = self.recipe, self.dual
        seen: dict[str, Tensor] = {}

        def criterion(x: Tensor, y: Tensor) -> Tensor:
            x, y = self.world.gathered(x), self.world.gathered(y)
            needed = {name: value.to(self.device) for name, value in (extra or {}).items()}
            parts = self.loss.parts(x, y, logit_scale=dual.scale, **needed)
            loss = self.loss.total(parts)
            seen.update({name: part.detach() for name, part in parts.items()})
            seen["loss"], seen["gap"] = loss.detach(), (x.detach().mean(0) - y.detach().mean(0)).norm()
            if not torch.isfinite(seen["loss"]):
                raise TrainingError(f"the loss is {float(seen['loss'])}")
            return self.scaler.scale(loss)

        def side(encode: Callable[[Any], Tensor], inputs: Any) -> ChunkedInputs:
            def cast(chunk: Any) -> Tensor:
                with self._autocast():
                    return encode(on(self.device, chunk))

            return ChunkedInputs(cast, in_chunks(inputs, recipe.chunk))

        backward = plain_backward if recipe.chunk is None else cached_backward
        self.optimiser.zero_grad(set_to_none=True)
        backward(side(dual.images, images), side(dual.texts, texts), criterion)
        self.world.average(self.trained.values())
        self.scaler.unscale_(self.optimiser)
        norm = torch.nn.utils.clip_grad_norm_(self.trained.values(), recipe.clip or math.inf)
        if not self.scaler.is_enabled() and not torch.isfinite(norm):
            raise TrainingError(f"the gradient has a norm of {float(norm)}")
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group["peak"]
        self.scaler.step(self.optimiser)
        self.scaler.update()
        with torch.no_grad():  # beyond the clamp it would have no gradient to come back by
            dual.log_scale.clamp_(max=math.log(recipe.scale_max))
            scales = {f"scale_{way}": value for way, value in self.loss.scales(dual.scale).items()}
        seen |= {"scale": dual.scale.detach(), **scales, "norm": norm.detach()}
        found = dict(zip(seen, torch.stack([value.float() for value in seen.values()]).tolist(), strict=True))
        return {**found, "rate": rate * recipe.rate}

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
        told = "ce" in self.loss.weights and epoch >= min(2, recipe.epochs)  # a new task may begin above chance
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
            self.best = {name: p.detach().cpu().clone() for name, p in self.trained.items()}
        if self.world.first:
            names = {id(p): name for name, p in self.trained.items()}
            state = optimiser_state(self.optimiser, names)
            Checkpoint(epoch, self._weights(), self.best, state, self.history, self.key).save(self.folder)
        self.world.wait()
        self.on_epoch(epoch, self.history)

    def _resumed(self) -> int | None:
        """Take up the folder's checkpoint; how many epochs it has done, None where there is none."""
        found = Checkpoint.load(self.folder, self.key, self.trained)
        self.world.wait()  # none writes the first one before all have looked
        if found is None:
            return None
        self._load(found.weights)
        names = {id(p): name for name, p in self.trained.items()}
        restore_optimiser(self.optimiser, names, found.optimiser)
        self.history, self.best = found.history, found.best
        return found.epoch

    def _weights(self) -> dict[str, Tensor]:
        state = self.scaler.state_dict()  # empty where there is none
        scaler = {f"scaler.{name}": torch.tensor(state[name]) for name in _SCALER if name in state}
        return {**{name: p.detach() for name, p in self.trained.items()}, **scaler}

    def _load(self, weights: dict[str, Tensor]) -> None:
        with torch.no_grad():
            for name, parameter in self.trained.items():
                parameter.copy_(weights[name])
        if saved := {name: weights[f"scaler.{name}"].item() for name in _SCALER if f"scaler.{name}" in weights}:
            self.scaler.load_state_dict({**self.scaler.state_dict(), **saved})

    def _adamw(self) -> torch.optim.AdamW:
        """Decay for matrices alone; the heads at a rate of their own where the recipe has one."""
        recipe = self.recipe
        groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
        for name, parameter in self.trained.items():
            head = name.startswith(("image.head.", "text.head."))
            rate = recipe.head_rate if head and recipe.head_rate is not None else recipe.rate
            groups.setdefault((rate, recipe.weight_decay if parameter.ndim > 1 else 0.0), []).append(parameter)
        return torch.optim.AdamW(
            [{"params": p, "lr": rate, "peak": rate, "weight_decay": decay} for (rate, decay), p in groups.items()],
            betas=(0.9, recipe.beta2),
            fused=True,
        )

    def _autocast(self) -> Any:
        if self.recipe.precision == "float32":
            return nullcontext()
        return torch.autocast(self.device.split(":")[0], getattr(torch, self.recipe.precision))

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
