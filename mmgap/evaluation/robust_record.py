"""What an experiment records of how R@1 bears noise, codes of an index and other wordings of a query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mmgap.core.messages import Message
from mmgap.evaluation.cross_fitting import Half, HalvedVectors
from mmgap.evaluation.halves_record import record_halves
from mmgap.evaluation.robustness import DRAWS, SIGMA, spoiled_recalls, wording
from mmgap.evaluation.score_record import record_vectors
from mmgap.evaluation.spoiled_vectors import MOST_BITS, code_bits
from mmgap.metrics.relevance import relevance_of
from mmgap.rows.recorder import Recorder

if TYPE_CHECKING:
    from mmgap.datasets import Dataset
    from mmgap.encoders.base import Vectors


def record_changed_space(
    record: Recorder,
    vectors: Vectors | HalvedVectors,
    dataset: Dataset,
    train: tuple[np.ndarray, np.ndarray] | None,
    *,
    sigma: float = SIGMA,
    draws: int = DRAWS,
    **options: Any,
) -> None:
    """Record a space, and what is left of its R@1 where noise or an index spoils the vectors.

    Args:
        record: the recording door of the cell.
        vectors: of the dataset, in their space; in halves, each is recorded so, with one draw of the noise, and the
            means are kept.
        dataset: ids, owners and relevance.
        train: images and texts of train in the same space; None leaves quantisers out. Halves have their own.
        sigma, draws: of the noise.
        options: of `mmgap.evaluation.score_record.record_vectors`.
    """
    if isinstance(vectors, HalvedVectors):

        def work(one: Recorder, half: Half) -> None:
            record_changed_space(one, half.vectors, half.dataset, half.train, sigma=sigma, draws=1, **options)

        record_halves(record, vectors, dataset.owner, work)
        return
    record_vectors(record, vectors, dataset, **options)
    record_robustness(record, vectors, dataset, train, sigma=sigma, draws=draws)


def record_robustness(
    record: Recorder,
    vectors: Vectors,
    dataset: Dataset,
    train: tuple[np.ndarray, np.ndarray] | None,
    *,
    sigma: float = SIGMA,
    draws: int = DRAWS,
) -> None:
    """Record `mmgap.evaluation.robustness.spoiled_recalls`, and `wording` where images have several captions.

    Args:
        record: the recording door of the cell, which has kept ``t2i_r1_own`` of each query.
        vectors: of the dataset, in their space.
        dataset: ids, owners and relevance.
        train: images and texts of train in the same space; None leaves quantisers out.
        sigma, draws: of the noise.

    Raises:
        NoFaissError: faiss is not installed.
    """
    relation = relevance_of(dataset.relevance("any"), len(dataset.image_ids), len(dataset.captions), dataset.owner)
    found, omitted = spoiled_recalls(
        vectors.images, vectors.texts, relation, train, scorer=vectors.scorer, sigma=sigma, draws=draws
    )
    for name, recall in found.items():
        ends = recall.interval("t2i" if name.startswith("t2i") else "i2t", relation.clusters)
        record(name, ends.value, ci=(ends.low, ends.high), n=ends.n)
        record.keep({name: recall.hits})
    reasons: dict[str, list[str]] = {}
    for name, reason in omitted.items():
        reasons.setdefault(reason, []).append(name)
    for reason, names in reasons.items():
        record.note("Left out: {reason}.", reason=Message("{names}: {why}", names=", ".join(names), why=reason))
    if train is not None and "t2i_r1_own_pq" in found and (bits := code_bits(len(train[0]))) < MOST_BITS:
        record.note(
            "Product codes of images have {bits} bits: {n} vectors of train suffice for no more.",
            bits=bits,
            n=len(train[0]),
        )
    if len(dataset.captions) > len(np.unique(dataset.owner)):
        share, items = wording(record.items["t2i_r1_own"], dataset.owner, relation.clusters)
        record("t2i_wording", share.value, ci=(share.low, share.high), n=share.n)
        record.keep({"t2i_wording": items})
