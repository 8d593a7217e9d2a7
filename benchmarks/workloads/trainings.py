"""What the training timings time: a step of the trainer beside a bare one, cached gradients beside plain ones."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mmgap import datasets, encoders, losses
from mmgap.datasets import Dataset
from mmgap.training.batch_order import Order
from mmgap.training.data_splits import Splits
from mmgap.training.loop import Trainer
from mmgap.training.model_inputs import pair_rows
from mmgap.training.recipe import Recipe
from mmgap.training.run import prepared_dual
from mmgap.training.training_pairs import TrainingPairs
from mmgap.training.validation import Watched


def glyphs(count: int) -> Splits:
    """So many glyphs of the train split, and a few to watch."""
    train, validation = (datasets.load("glyphs-en", split=split) for split in ("train", "validation"))
    return Splits(train.select(range(count)), validation.select(range(100)))


def trainer(splits: Splits, recipe: Recipe, encoder: str = "tiny-random") -> Trainer:
    """Ready to take steps."""
    made = encoders.load(encoder, seed=0)
    dual = prepared_dual(made, splits, recipe)
    pairs = TrainingPairs(*pair_rows(dual, made, splits.train), Order(splits.train, recipe))
    data: Dataset = splits.validation
    watched = Watched(*pair_rows(dual, made, data), np.arange(len(data.image_ids)), data.caption_groups, 0)
    return Trainer(dual, pairs, watched, recipe, Path(tempfile.mkdtemp()), "timing")


def epoch_steps(recipe: Recipe, count: int) -> tuple[Callable[[], None], Callable[[], None]]:
    """An epoch's steps by the trainer, and the same ones by a bare loop over another copy of the model."""
    splits = glyphs(count)
    ours, other = trainer(splits, recipe), trainer(splits, recipe)
    dual, loss = other.dual, losses.parse(recipe.loss)
    images, texts, order = other.pairs.images, other.pairs.texts, other.pairs.order
    parameters = [p for p in dual.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(parameters, lr=recipe.rate, weight_decay=0.0)

    def by_the_trainer() -> None:
        ours.dual.train()
        for number, inputs in enumerate(ours.pairs.ahead(order.epoch(1), ours.world)):
            ours.history.step(ours.step(*inputs, recipe.rate_at(number, order.steps)))
        ours.history.steps.clear()

    def bare() -> None:
        dual.train()
        for batch in order.epoch(1):
            optimiser.zero_grad()
            x, y = dual.images(images.take(batch.images)), dual.texts(texts.take(batch.texts))
            loss(x, y, logit_scale=dual.log_scale.exp().clamp(max=100)).backward()
            optimiser.step()

    return by_the_trainer, bare


def gradients(batch: int, chunk: int) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """A step with the gradient cached, and one without, on one batch."""
    cached, plain = (
        trainer(glyphs(batch), Recipe("ce", tuning="full", batch_size=batch, chunk=size)) for size in (chunk, None)
    )
    return tuple(_step(one) for one in (cached, plain))  # type: ignore[return-value]


def _step(one: Trainer) -> Callable[[], Any]:
    batch = one.pairs.order.epoch(1)[0]
    inputs = one.pairs.images.take(batch.images), one.pairs.texts.take(batch.texts)
    one.dual.train()
    return lambda: one.step(*inputs)


def step_memory(batch: int, chunk: int | None) -> float:
    """MB that steps on a batch add to the resident memory of a fresh process, at their peak."""
    code = f"""
        import json, pathlib, sys
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from trainings import Recipe, _step, glyphs, trainer

        def resident(field):
            lines = pathlib.Path("/proc/self/status").read_text().splitlines()
            return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))

        small = _step(trainer(glyphs(8), Recipe("ce", tuning="full", batch_size=8)))
        small()  # what torch loads at its first step
        step = _step(trainer(glyphs({batch}), Recipe("ce", tuning="full", batch_size={batch}, chunk={chunk})))
        pathlib.Path("/proc/self/clear_refs").write_text("5")  # the peak starts over
        before = resident("VmRSS")
        for _ in range(3):
            step()
        print(json.dumps(resident("VmHWM") - before))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout.splitlines()[-1]))
