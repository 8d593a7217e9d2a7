"""What an experiment records of a space on a single set of pairs: fitted on one half, measured on the other."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from mmgap import spaces, stats
from mmgap.core.defaults import POOL, RECALLS_AT
from mmgap.evaluation.cross_fitting import halves, vector_clusters
from mmgap.evaluation.measurement import Measurement
from mmgap.evaluation.measuring import measure_all
from mmgap.evaluation.robustness import SIGMA, spoiled_recalls
from mmgap.metrics.pass_cross import cross
from mmgap.metrics.recalls import recall_hits
from mmgap.metrics.relevance import Relevance, relevance_of
from mmgap.metrics.unit_rows import normalised
from mmgap.rows.recorder import Recorder
from mmgap.spaces import Pairs
from mmgap.stats import Interval

if TYPE_CHECKING:
    from mmgap.datasets import Dataset
    from mmgap.encoders.base import Vectors

#: How often the images are divided anew.
REPEATS = 20

#: A mean of p-values is none.
_NO_MEAN = ("gap_p",)


@dataclass
class _Halves:
    """What was measured on all halves, by name: values, ends of their intervals, and hits of the queries."""

    values: dict[str, list[float]] = field(default_factory=dict)
    ends: dict[str, list[Interval]] = field(default_factory=dict)
    hits: dict[str, np.ndarray] = field(default_factory=dict)
    tests: dict[str, np.ndarray] = field(default_factory=dict)

    def add_hits(self, name: str, found: np.ndarray, places: np.ndarray, count: int) -> None:
        """Add the hits of the queries at these places of all ``count``."""
        for kept, values in ((self.hits, found), (self.tests, np.ones(len(places)))):
            kept.setdefault(name, np.zeros(count))[places] += values


def record_cross_fitted(
    record: Recorder,
    vectors: Vectors,
    dataset: Dataset,
    spec: str | None,
    *,
    pool: int = POOL,
    repeats: int = REPEATS,
    sigma: float = SIGMA,
    seed: int = 0,
) -> None:
    """Record a space on one set of pairs, cross-fitted in halves: of each metric the mean over the halves that test.

    Recalls are those among the images of a half, by own pairs; what is kept of a query is its mean over the halves that
    it was in, so that spaces compare on the same queries: all of them, and the vectors as they are, see equal halves.

    The 95 % interval of such a mean is as wide as that of one half over √2, two halves being apart: its ends lie
    ``√(mean of squared distances of the halves' own ends)/√2`` away. That of a recall is over clusters of the queries'
    means.

    Args:
        record: the recording door of the cell.
        vectors: raw, of all pairs.
        dataset: ids and owners.
        spec: of the space; None measures the vectors as they are in the same halves.
        pool: images in a pool.
        repeats: how often the images are divided anew.
        sigma: of the noise, see `mmgap.evaluation.robustness.spoiled_recalls`; drawn once for each half.
        seed: of the halves.
    """
    owner = dataset.owner
    relation = relevance_of(dataset.relevance("any"), len(dataset.image_ids), len(owner), owner)
    whole = Pairs(dataset.name, "train", vectors.images, vectors.texts, owner)
    found = _Halves()
    omitted: dict[str, str] = {}
    for fit, test in halves(vector_clusters(whole.images, whole.texts, owner), repeats, seed):
        train, held = whole.part(fit, "train"), whole.part(test, "train")
        fitted = None if spec is None else spaces.parse(spec).fit(train)
        scorer = getattr(fitted, "scorer", None)
        if fitted is not None:
            train, held = train.mapped(fitted.map), held.mapped(fitted.map)
        texts = np.flatnonzero(np.isin(owner, test))
        of_half = relevance_of(None, len(test), len(texts), held.owner)
        places = {"i2t": (test, len(dataset.image_ids)), "t2i": (texts, len(owner))}
        for name, hits in _hits(found, held, of_half, scorer, pool, seed):
            found.add_hits(name, hits, *places[name[:3]])
        spoiled, why = spoiled_recalls(
            held.images,
            held.texts,
            of_half,
            (train.images, train.texts),
            scorer=scorer,
            sigma=sigma,
            draws=1,
        )
        omitted |= why
        for name, recall in spoiled.items():
            found.add_hits(name, recall.hits, *places[name[:3]])
    _write(record, found, owner, relation.clusters)
    for name, reason in omitted.items():
        record.note("Left out: {reason}.", reason=f"{name}, {reason}")
    record.note(
        "Fitted on one half of the pairs and measured on the other, {n} times each way; recalls are among the images of"
        " a half.",
        n=repeats,
    )
    record.keep({"owner": owner, "cluster": relation.clusters})


def _hits(
    found: _Halves, held: Pairs, relation: Relevance, scorer: Any, pool: int, seed: int
) -> Iterator[tuple[str, np.ndarray]]:
    """Measure one half: values and intervals are added, hits of each query given."""
    if scorer is None:
        measured = measure_all(held.images, held.texts, pool=pool, owner=held.owner, seed=seed)
        intervals = _intervals(measured)
        for name, value in measured.metrics.items():
            if name not in measured.hits and name not in _NO_MEAN:
                found.values.setdefault(name, []).append(value)
                if name in intervals:
                    found.ends.setdefault(name, []).append(intervals[name])
        yield from measured.hits.items()
        return
    x, y = (normalised(v, "vectors").tensor.numpy() for v in (held.images, held.texts))
    for way, queries, gallery, by in (("t2i", y, x, "text"), ("i2t", x, y, "image")):
        q, g = (torch.from_numpy(np.asarray(v)) for v in scorer.extended(queries, gallery, by))
        crossed = cross(*((g, q) if way == "t2i" else (q, g)), relation, deepest=max(RECALLS_AT), raw=True)
        for name, hits in recall_hits(crossed, pool)[0].items():
            if name.startswith(way):
                yield name, hits
                yield f"{name}_own", hits


def _intervals(measured: Measurement) -> dict[str, Interval]:
    """Of what is no mean over queries."""
    kernels = [stats.Kernels(side.kernel_sums, side.partners) for side in (measured.image, measured.text)]
    clusters = measured.relevance.clusters
    found = {"uniformity": stats.uniformity_interval((kernels[0], kernels[1]), clusters=clusters, pairs=None)}
    return found if measured.gap is None else {**found, "gap_corrected": measured.gap.corrected}


def _write(record: Recorder, found: _Halves, owner: np.ndarray, clusters: np.ndarray) -> None:
    for name, values in found.values.items():
        mean = float(np.mean(values))
        record(name, mean, ci=_ends(mean, found.ends.get(name, ())), n=len(clusters))
    for name, sums in found.hits.items():
        if not (found.tests[name] > 0).all():
            continue
        hits = np.clip(sums / found.tests[name], 0.0, 1.0)
        interval = stats.share_interval(hits, clusters=clusters[owner] if name.startswith("t2i") else clusters)
        record(name, interval.value, ci=(interval.low, interval.high), n=interval.n)
        record.keep({name: hits})


def _ends(mean: float, halves: Any) -> tuple[float, float] | None:
    if not halves:
        return None
    below, above = (
        math.sqrt(float(np.mean([(end(one) - one.value) ** 2 for one in halves])) / 2)
        for end in (lambda one: one.low, lambda one: one.high)
    )
    return mean - below, mean + above
