"""A trained encoder as whole models on disk, as their libraries read them."""

from __future__ import annotations

from pathlib import Path

from mmgap.core.atomic import whole_folder
from mmgap.core.paths import new_folder
from mmgap.encoders import Encoder
from mmgap.encoders.loading import quiet
from mmgap.encoders.trainable import trainable


def write_merged(encoder: Encoder, out: Path) -> str:
    """Write a trained encoder as a folder of its own, and return the spec that loads it.

    A dual encoder becomes one model of transformers (``hf:OUT``); two towers an image model, a sentence-transformers
    model and their projection (``two-towers:OUT/image,OUT/text,OUT/projection.safetensors``).

    Raises:
        FileExistsError: there is something already.
        EncoderError: the encoder has a shift that no model of transformers has, or no library reads it.
    """
    new_folder(out)
    with whole_folder(out) as temporary, quiet():
        spec = trainable(encoder).write_whole(temporary, encoder.logit_scale())
    return spec.format(out=out)
