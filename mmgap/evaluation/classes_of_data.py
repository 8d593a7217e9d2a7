"""The task of few-shot classification that a data set gives: its classes in words, its splits in vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mmgap.adapters.prompts import class_vectors, filled
from mmgap.core.cache import Cache
from mmgap.core.identity import since_first
from mmgap.datasets.base import digest
from mmgap.encoders.base import EncoderError, identity_of
from mmgap.encoders.embed import embed
from mmgap.evaluation.few_shot_tasks import Task, task_of_images, task_of_splits

if TYPE_CHECKING:
    import numpy as np

    from mmgap.datasets import Dataset
    from mmgap.encoders import Encoder


def task_of_data(encoder: Encoder, splits: Mapping[str, Dataset], templates: Sequence[str]) -> Task:
    """Return the task of a data set's splits: shots of train, validation of validation, test of test.

    Where there is no train split half of the images are tested and shots are drawn from the other.

    Args:
        encoder: of images, and of the prompts of the classes.
        splits: "test", perhaps "train" and "validation".
        templates: the ensemble of prompts, with ``{}`` where a class's name goes.

    Raises:
        DatasetError: the data set has no classes.
        EncoderError: images and prompts of different widths.
        AdapterError: fewer than two classes, or nothing to test.
    """
    own = {split: data.classes() for split, data in splits.items()}
    vectors = {split: embed(encoder, data) for split, data in splits.items()}
    names = sorted({name for some in own.values() for name in some if name is not None})
    texts = prompt_vectors(encoder, filled(templates, names))
    if (width := vectors["test"].images.shape[1]) != texts.shape[1]:
        raise EncoderError(
            f"{encoder.name} gives images {width} and texts {texts.shape[1]} dimensions: classes need one width"
        )
    classes = dict(zip(names, class_vectors(lambda _: texts, names, templates), strict=True))
    if "train" in splits:
        task = task_of_splits({split: (vectors[split].images, own[split]) for split in splits}, classes)
    else:
        task = task_of_images(vectors["test"].images, own["test"], classes)
    return replace(task, notes=(*splits["test"].footnotes, *vectors["test"].notes, *task.notes))


def prompt_vectors(encoder: Encoder, texts: Sequence[str]) -> np.ndarray:
    """Return (M, d) vectors of prompts, from the cache where they lie."""
    key = {
        "prompts": digest(texts),
        "encoder": encoder.fingerprint("text"),
        **since_first(encoder=identity_of(encoder)),
    }
    return Cache().arrays("prompts", key, lambda: {"vectors": encoder.encode_texts(list(texts))})["vectors"]
