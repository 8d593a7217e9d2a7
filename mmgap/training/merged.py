"""A trained encoder as whole models on disk, as their libraries read them."""

from __future__ import annotations

from pathlib import Path

from mmgap import encoders
from mmgap.encoders import EncoderError
from mmgap.encoders.loading import quiet
from mmgap.encoders.two_towers import ProjectedTowers
from mmgap.training.encoder import TrainedDual
from mmgap.training.saved import PROJECTION


def write_merged(source: str, out: Path) -> str:
    """Write ``trained:SOURCE`` as a folder of its own; the spec that loads it.

    A dual encoder becomes one model of transformers (``hf:OUT``); two towers an image model, a sentence-transformers
    model and their projection (``two-towers:OUT/image,OUT/text,OUT/projection.safetensors``).

    Raises:
        EncoderError: the folder holds something already, or the encoder has a shift that no model of transformers has.
        MissingDataError: there is no such trained encoder.
    """
    if out.exists() and any(out.iterdir()):
        raise EncoderError(f"{out} is there already; name another folder, or remove it")
    encoder = encoders.load(f"trained:{source}")
    if isinstance(encoder, TrainedDual):
        if encoder.shifts:
            raise EncoderError(f"{encoder.name} started amended: its shift has no place in a model of transformers")
        parts = encoder.parts
        with quiet():
            for part in (parts.model, parts.image_processor, parts.tokenizer):
                part.save_pretrained(out)
        return f"hf:{out}"
    assert isinstance(encoder, ProjectedTowers)
    model, processor = encoder.raw.images.parts
    with quiet():
        for part in (model, processor):
            part.save_pretrained(out / "image")
        encoder.raw.texts.model.save_pretrained(str(out / "text"))
    encoder.projection.map(encoder.raw.images.width, encoder.raw.texts.width).save(out / PROJECTION)
    return f"two-towers:{out / 'image'},{out / 'text'},{out / PROJECTION}"
