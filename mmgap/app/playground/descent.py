"""The playground's descent: all points follow the gradient of a loss on the sphere, step by step, and are kept."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch

from mmgap.app.playground.cone_draws import cone_draws
from mmgap.app.playground.readings import SHIFTS, Measured, finite, histogram_of, measured, points, shifted, terms_of
from mmgap.app.playground.state import LIMITS, PlaygroundState
from mmgap.core.messages import Message
from mmgap.losses.total import LossSum

#: Images and texts, (n, d) each.
Vectors: TypeAlias = tuple[np.ndarray, np.ndarray]

#: Bytes of vectors that one descent keeps; steps between kept ones are walked again.
KEPT_BYTES = 64 * 2**20

#: What is drawn along the steps, besides the loss.
CURVES = ("gap", "misalignment", "uniformity", "t2i_r1")


class StuckDescentError(ValueError):
    """A descent whose gradient is not finite; its argument is a message that can be translated."""


def descended(vectors: Vectors, loss: LossSum, scale: float, rate: float) -> Vectors:
    """Return both sets after one step, ``v ← normalise(v − rate·n·(g − ⟨g, v⟩v))`` with g the gradient at v.

    The logit scale stays; n makes the step of a point independent of their number, since losses are means over pairs.

    Raises:
        StuckDescentError: the gradient is not finite.
    """
    before = [torch.from_numpy(v).requires_grad_() for v in vectors]
    loss(*before, logit_scale=scale).backward()
    after = []
    for v in before:
        gradient = torch.zeros_like(v) if v.grad is None else v.grad
        if not gradient.isfinite().all():
            raise StuckDescentError(
                Message("the gradient of {loss} is not finite here; try a lower rate", loss=loss.name)
            )
        at = v.detach()
        along = gradient - (gradient * at).sum(1, keepdim=True) * at
        after.append(torch.nn.functional.normalize(at - rate * len(at) * along, dim=1).numpy())
    return after[0], after[1]


@dataclass(frozen=True)
class _Seen:
    """What is measured of a step: the terms' values by name, their sum, the metrics."""

    values: dict[str, float]
    total: float
    measured: Measured


class Descent:
    """The steps of one state, each made from the one before when it is first asked for.

    Args:
        state: its step is not looked at.

    >>> walk = Descent(PlaygroundState(n=20, loss="ce+anti"))
    >>> walk.frame(5)["total"] < walk.frame(0)["total"]
    True
    """

    def __init__(self, state: PlaygroundState) -> None:
        self.state = state
        self._loss = LossSum(state.loss).double().requires_grad_(False)
        self._at, self._vectors = 0, cone_draws(state)
        self._every = 1 + LIMITS["step"][1] * sum(v.nbytes for v in self._vectors) // KEPT_BYTES
        self._kept = {0: self._vectors}
        self._seen = self._look()
        self._curves: dict[str, list[float | None]] = {name: [] for name in ("loss", *CURVES)}
        self._shifted: tuple[int, list[tuple[float | None, float | None]]] = (0, [])
        self._note()

    @property
    def reached(self) -> int:
        """The last step that was ever made."""
        return len(self._curves["loss"]) - 1

    def advance(self) -> None:
        """Make the step after the last one.

        Raises:
            StuckDescentError: the gradient is not finite.
        """
        self._go_to(self.reached + 1)

    def frame(self, step: int) -> dict[str, Any]:
        """Return what is played of a step: its number, terms, total, metrics, points, histograms.

        Raises:
            StuckDescentError: it was not made yet, and a gradient on the way is not finite.
        """
        self._go_to(step)
        return {
            "step": step,
            "terms": terms_of(self._loss, self._seen.values),
            "total": finite(self._seen.total),
            "metrics": self._seen.measured.metrics,
            "points": points(*self._vectors),
            "histogram": histogram_of(self._seen.measured),
        }

    def reading(self, step: int) -> dict[str, Any]:
        """Return all that is shown of a step but the landscape: its frame, and the curves up to it."""
        frame = self.frame(step)
        curves = {name: values[: step + 1] for name, values in self._curves.items()}
        return {**frame, "curves": {"step": [*range(step + 1)], **curves}}

    def frames(self, first: int, last: int, end: float) -> list[dict[str, Any]]:
        """Return the frames of some steps, the first one and as many more as are made before ``end`` by the clock.

        Raises:
            StuckDescentError: as `frame`.
        """
        made = [self.frame(first)]
        while len(made) <= last - first and time.monotonic() < end:
            made.append(self.frame(first + len(made)))
        return made

    def landscape(self, step: int, end: float) -> dict[str, list[float | None]] | None:
        """Return loss and gap along the shift of `readings.shifted`; None where ``end`` comes before all of it is done.

        What is done is kept, so that asking again goes on.
        """
        self._go_to(step)
        if self._shifted[0] != step:
            self._shifted = step, []
        done = self._shifted[1]
        while len(done) < len(SHIFTS):
            done.append(shifted(*self._vectors, SHIFTS[len(done)], self._loss, self.state.scale))
            if len(done) < len(SHIFTS) and time.monotonic() > end:
                return None
        losses, gaps = zip(*done, strict=True)
        return {"shift": SHIFTS.tolist(), "loss": list(losses), "gap": list(gaps)}

    def _go_to(self, step: int) -> None:
        if step == self._at:
            return
        if step < self._at:
            self._at = max(kept for kept in self._kept if kept <= step)
            self._vectors = self._kept[self._at]
        while self._at < step:
            vectors = descended(self._vectors, self._loss, self.state.scale, self.state.rate)
            self._at, self._vectors = self._at + 1, vectors
            if self._at > self.reached:
                self._seen = self._look()
                self._note()
        self._seen = self._look()

    def _look(self) -> _Seen:
        x, y = (torch.from_numpy(v) for v in self._vectors)
        with torch.no_grad():
            parts = self._loss.parts(x, y, logit_scale=self.state.scale)
            total = float(self._loss.total(parts))
        return _Seen({name: float(value) for name, value in parts.items()}, total, measured(*self._vectors))

    def _note(self) -> None:
        for name, values in self._curves.items():
            values.append(finite(self._seen.total if name == "loss" else self._seen.measured.metrics[name]))
        if self._at % self._every == 0:
            self._kept[self._at] = self._vectors
