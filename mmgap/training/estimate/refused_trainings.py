"""A polite refusal of what cannot fit, before its weights are loaded."""

from __future__ import annotations

from pathlib import Path

from mmgap.encoders import Encoder
from mmgap.encoders.trainable import trainable
from mmgap.training import artifact
from mmgap.training.data_splits import Splits
from mmgap.training.estimate.plan import plan
from mmgap.training.estimate.plan_text import refusal
from mmgap.training.recipe import Recipe, TrainingError
from mmgap.training.run import training_folder

#: Bytes of weights from which on it is worth the seconds that an estimate takes.
LARGE = 10**8


def check_room(encoder: Encoder, splits: Splits, recipe: Recipe, device: str) -> None:
    """Raise `TrainingError` where a large model's training needs more memory than there is; the message has the cures.

    A training that was finished before needs none. Of several processes each has its part of the batch: they are not
    checked.
    """
    sizes = (_weights(folder) for folder in trainable(encoder).model_folders())
    if max(sizes, default=0) < LARGE:
        return
    if artifact.finished(training_folder(encoder, splits, recipe)):
        return
    counts = (len(data.image_ids) for data in (splits.train, splits.validation))
    found = plan(encoder.name, recipe, *counts, device=device)
    if not found.fits:
        raise TrainingError(refusal(found))


def _weights(folder: Path) -> int:
    """Return the bytes of a model's weights."""
    return sum(file.stat().st_size for file in folder.glob("*.safetensors"))
