"""Encoders by name: ``load("tiny-random")``; each family lives in one file and is added by one line here."""

from __future__ import annotations

from functools import partial
from typing import Any

from mmgap.core.registry import Registry
from mmgap.encoders.base import Encoder, EncoderError, Trainable, identified
from mmgap.encoders.copies import Copies, keep_copies
from mmgap.encoders.devices import devices_of

#: Factories ``(argument, *, device, dtype, batch_size, seed) -> Encoder``; ``argument`` is what stands behind the colon
#: of the spec, or None. Raise an entry's version (``version=2``) when its vectors change; ``shown`` are its specs in
#: the grid where its name alone is none. ``trained`` comes from a floor above, by an entry point in pyproject.toml.
registry: Registry[Any] = Registry("encoder", group="mmgap.encoders")
registry.lazy("tiny-random", "mmgap.encoders.tiny:random")
registry.lazy("tiny", "mmgap.encoders.tiny:trained")
registry.lazy(
    "two-towers",
    "mmgap.encoders.two_towers:load",
    shown=[
        *(f"two-towers:mobilenet-v2,minilm,{joined}" for joined in ("random", "procrustes", "cca", "ridge")),
        *(
            f"two-towers:efficientnet-lite2,{text},{joined}"
            for text in ("e5", "minilm")
            for joined in ("random", "cca")
        ),
    ],
)
registry.lazy("hf", "mmgap.encoders.hugging_face:load", shown=())
registry.lazy("clip-vit-b-32", "mmgap.encoders.hugging_face:clip_vit_b_32")
registry.lazy("clip-vit-l-14", "mmgap.encoders.hugging_face:clip_vit_l_14")
registry.lazy("vectors", "mmgap.encoders.vectors_encoder:load", shown=())


def load(
    spec: str, *, device: str = "cpu", dtype: str = "float32", batch_size: int | None = None, seed: int = 0
) -> Encoder:
    """Return the encoder that ``spec`` names; its model is loaded when it first encodes.

    Args:
        spec: ``"tiny-random"``, ``"two-towers:mobilenet-v2,minilm,random"``, ``"hf:ID_OR_PATH@REVISION"`` …
        device: ``"cpu"``, ``"cuda"``, ``"cuda:1"`` …; several, as ``"cuda:0,cuda:1"`` or ``"cuda:all"``, share large
            data sets (`mmgap.encoders.embed`), and the encoder itself is on the first.
        dtype: of the model's weights and activations, ``"float32"``, ``"float16"`` or ``"bfloat16"``.
        batch_size: items a forward pass takes; None lets the family choose.
        seed: of random weights; families without any ignore it.

    Raises:
        UnknownNameError: no such encoder.
        EncoderError: it exists but cannot be made as asked.
    """
    factory, argument = registry.resolve(spec)
    make, devices = partial(factory, argument, dtype=dtype, batch_size=batch_size, seed=seed), devices_of(device)
    encoder: Encoder = make(device=devices[0])
    identified(encoder, registry.identity(spec, type(encoder)))
    if len(devices) > 1:
        keep_copies(encoder, Copies(make, devices))
    return encoder


__all__ = ["Encoder", "EncoderError", "Trainable", "load", "registry"]
