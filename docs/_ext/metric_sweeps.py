"""How each number of a space answers when one thing is turned: made-up pairs, measured as any others are."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from mmgap.evaluation.further_metrics import (
    alignment_metrics,
    further_kernels,
    further_metrics,
    separability_metrics,
)
from mmgap.evaluation.measuring import measure_all
from mmgap.metrics.unit_rows import normalised

PAIRS, WIDTH = 300, 24


@dataclass(frozen=True)
class Sweep:
    """What is turned, from where to where, and what vectors it gives.

    Attributes:
        title: what is turned.
        values: of the knob.
        made: from the knob's value to (N, d) images and texts.
    """

    title: str
    values: tuple[float, ...]
    made: Callable[[float], tuple[np.ndarray, np.ndarray]]


def _pairs(apart: float, loose: float, shared: float) -> tuple[np.ndarray, np.ndarray]:
    """Pairs whose sides are moved apart along one axis, blurred by noise, and moved together along another."""
    items, *noise = np.random.default_rng(0).normal(size=(3, PAIRS, WIDTH))
    images, texts = (items + loose * one for one in noise)
    images[:, 0] += apart
    texts[:, 0] -= apart
    images[:, 1] += shared
    texts[:, 1] += shared
    return images, texts


SWEEPS = (
    Sweep("sides moved apart", tuple(np.linspace(0, 6, 9).tolist()), lambda value: _pairs(value, 0.5, 2.0)),
    Sweep("pairs loosened", tuple(np.linspace(0, 2, 9).tolist()), lambda value: _pairs(1.5, value, 2.0)),
    Sweep("all pushed one way", tuple(np.linspace(0, 12, 9).tolist()), lambda value: _pairs(1.5, 0.5, value)),
)


def _measured(vectors: tuple[np.ndarray, np.ndarray]) -> dict[str, float]:
    images, texts = (normalised(side, name) for side, name in zip(vectors, ("images", "texts"), strict=True))
    found = measure_all(images, texts, kernels=further_kernels(images, texts))
    apart = separability_metrics(images, texts, np.arange(len(images)), seed=0)
    return {**found.metrics, **further_metrics(found), **apart, **alignment_metrics(images, texts)[0]}


@cache
def swept() -> tuple[dict[str, tuple[float, ...]], ...]:
    """Return for each of `SWEEPS` the values of every metric that all of its spaces have."""
    return tuple(dict(_columns([_measured(sweep.made(value)) for value in sweep.values])) for sweep in SWEEPS)


def _columns(found: list[dict[str, float]]) -> Iterator[tuple[str, tuple[float, ...]]]:
    for name in found[0]:
        if all(name in one for one in found):
            yield name, tuple(one[name] for one in found)


def curves(name: str) -> list[tuple[Sweep, tuple[float, ...]]]:
    """Return a metric's values along each sweep; none where it is no number of a space."""
    return [(sweep, values[name]) for sweep, values in zip(SWEEPS, swept(), strict=True) if name in values]
