"""Hubs: how unevenly the nearest places fall to the items of a gallery."""

from __future__ import annotations

import numpy as np

from mmgap.core.defaults import HUBS_AT
from mmgap.core.messages import Message
from mmgap.metrics.nearest import Places, nearest_both, places
from mmgap.metrics.pass_cross import Cross
from mmgap.metrics.retrieval import DIRECTIONS, Direction, check_direction, check_k
from mmgap.metrics.ties import tie_width
from mmgap.metrics.unit_rows import Vectors, any_rows, same_width

WAYS: dict[Direction, str] = {"i2t": "I→T", "t2i": "T→I"}

#: N_k that differ by less, as a share of their mean, are equal.
EQUAL = 1e-9


def hubness(x: Vectors, y: Vectors, k: int = HUBS_AT, *, direction: Direction = "t2i", raw: bool = False) -> float:
    """Return the skewness of N_k, of the population as `scipy.stats.skew` has it; 0 where no item is a hub.

    N_k is the number of queries whose k nearest hold an item (`neighbour_counts`). A gallery of n items has at most
    ``(n − 2)/√(n − 1)``, which is where one item alone takes all that k = 1 gives.

    Args:
        x: (N, d) image vectors, unit rows.
        y: (M, d) text vectors, unit rows.
        k: at least 1; more than there are items counts as all of them.
        direction: ``"t2i"``, texts are the queries and hubs are images, or ``"i2t"``.
        raw: rank dot products of vectors of any norm.

    Raises:
        ValueError: as `mmgap.metrics.unit_rows.unit_rows`, different widths, k < 1; all N_k are equal, as in a
            collapsed space or where k reaches the whole gallery.

    Source: Radovanović, Nanopoulos & Ivanović (JMLR, 2010).

    >>> import numpy as np
    >>> x = np.eye(3)[[0, 1, 2, 2]]
    >>> round(hubness(x, np.eye(3)[[0, 0, 0, 1]], k=1), 3)  # the images are found 3, 1, 0 and 0 times
    0.816
    """
    return skewness(neighbour_counts(x, y, k, direction=direction, raw=raw), direction)


def never_retrieved(
    x: Vectors, y: Vectors, k: int = HUBS_AT, *, direction: Direction = "t2i", raw: bool = False
) -> float:
    """Return the share of items that are among the k nearest of no query, in [0, 1 − 1/n]; arguments as `hubness`.

    >>> import numpy as np
    >>> never_retrieved(np.eye(3)[[0, 1, 2, 2]], np.eye(3)[[0, 0, 0, 1]], k=1)
    0.5
    """
    return float((neighbour_counts(x, y, k, direction=direction, raw=raw) == 0).mean())


def neighbour_counts(
    x: Vectors, y: Vectors, k: int = HUBS_AT, *, direction: Direction = "t2i", raw: bool = False
) -> np.ndarray:
    """Return N_k of each item: the number of queries whose k nearest hold it, float64, at least 0.

    (N,) for the images that texts look for, (M,) for the texts that images look for; its mean is k·queries/items.
    Items whose scores lie within 4·eps(float32) of a query's k-th share the places that are left equally, so that
    their order does not matter. Arguments and errors as `hubness`, but that equal counts are no error.

    >>> import numpy as np
    >>> neighbour_counts(np.eye(3)[[0, 1, 2, 2]], np.eye(3)[[0, 0, 2]], k=1).tolist()  # two images share a text
    [2.0, 0.0, 0.5, 0.5]
    """
    return found_places(x, y, k, direction=direction, raw=raw).counts


def found_places(
    x: Vectors, y: Vectors, k: int = HUBS_AT, *, direction: Direction = "t2i", raw: bool = False
) -> Places:
    """Return who holds the first k places of each query; arguments and errors as `neighbour_counts`."""
    check_direction(direction)
    check_k(k)
    images, texts = any_rows(x, "images", raw=raw), any_rows(y, "texts", raw=raw)
    same_width(images, texts)
    a, b = images.tensor, texts.tensor
    if a.device != b.device:
        raise ValueError(f"images are on {a.device}, texts on {b.device}: move one of them")
    queries, gallery = (a, b) if direction == "i2t" else (b, a)
    k, tie = min(k, len(gallery)), tie_width(a, b, raw)
    return places(queries, gallery, nearest_both(a, b, k)[direction == "t2i"], k, tie)


def places_of(measured: Cross, k: int) -> dict[Direction, Places]:
    """Return who holds the first k places, by direction, of a pass that was asked for its ``nearest`` k."""
    assert measured.nearest is not None
    x, y = measured.images, measured.texts
    return {
        way: places(queries, gallery, nearest, min(k, len(gallery)), measured.tie)
        for way, queries, gallery, nearest in zip(DIRECTIONS, (x, y), (y, x), measured.nearest, strict=True)
    }


def hub_metrics(found: dict[Direction, Places]) -> tuple[dict[str, float], dict[str, str]]:
    """Return ``hubness_…`` and ``never_retrieved_…`` of each direction, and why the hubness of one is left out."""
    return hub_metrics_of({way: there.counts for way, there in found.items()})


def hub_metrics_of(counts: dict[Direction, np.ndarray]) -> tuple[dict[str, float], dict[str, str]]:
    """Return `hub_metrics` of N_k, by direction."""
    metrics: dict[str, float] = {}
    omitted: dict[str, str] = {}
    for way, there in counts.items():
        try:
            metrics[f"hubness_{way}"] = skewness(there, way)
        except ValueError as error:
            omitted[f"hubness_{way}"] = error.args[0]
    for way, there in counts.items():
        metrics[f"never_retrieved_{way}"] = float((there == 0).mean())
    return metrics, omitted


def skewness(counts: np.ndarray, direction: Direction) -> float:
    """Return the skewness of N_k, or raise `ValueError` where all are equal."""
    if np.ptp(counts) <= EQUAL * counts.mean():
        raise ValueError(all_equal_counts(direction, len(counts)))
    return population_skewness(counts)


def all_equal_counts(direction: Direction, n: int) -> Message:
    """Say why N_k of n items has no skewness."""
    return Message(
        "hubness {direction}, all {n} items are retrieved equally often: N_k has no skewness",
        direction=WAYS[direction],
        n=n,
    )


def population_skewness(values: np.ndarray) -> float:
    """Return ``Σ(v − v̄)³/n / (Σ(v − v̄)²/n)^1.5`` of values that are not all equal.

    `scipy.stats.skew` gives the same after checks that take fifty times as long as a thousand numbers do.

    >>> round(population_skewness(np.array([0.0, 0, 0, 1])), 9)
    1.154700538
    """
    centred = values - values.mean()
    squares = centred**2
    return float((squares * centred).mean() / squares.mean() ** 1.5)
