"""A training on disk after every epoch, whole or not at all: weights, optimiser and history, in safetensors."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmgap.cache import CacheWarning
from mmgap.training.history import History
from mmgap.training.recipe import TrainingError

NAME = "checkpoint.safetensors"


@dataclass
class Checkpoint:
    """Where a training stands after ``epoch`` epochs.

    Attributes:
        weights: of everything that is trained, by name.
        best: those of the best epoch, where they are to be kept.
        optimiser: state of AdamW by ``<parameter>|<name>``.
        history: so far.
        key: digest of what is trained on what, and how: another training's checkpoint is not taken up.
    """

    epoch: int
    weights: dict[str, Tensor]
    best: dict[str, Tensor]
    optimiser: dict[str, Tensor]
    history: History
    key: str

    def save(self, folder: Path) -> Path:
        """Replace the folder's checkpoint.

        Raises:
            TrainingError: it cannot be written; the one before is still there.
        """
        groups: dict[str, Mapping[str, Any]] = {
            "weights": self.weights,
            "best": self.best,
            "optimiser": self.optimiser,
            "history": {name: torch.from_numpy(np.array(v)) for name, v in self.history.arrays().items()},
        }
        tensors = {f"{group}/{name}": value for group, values in groups.items() for name, value in values.items()}
        about = {"epoch": str(self.epoch), "key": self.key, "alarms": json.dumps(self.history.alarms)}
        try:
            return save_whole(folder / NAME, tensors, about)
        except OSError as error:
            kept = "that of the epoch before is kept" if (folder / NAME).exists() else "there is none yet"
            raise TrainingError(
                f"the checkpoint of epoch {self.epoch} could not be written to {folder} ({error}); {kept}. Make room,"
                " or point MMGAP_CACHE at a larger disk, and run again: the training goes on from its last checkpoint"
            ) from error

    @classmethod
    def load(cls, folder: Path, key: str) -> Checkpoint | None:
        """The folder's checkpoint; None where there is none, or where it belongs to another training.

        A damaged one is named in a `CacheWarning`, and counts as none.
        """
        from safetensors import SafetensorError, safe_open

        if not (folder / NAME).is_file():
            return None
        found: dict[str, dict[str, Tensor]] = {"weights": {}, "best": {}, "optimiser": {}, "history": {}}
        try:
            with safe_open(folder / NAME, framework="pt") as file:
                about = file.metadata()
                if about["key"] != key:
                    return None
                for name in file.keys():  # noqa: SIM118 - it is no dict
                    group, _, rest = name.partition("/")
                    found[group][rest] = file.get_tensor(name)
        except (SafetensorError, TypeError, KeyError) as error:
            told = f"the checkpoint {folder / NAME} is damaged ({error}): the training starts anew"
            warnings.warn(told, CacheWarning, stacklevel=2)
            return None
        arrays = {name: values.numpy() for name, values in found.pop("history").items()}
        history = History.of(arrays, json.loads(about["alarms"]))
        return cls(int(about["epoch"]), history=history, key=key, **found)


def save_whole(path: Path, tensors: Mapping[str, Tensor], about: Mapping[str, str]) -> Path:
    """Write a safetensors file beside its place, then put it there."""
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    plain = {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}
    try:
        temporary.touch()  # readable by whom the user's umask says; safetensors itself makes it private
        try:
            save_file(plain, temporary, metadata=dict(about))
        except SafetensorError as error:  # what it calls a full disk
            raise OSError(str(error)) from error
        with temporary.open("rb+") as stream:
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def optimiser_state(optimiser: torch.optim.Optimizer, names: Mapping[int, str]) -> dict[str, Tensor]:
    """The state of every parameter by ``<parameter>|<name>``; ``names`` by the parameter's id."""
    return {
        f"{names[id(parameter)]}|{name}": torch.as_tensor(value)
        for parameter, state in optimiser.state.items()
        for name, value in state.items()
    }


def restore_optimiser(optimiser: torch.optim.Optimizer, names: Mapping[int, str], state: Mapping[str, Tensor]) -> None:
    """Put `optimiser_state` back."""
    by_parameter: dict[str, dict[str, Tensor]] = {}
    for key, value in state.items():
        parameter, _, name = key.rpartition("|")
        by_parameter.setdefault(parameter, {})[name] = value
    for group in optimiser.param_groups:
        for parameter in group["params"]:
            if found := by_parameter.get(names[id(parameter)]):
                optimiser.state[parameter] = {
                    name: value.clone() if name == "step" else value.to(parameter.device, copy=True)
                    for name, value in found.items()
                }
