"""What ``mmgap train`` says after every epoch: how far it is, what validation says, and how long the rest may take."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from mmgap.core.progress import interval, say

if TYPE_CHECKING:
    from mmgap.training.history import History


class EpochLines:
    """Called after every epoch with its number and the history (`mmgap.training.loop.OnEpoch`).

    The rest is taken to go as the epochs of this call went; a training that goes on where it was stopped has none of
    its own after its first.

    Args:
        epochs: how many there are; patience may end a training sooner.
        clock: seconds.
        write: gets each line.
    """

    def __init__(
        self, epochs: int, clock: Callable[[], float] = time.monotonic, write: Callable[[str], None] = say
    ) -> None:
        self.epochs, self.clock, self.write = epochs, clock, write
        self._first: tuple[int, float] | None = None

    def __call__(self, epoch: int, history: History) -> None:
        now = {name.removeprefix("curve_"): float(v[-1]) for name, v in history.epochs.items() if v[-1].ndim == 0}
        loss = f"loss {history.steps['step_loss'][-1]:.3f}  " if epoch else ""
        self.write(
            f"epoch {epoch} of {self.epochs}  {loss}gap {now['gap']:.3f}  uniformity {now['uniformity']:.2f}"
            f"  R@1 {100 * now['t2i_r1']:.1f} / {100 * now['i2t_r1']:.1f}  scale {now['scale']:.1f}{self._left(epoch)}"
        )
        for alarm in history.alarms:
            if f"epoch {epoch} " in alarm:
                self.write(alarm)

    def _left(self, epoch: int) -> str:
        first, then = self._first = self._first or (epoch, self.clock())
        if epoch in (first, self.epochs):
            return ""
        return f"  about {interval((self.clock() - then) / (epoch - first) * (self.epochs - epoch))} left"
