"""A training on disk after every epoch, whole or not at all: weights, optimiser and history, in safetensors."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmgap.core.atomic import whole_file
from mmgap.core.checked_json import conform, parse_json
from mmgap.core.integrity import BLANK, SEAL, CacheWarning, DamagedError, read_tensors, seal_tensors
from mmgap.core.messages import packed
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
        alarms = json.dumps(list(map(packed, self.history.alarms)))
        about = {"epoch": str(self.epoch), "key": self.key, "alarms": alarms}
        try:
            return save_whole(folder / NAME, tensors, {**about, SEAL: BLANK})
        except OSError as error:
            kept = "that of the epoch before is kept" if (folder / NAME).exists() else "there is none yet"
            raise TrainingError(
                f"the checkpoint of epoch {self.epoch} could not be written to {folder} ({error}); {kept}. Make room,"
                " or point MMGAP_CACHE at a larger disk, and run again: the training goes on from its last checkpoint"
            ) from error

    @classmethod
    def load(cls, folder: Path, key: str, trained: Mapping[str, Tensor] | None = None) -> Checkpoint | None:
        """The folder's checkpoint; None where there is none, or where it belongs to another training.

        Args:
            folder: of the training.
            key: of the training.
            trained: what it is to be put into, by name: names and shapes have to be the same.

        A damaged one is named in a `CacheWarning`, and counts as none.
        """
        if not (file := folder / NAME).is_file():
            return None
        try:
            tensors, about = read_tensors(file, "pt")
            conform(about, dict[str, str], str(file))
            found = cls._of(file, tensors, about)
            if found.key != key:
                return None
            if trained is not None:
                found._check_fit(file, trained)
        except ValueError as error:
            warnings.warn(f"{error}: the training starts anew", CacheWarning, stacklevel=2)
            return None
        return found

    @classmethod
    def _of(cls, file: Path, tensors: Mapping[str, Tensor], about: Mapping[str, str]) -> Checkpoint:
        """Raises `ValueError` where something is missing."""
        groups: dict[str, dict[str, Tensor]] = {"weights": {}, "best": {}, "optimiser": {}, "history": {}}
        for name, value in tensors.items():
            group, _, rest = name.partition("/")
            groups.setdefault(group, {})[rest] = value
        epoch, known = about.get("epoch", ""), {"weights", "best", "optimiser", "history"}
        if groups.keys() != known or not (epoch.isascii() and epoch.isdecimal()) or "key" not in about:
            raise DamagedError(f"{file} is damaged (it is no checkpoint)")
        alarms = conform(parse_json(about.get("alarms", ""), f"{file}: alarms"), list[str], f"{file}: alarms")
        history = History.of({name: values.numpy() for name, values in groups["history"].items()}, alarms)
        return cls(int(epoch), groups["weights"], groups["best"], groups["optimiser"], history, about["key"])

    def _check_fit(self, file: Path, trained: Mapping[str, Tensor]) -> None:
        """Raise `DamagedError` where the names or shapes are not those of what is trained."""
        shapes = {name: value.shape for name, value in trained.items()}
        weights = {name: value.shape for name, value in self.weights.items() if not name.startswith("scaler.")}
        best = {name: value.shape for name, value in self.best.items()}
        moments = {name: value for name, value in self.optimiser.items() if value.ndim}
        if (
            weights != shapes
            or best not in ({}, shapes)
            or any(value.shape != shapes.get(name.rpartition("|")[0]) for name, value in moments.items())
        ):
            raise DamagedError(f"{file} is damaged (it does not hold what is trained)")


def save_whole(path: Path, tensors: Mapping[str, Tensor], about: Mapping[str, str]) -> Path:
    """Write a safetensors file as a whole, with a seal where ``about`` has room for one.

    Raises:
        OSError: it cannot be written.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    plain = {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}
    with whole_file(path) as temporary:
        try:
            save_file(plain, temporary, metadata=dict(about))
        except SafetensorError as error:  # what it calls a full disk
            raise OSError(str(error)) from error
        if SEAL in about:
            seal_tensors(temporary)
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
