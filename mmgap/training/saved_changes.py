"""What a training changed, read from its folder and put back into the models it started from."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmgap.core.checked_json import read_json
from mmgap.core.failures import is_memory
from mmgap.core.messages import reason
from mmgap.encoders.base import Encoder, EncoderError
from mmgap.encoders.trainable import TrainableEncoder
from mmgap.encoders.weights import file_hashes
from mmgap.training import artifact

if TYPE_CHECKING:
    import torch
    from torch import nn


@dataclass(frozen=True)
class SavedChanges:
    """The `mmgap.encoders.base.Changes` of a finished training.

    Attributes:
        folder: of `mmgap.training.artifact`.
        base: the encoder before training.
    """

    folder: Path
    base: Encoder

    def after(self, fingerprint: dict[str, Any]) -> dict[str, Any]:
        """Return a base's fingerprint with what every training since has changed."""
        return {**fingerprint, "trained": [*fingerprint.get("trained", ()), changed(self.folder)]}

    def touched(self, modality: str) -> bool:
        """Return whether the trunk of a tower was trained."""
        names = artifact.names(self.folder)
        return _adapted(self.folder, modality) or any(name.startswith(f"{modality}.trunk.") for name in names)

    def put_into(self, model: Any, modality: str) -> Any:
        """Return the model of one tower with its adapter merged and its trained weights in place."""
        from mmgap.encoders.tower_modules import backbone_of

        merge(backbone_of(model), self.folder, modality)
        prefix = f"{modality}.trunk.model."
        weights = artifact.weights(self.folder)
        inside = {name.removeprefix(prefix): v for name, v in weights.items() if name.startswith(prefix)}
        put(inside, dict(model.named_parameters()), self.folder)
        return model

    def projection_file(self) -> Path:
        """Return the file of the trained heads.

        Raises:
            EncoderError: it is damaged, or the base has other weights than those that were trained on.
        """
        artifact.check_base(self.folder, self.base)
        artifact.check(self.folder, artifact.PROJECTION)
        return self.folder / artifact.PROJECTION

    def put_back(self, encoder: TrainableEncoder) -> None:
        """Put everything that was trained, heads too, into the towers of the base.

        Raises:
            EncoderError: the base has other weights, or what was saved is damaged.
        """
        from mmgap.training.trainable_model import dual_of

        artifact.check_base(self.folder, self.base)
        for name, backbone in encoder.backbones().items():
            merge(backbone, self.folder, name)
        weights = {name: v for name, v in artifact.weights(self.folder).items() if not name.endswith("_shift")}
        put(weights, dict(dual_of(encoder).named_parameters()), self.folder)


def changed(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of the files that hold what was trained."""
    found = {artifact.WEIGHTS: file_hashes(folder)[artifact.WEIGHTS]}
    for adapter in sorted((folder / artifact.ADAPTER).glob("*")):
        found |= {f"{adapter.name}/{name}": digest for name, digest in file_hashes(adapter).items()}
    return found


def put(weights: dict[str, torch.Tensor], parameters: dict[str, nn.Parameter], folder: Path) -> None:
    """Put trained weights in their places.

    Raises:
        EncoderError: they belong to another model.
    """
    import torch

    with torch.no_grad():
        for name, value in weights.items():
            if name not in parameters or parameters[name].shape != value.shape:
                raise EncoderError(
                    f"{folder / artifact.WEIGHTS} does not fit: the model has no {name} of shape {tuple(value.shape)}."
                    " It is damaged, or was trained on another model: train it again"
                )
            parameters[name].copy_(value)


def _adapted(folder: Path, part: str) -> bool:
    """Return whether a training has, or should have, an adapter of this part."""
    prefix = f"{artifact.ADAPTER}/{part}"
    return (folder / prefix).is_dir() or any(name.startswith(f"{prefix}/") for name in artifact.about(folder).files)


def merge(model: nn.Module, folder: Path, part: str) -> None:
    """Put a saved adapter into the weights it was trained beside.

    Raises:
        EncoderError: it is damaged, or belongs to another model.
    """
    if not _adapted(folder, part):
        return
    adapter = folder / artifact.ADAPTER / part
    from peft import PeftModel, get_peft_model_state_dict
    from safetensors import safe_open

    try:
        artifact.check(folder, f"{artifact.ADAPTER}/{part}/")
        known = dict(read_json(adapter / "adapter_config.json"))
        with safe_open(adapter / "adapter_model.safetensors", framework="pt") as file:
            kept = set(file.keys())
        if known.get("peft_type") != "LORA" or known.get("megatron_config"):  # the latter imports what it names
            raise KeyError("its adapter_config.json is no description of LoRA or DoRA as mmgap train writes it")
        with warnings.catch_warnings():
            for told in ("Found missing adapter keys", "Unexpected keyword arguments"):
                warnings.filterwarnings("ignore", told)  # what is of consequence the next lines say
            adapted = PeftModel.from_pretrained(model, str(adapter))
        if strange := kept ^ set(get_peft_model_state_dict(adapted)):
            raise KeyError(f"{len(strange)} layers have no counterpart, {min(strange)} first")
    except Exception as error:
        if is_memory(error):
            raise
        raise EncoderError(
            f"{adapter} does not fit {type(model).__name__}: it is damaged, or was trained on another model"
            f" ({reason(error)})"
        ) from error
    adapted.merge_and_unload()
