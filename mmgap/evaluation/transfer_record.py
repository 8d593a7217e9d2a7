"""What an experiment records of a representation's use: what each modality tells of the other, and by what captions."""

from __future__ import annotations

import math
from dataclasses import astuple, fields
from typing import TYPE_CHECKING

import numpy as np

from mmgap import stats
from mmgap.core.messages import N_
from mmgap.encoders.embed import embed
from mmgap.evaluation.caption_multiplicity import GROUPS, SharedCaptions, by_multiplicity
from mmgap.metrics.modality_clusters import modality_clusters
from mmgap.metrics.mutual_information import best_logit_scale, mutual_information_bound
from mmgap.metrics.pair_differences import PairDifferences, pair_differences
from mmgap.metrics.relevance import relevance_of
from mmgap.metrics.unit_rows import UnitRows, normalised
from mmgap.rows.recorder import Recorder

if TYPE_CHECKING:
    from mmgap.datasets import Dataset
    from mmgap.encoders.base import Encoder, Vectors

#: Pairs of a group in C3's diagnostics.
GROUP = 100

#: Pairs on which the logit scale of the bound is chosen, at most.
MOST = 1000


def record_transfer(
    record: Recorder,
    encoder: Encoder,
    vectors: Vectors,
    dataset: Dataset,
    *,
    validation: Dataset | None,
    logit_scale: float,
    seed: int,
) -> tuple[UnitRows, UnitRows]:
    """Record information imbalance, InfoNCE's bound, C3's diagnostics, clusters, and what shared captions change.

    One text an image is taken, but for shared captions; intervals are 95 %, over clusters of images that share a
    caption.

    Args:
        record: the recording door of the cell.
        encoder: whose vectors they are.
        vectors: raw, of ``dataset``.
        dataset: ids, owners and relevance.
        validation: pairs on which the logit scale of the bound is chosen; None takes ``logit_scale``.
        logit_scale: see there.
        seed: of resamples and of k-means.

    Returns:
        Unit images and one unit text of each.
    """
    x, texts = (normalised(rows, name) for rows, name in ((vectors.images, "images"), (vectors.texts, "texts")))
    y = UnitRows(texts.tensor[np.unique(dataset.owner, return_index=True)[1]], texts.deviation)
    clusters = relevance_of(dataset.relevance("any"), len(x), len(texts), dataset.owner).clusters
    _record_imbalance(record, x, y, clusters, seed)
    scale = logit_scale if validation is None else _scale(encoder, validation)
    _record_bound(record, x, y, clusters, scale, chosen=validation is not None)
    if len(x) >= 2 * GROUP:
        found = pair_differences(x, y, group=GROUP, seed=seed)
        for field, value in zip(fields(PairDifferences), astuple(found), strict=True):
            record(f"c3_{field.name}", value, n=len(x))
    else:
        record.note(N_("Left out: C3's diagnostics, which need {n} pairs."), n=2 * GROUP)
    record("v_measure_modality", modality_clusters(x, y, seed=seed).v_measure, n=2 * len(x), higher_is_better=False)
    _record_multiplicity(record, by_multiplicity(x, texts, dataset))
    return x, y


def _record_imbalance(record: Recorder, x: UnitRows, y: UnitRows, clusters: np.ndarray, seed: int) -> None:
    there, back = stats.imbalance_intervals(x, y, clusters=clusters, seed=seed)
    for name, found in (("imbalance_i2t", there), ("imbalance_t2i", back)):
        record(name, found.value, ci=(found.low, found.high), n=found.n, higher_is_better=False)


def _scale(encoder: Encoder, validation: Dataset) -> float:
    """The logit scale at which the bound is highest on validation pairs."""
    single = validation.first_captions()
    rows = np.arange(len(single.image_ids))
    found = embed(encoder, single.select(rows[:MOST]))
    return best_logit_scale(normalised(found.images), normalised(found.texts))


def _record_bound(
    record: Recorder, x: UnitRows, y: UnitRows, clusters: np.ndarray, scale: float, *, chosen: bool
) -> None:
    bound = mutual_information_bound(x, y, logit_scale=scale)
    interval = stats.mean_interval(bound.of_pair, clusters=clusters, limits=(-math.inf, bound.ceiling))
    record("information_bound", bound.value, ci=(interval.low, interval.high), n=interval.n, higher_is_better=True)
    record("information_ceiling", bound.ceiling, n=len(x))
    record("information_scale", scale)
    if not chosen:
        record.note(N_("No validation pairs: the logit scale of InfoNCE's bound is {scale}, not chosen."), scale=scale)
    if bound.reached:
        record.note(
            N_(
                "CEILING ALARM: InfoNCE's bound of {value} nats has reached its ceiling, ln {n} = {ceiling}: images and"
                " texts may share far more than so many pairs can show."
            ),
            value=f"{bound.value:.2f}",
            n=len(x),
            ceiling=f"{bound.ceiling:.2f}",
        )


def _record_multiplicity(record: Recorder, groups: list[SharedCaptions]) -> None:
    kept: dict[str, list[tuple[float, float, float]]] = {"gap": [], "r1_own": [], "r1": []}
    for group in groups:
        for name, found, better in (("gap", group.gap, None), ("r1_own", group.own, True), ("r1", group.any, True)):
            unit = None if name == "gap" else "share"
            ends = found.low, found.high
            record(f"shared{group.least}_{name}", found.value, ci=ends, n=found.n, unit=unit, higher_is_better=better)
            kept[name].append((found.value, *ends))
    if missing := [str(least) for least in GROUPS if least not in {group.least for group in groups}]:
        record.note(
            N_("Images whose caption is shared by {missing} (up to the next of {groups}) are too few to be measured."),
            missing=", ".join(missing),
            groups=", ".join(map(str, GROUPS)),
        )
    record.keep({f"multiplicity_{name}": np.array(values).reshape(-1, 3) for name, values in kept.items()})
    record.keep({"multiplicity": np.array([[g.least, g.images] for g in groups], dtype=np.int64).reshape(-1, 2)})
