"""Dual encoders of the Hugging Face hub or of a local folder: CLIP, SigLIP, VisionTextDualEncoder and their like."""

from __future__ import annotations

import math
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmgap.core.messages import quoted
from mmgap.encoders.base import EncoderError
from mmgap.encoders.dual import DualEncoder, Parts, require_dual
from mmgap.encoders.model_options import Options
from mmgap.encoders.weights import file_hashes, locate, split_revision

if TYPE_CHECKING:
    from mmgap.encoders.blueprint import Blueprint

#: Model types whose text side was trained on texts padded to full length.
_PADDED_FULLY = ("siglip", "siglip2")

#: Tokens of a text that a model without any limit gets.
MOST = 1 << 16


class HuggingFaceEncoder(DualEncoder):
    """Any model of transformers with ``get_image_features`` and ``get_text_features``.

    Args:
        source: hub id or folder; see `mmgap.encoders.weights.locate` for where an id is looked for.
        revision: branch, tag or commit of the hub.
        name: the spec it was made from.
        options: device, dtype, batch size.
    """

    def __init__(self, source: str, revision: str | None, name: str, options: Options) -> None:
        super().__init__(name, options)
        self.source, self.revision = source, revision

    @cached_property
    def folder(self) -> Path:
        """Where the model's files are, downloaded now if need be. Raises as `locate`."""
        return locate(self.source, self.revision)

    @cached_property
    def _hashes(self) -> dict[str, str]:
        return file_hashes(self.folder)

    def fingerprint(self, modality: str | None = None) -> dict[str, Any]:
        """Return the content of every file of the model, the options, and how vectors are read off it."""
        return {
            "encoder_family": "hugging_face",
            "model": Path(self.source).name,
            "model_revision": self.revision,
            "model_files": self._hashes,
            "pooling": "projected pooler_output",
            "image_backend": "pil",
            **self.options.fingerprint(),
        }

    def model_folders(self) -> list[Path]:
        """Return the one folder."""
        return [self.folder]

    def blueprint(self) -> Blueprint:
        """Return the model's configuration; no weights are read."""
        from mmgap.encoders.blueprint import ModelBlueprint
        from mmgap.encoders.model_sources import ModelSource

        source = ModelSource.of(self.source, self.revision)
        return ModelBlueprint({"model": source.config()}, {"model": source})

    def logit_scale(self) -> float | None:
        """e^τ by the parameter ``logit_scale`` as saved, read without loading the model; None where there is none."""
        from safetensors import safe_open

        from mmgap.encoders.loading import require_whole

        require_whole(self.folder, self.name)
        for file in sorted(self.folder.glob("*.safetensors")):
            with safe_open(file, framework="pt") as weights:
                if "logit_scale" in weights.keys():  # noqa: SIM118 - it is no dict
                    return math.exp(weights.get_tensor("logit_scale").double().item())
        return None

    def _load(self) -> Parts:
        from mmgap.encoders.loading import load_image_processor, load_model, load_tokenizer, text_positions

        model = load_model(self.folder, self.options, self.name)
        require_dual(model, self.name)
        tokenizer = load_tokenizer(self.folder, self.name)
        text = getattr(model.config, "text_config", model.config)
        told = (tokenizer.model_max_length, getattr(text, "max_position_embeddings", None))
        room = text_positions(model) if hasattr(model, "text_model") else None
        limit = min(number for number in (*told, room) if number is not None)
        padding = "max_length" if model.config.model_type in _PADDED_FULLY else True
        return Parts(model, load_image_processor(self.folder, self.name), tokenizer, min(limit, MOST), padding)


def load(argument: str | None, *, device: str, dtype: str, batch_size: int | None, seed: int) -> HuggingFaceEncoder:
    """Return ``hf:ID_OR_PATH[@REVISION]``; the seed is of no use here.

    Raises:
        EncoderError: no model is named, or an option is wrong.
    """
    if not argument:
        raise EncoderError("hf: names no model; give hf:OWNER/NAME, hf:OWNER/NAME@REVISION or hf:FOLDER")
    source, revision = split_revision(argument)
    return HuggingFaceEncoder(source, revision, f"hf:{argument}", Options.choose(device, dtype, batch_size, cpu=16))


def clip_vit_b_32(
    argument: str | None, *, device: str, dtype: str, batch_size: int | None, seed: int
) -> HuggingFaceEncoder:
    """Return ``clip-vit-b-32``: OpenAI's CLIP ViT-B/32, 512-d, of the practices and of Liang et al. 2022."""
    return _alias(
        "clip-vit-b-32", "openai/clip-vit-base-patch32", argument, Options.choose(device, dtype, batch_size, cpu=32)
    )


def clip_vit_l_14(
    argument: str | None, *, device: str, dtype: str, batch_size: int | None, seed: int
) -> HuggingFaceEncoder:
    """Return ``clip-vit-l-14``: OpenAI's CLIP ViT-L/14, 768-d, of the training experiments."""
    return _alias(
        "clip-vit-l-14", "openai/clip-vit-large-patch14", argument, Options.choose(device, dtype, batch_size, cpu=4)
    )


def _alias(name: str, source: str, argument: str | None, options: Options) -> HuggingFaceEncoder:
    if argument is not None:
        raise EncoderError(
            f"{name} takes no argument, got {quoted(argument)!r}; a revision is asked for by hf:{source}@REVISION"
        )
    return HuggingFaceEncoder(source, None, name, options)
