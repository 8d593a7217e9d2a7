"""The one door through which a cell's results reach its row: names checked, scalars made plain, NaN refused."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mmgap.core.messages import Message
from mmgap.rows.row import MetricDict

if TYPE_CHECKING:
    import numpy as np

_NAME = re.compile(r"[a-z][a-z0-9_.+*-]*")


#: Says of an argument that nobody gave it: what is known of the metric counts.
UNSAID: Any = object()


class RecordError(ValueError):
    """Something that may not stand in a row; raised inside the test that recorded it."""


class Recorder:
    """Collects one cell's metrics, notes, per-item arrays and times.

    Args:
        known: unit and direction of a metric by its name, recorded where a caller says no others: the experiments'
            recorder has `mmgap.metrics.catalogue.unit_and_direction`; by default none is known.

    >>> record = Recorder()
    >>> record("gap", 0.851, ci=(0.84, 0.86), n=500)
    >>> record.metrics["gap"]["value"]
    0.851
    """

    def __init__(self, known: Callable[[str], tuple[str | None, bool | None]] = lambda name: (None, None)) -> None:
        self.known = known
        self.metrics: dict[str, MetricDict] = {}
        self.notes: list[str] = []
        self.items: dict[str, np.ndarray] = {}
        self.time: dict[str, float] = {}
        self.memory: dict[str, float] = {}

    def __call__(
        self,
        name: str,
        value: Any,
        *,
        ci: tuple[Any, Any] | None = None,
        n: int | None = None,
        unit: str | None = UNSAID,
        higher_is_better: bool | None = UNSAID,
    ) -> None:
        """Record one number, with the ends of its 95 % interval where one was estimated.

        Args:
            name: lower-case letters, digits and any of ``_ . + * -``.
            value: a finite number, of Python, NumPy or torch.
            ci: both ends of its interval.
            n: how many items it speaks of.
            unit: "share", "count", "s", "MB" …, None for a plain number; unsaid, what is known of the metric.
            higher_is_better: None where neither is; unsaid, what is known of the metric.

        Raises:
            RecordError: a malformed or repeated name; a value that is no finite number.
        """
        if not _NAME.fullmatch(name):
            raise RecordError(f"metric name {name!r}: use lower-case letters, digits and any of _ . + * -")
        if name in self.metrics:
            raise RecordError(f"metric {name!r} was recorded already")
        low, high = ci if ci is not None else (None, None)
        known_unit, known_direction = self.known(name)
        self.metrics[name] = {
            "value": _plain(name, value),
            "ci_low": None if low is None else _plain(f"{name} (lower end)", low),
            "ci_high": None if high is None else _plain(f"{name} (upper end)", high),
            "n": None if n is None else int(n),
            "unit": known_unit if unit is UNSAID else unit,
            "higher_is_better": known_direction if higher_is_better is UNSAID else higher_is_better,
        }

    def note(self, message: str, /, **values: Any) -> None:
        """Add a footnote that readers of the row must see, in their language; repeated ones are kept once.

        Args:
            message: English, with ``{name}`` for each value; or a `mmgap.core.messages.Message`, which has its own.
            values: numbers and strings as they are to be shown, or messages.

        >>> record = Recorder()
        >>> record.note("A sample of {chosen} of the {n} images.", chosen=20, n=500)
        >>> record.notes
        ['A sample of 20 of the 500 images.']
        """
        text = Message(message, **values) if values else message
        if text not in self.notes:
            self.notes.append(text)

    def keep(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Keep per-item arrays (ranks, histograms, maps) for paired tests and plots."""
        for name in arrays:
            if name in self.items:
                raise RecordError(f"items {name!r} were kept already")
        self.items.update(arrays)

    @contextmanager
    def timed(self, phase: str) -> Iterator[None]:
        """Add the seconds the block takes to ``phase``."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.time[phase] = self.time.get(phase, 0.0) + time.perf_counter() - start


def _plain(name: str, value: Any) -> float:
    if hasattr(value, "item"):  # NumPy and torch scalars; a NumPy scalar in a report would kill an xdist worker
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise RecordError(f"metric {name!r}: expected a number, got {type(value).__name__} {value!r}")
    if not math.isfinite(value):
        raise RecordError(f"metric {name!r} is {value}: a result must be finite")
    return float(value)
