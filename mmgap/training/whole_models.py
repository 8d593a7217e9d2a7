"""A trained encoder as whole models on disk, as their libraries read them."""

from __future__ import annotations

from pathlib import Path

from mmgap.core.atomic import whole_folder
from mmgap.core.paths import new_folder
from mmgap.encoders import Encoder, EncoderError
from mmgap.encoders.loading import quiet
from mmgap.encoders.two_towers import ProjectedTowers
from mmgap.training.artifact import PROJECTION
from mmgap.training.trained_encoder import TrainedDual


def write_merged(encoder: Encoder, out: Path) -> str:
    """Write a trained encoder as a folder of its own; the spec that loads it.

    A dual encoder becomes one model of transformers (``hf:OUT``); two towers an image model, a sentence-transformers
    model and their projection (``two-towers:OUT/image,OUT/text,OUT/projection.safetensors``).

    Raises:
        FileExistsError: there is something already.
        EncoderError: the encoder has a shift that no model of transformers has, or is one from outside.
    """
    new_folder(out)
    if isinstance(encoder, TrainedDual):
        if encoder.shifts:
            raise EncoderError(f"{encoder.name} started amended: its shift has no place in a model of transformers")
        parts = encoder.parts
        with whole_folder(out.resolve()) as temporary, quiet():
            for part in (parts.model, parts.image_processor, parts.tokenizer):
                part.save_pretrained(temporary)
        return f"hf:{out}"
    if not isinstance(encoder, ProjectedTowers):
        raise EncoderError(f"{encoder.name} has no whole model that a library reads: it stays trained:FOLDER")
    model, processor = encoder.raw.images.parts
    heads = encoder.projection.map(encoder.raw.images.width, encoder.raw.texts.width)
    with whole_folder(out.resolve()) as temporary, quiet():
        for part in (model, processor):
            part.save_pretrained(temporary / "image")
        encoder.raw.texts.model.save_pretrained(str(temporary / "text"))
        heads.save(temporary / PROJECTION, logit_scale=encoder.logit_scale())
    return f"two-towers:{out / 'image'},{out / 'text'},{out / PROJECTION}"
