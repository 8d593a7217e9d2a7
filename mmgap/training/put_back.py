"""What a training changed, put back into the model it started from."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmgap.core.checked_json import read_json
from mmgap.core.failures import is_memory
from mmgap.core.messages import reason
from mmgap.encoders.base import EncoderError
from mmgap.training import artifact as saved

if TYPE_CHECKING:
    import torch
    from torch import nn


def touched(folder: Path, modality: str) -> bool:
    """Whether the trunk of a tower was trained."""
    return _adapted(folder, modality) or any(name.startswith(f"{modality}.trunk.") for name in saved.names(folder))


def with_changes(model: Any, folder: Path, modality: str) -> Any:
    """The model of one tower with its adapter merged and its trained weights in place."""
    from mmgap.training.trainable_model import backbone_of

    backbone = backbone_of(model)
    merge(backbone, folder, modality)
    prefix = f"{modality}.trunk.model."
    changed = {n.removeprefix(prefix): v for n, v in saved.weights(folder).items() if n.startswith(prefix)}
    put(changed, dict(model.named_parameters()), folder)
    return model


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
                    f"{folder / saved.WEIGHTS} does not fit: the model has no {name} of shape {tuple(value.shape)}."
                    " It is damaged, or was trained on another model: train it again"
                )
            parameters[name].copy_(value)


def _adapted(folder: Path, part: str) -> bool:
    """Whether a training has, or should have, an adapter of this part."""
    prefix = f"{saved.ADAPTER}/{part}"
    return (folder / prefix).is_dir() or any(name.startswith(f"{prefix}/") for name in saved.about(folder).files)


def merge(model: nn.Module, folder: Path, part: str) -> None:
    """Put a saved adapter into the weights it was trained beside.

    Raises:
        EncoderError: it is damaged, or belongs to another model.
    """
    if not _adapted(folder, part):
        return
    adapter = folder / saved.ADAPTER / part
    from peft import PeftModel, get_peft_model_state_dict
    from safetensors import safe_open

    try:
        saved.check(folder, f"{saved.ADAPTER}/{part}/")
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
