"""What a row says of a training: what came out, the curves behind it, and how well the trained pairs are known."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch

from mmgap.datasets import Dataset
from mmgap.encoders import Encoder
from mmgap.encoders.embed import embed
from mmgap.encoders.trainable import trainable
from mmgap.metrics.retrieval import DIRECTIONS, expected_recall_at_pool
from mmgap.metrics.unit_rows import normalised
from mmgap.rows.recorder import Recorder
from mmgap.training import artifact

#: Images of the train split that are measured at most.
SAMPLE = 500


def record_training(record: Recorder, folder: Path) -> None:
    """Record the telemetry of a trained encoder's folder: see `mmgap.training.history.History`."""
    about, history = artifact.about(folder), artifact.history(folder)
    for note in about.notes:
        record.note(note)
    arrays = history.arrays()
    copositives = arrays.pop("copositives")
    steps = len(arrays["step_loss"]) // about.epochs
    record("logit_scale", about.logit_scale)
    if "ce.tilt" in about.learned:
        for way, scale in artifact.loss(folder).scales(torch.tensor(about.logit_scale)).items():
            record(f"logit_scale_{way}", scale.item())
    record("epochs_run", about.epochs)
    record("best_epoch", about.best)
    record("steps", len(arrays["step_loss"]))
    record("copositives", copositives.mean())
    record.keep({**arrays, "steps_per_epoch": np.array([steps]), "chance": np.array([math.log(about.batch)])})


def record_train_recall(record: Recorder, encoder: Encoder, train: Dataset, *, pool: int, seed: int) -> None:
    """Record R@1 in pools of the train split, caption 0, both directions, any-of and by own pairs; of a sample."""
    chosen = np.sort(np.random.default_rng(seed).permutation(len(train.image_ids))[:SAMPLE])
    train = train.first_captions()
    if trainable(encoder).trunks_were_trained():  # else the towers' vectors of the whole split lie in the cache
        train, chosen = train.select(chosen), np.arange(len(chosen))
    if len(chosen) < pool:
        record.note("The train split has {n} images, too few for a pool of {pool}.", n=len(chosen), pool=pool)
        return
    found = embed(encoder, train)
    x, y = (normalised(v[chosen], "train vectors") for v in (found.images, found.texts))
    for suffix, relevance in (("", train.select(chosen).relevance("any")), ("_own", None)):
        for way in DIRECTIONS:
            value = expected_recall_at_pool(
                x, y, pool=pool, direction=way, relevance=relevance, owner=np.arange(len(x))
            )
            record(f"train_{way}_r1_pool{pool}{suffix}", value, n=len(x))
