"""What a training did, step by step and epoch by epoch: the arrays behind its curves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from mmgap.core.integrity import DamagedError
from mmgap.core.messages import unpacked

#: Of the bins of an epoch's counts.
EDGES = "epoch_edges"


@dataclass
class History:
    """Telemetry of a training.

    Attributes:
        steps: name → one value a step: ``step_loss``, ``step_rate``, ``step_scale``, ``step_norm`` (of the gradient),
            ``step_gap`` (of the batch), and ``step_<term>`` for each term of the loss.
        epochs: name → one entry an epoch, the first from before training: ``curve_…`` on the validation split, and
            counts of cosines ``epoch_…``.
        alarms: signs of a collapse, in words.
        copositives: one share an epoch.
    """

    steps: dict[str, list[float]] = field(default_factory=dict)
    epochs: dict[str, list[np.ndarray]] = field(default_factory=dict)
    alarms: list[str] = field(default_factory=list)
    copositives: list[float] = field(default_factory=list)

    def step(self, values: Mapping[str, float]) -> None:
        """Add one step."""
        for name, value in values.items():
            self.steps.setdefault(f"step_{name}", []).append(value)

    def epoch(self, values: Mapping[str, np.ndarray]) -> None:
        """Add one epoch."""
        for name, value in values.items():
            self.epochs.setdefault(name, []).append(value)

    def recall(self, epoch: int) -> float:
        """R@1 on validation after an epoch, mean of both directions."""
        return float(self.epochs["curve_t2i_r1"][epoch] + self.epochs["curve_i2t_r1"][epoch]) / 2

    @property
    def best(self) -> int:
        """The epoch of the highest `recall`, the earliest of several; 0 is before training."""
        return int(np.argmax([self.recall(epoch) for epoch in range(len(self.epochs["curve_gap"]))]))

    def arrays(self) -> dict[str, np.ndarray]:
        """As rows keep them, ``epochs`` (E + 1,) and ``epoch_edges`` included."""
        found: dict[str, np.ndarray] = {name: np.asarray(values) for name, values in self.steps.items()}
        found |= {name: np.stack(values) for name, values in self.epochs.items()}
        found["copositives"] = np.asarray(self.copositives, dtype=np.float64)
        if self.epochs:
            found["epochs"] = np.arange(len(self.epochs["curve_gap"]), dtype=np.int64)
            found[EDGES] = np.linspace(-1, 1, len(self.epochs["epoch_image"][0]) + 1)
        return found

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray], alarms: list[str]) -> History:
        """From `arrays`.

        Raises:
            DamagedError: some are missing, or they are not of the same epochs and steps.
        """
        _check(arrays)
        made = cls(alarms=list(map(unpacked, alarms)), copositives=arrays["copositives"].tolist())
        for name, values in arrays.items():
            if name.startswith("step_"):
                made.steps[name] = values.tolist()
            elif name.startswith(("curve_", "epoch_")) and name != EDGES:
                made.epochs[name] = list(values)
        return made


def _check(arrays: Mapping[str, np.ndarray]) -> None:
    if missing := {"copositives", "epochs", "curve_gap", "curve_t2i_r1", "curve_i2t_r1"} - arrays.keys():
        raise DamagedError(f"the history of a training lacks {', '.join(sorted(missing))}")
    if any(values.ndim == 0 for values in arrays.values()):
        raise DamagedError("the history of a training holds a single number instead of a curve")
    per_epoch = {len(v) for name, v in arrays.items() if name.startswith(("curve_", "epoch_")) and name != EDGES}
    per_step = {len(v) for name, v in arrays.items() if name.startswith("step_")}
    epochs = len(arrays["epochs"])
    if per_epoch != {epochs} or len(per_step) > 1 or len(arrays["copositives"]) != epochs - 1:
        raise DamagedError("the curves of a training's history are not of the same epochs and steps")
