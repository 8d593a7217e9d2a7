"""What an experiment records of vectors by the classes of their images: probes, neighbours, zero-shot, clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sklearn.metrics import v_measure_score

from mmgap import stats
from mmgap.adapters.prompts import PROMPT, class_vectors
from mmgap.core.messages import N_, Message
from mmgap.datasets.base import DatasetError
from mmgap.encoders.embed import embed
from mmgap.metrics.modality_clusters import modality_clusters
from mmgap.metrics.probes import consistency_k, knn_hits, probe_hits
from mmgap.metrics.relevance import relevance_of
from mmgap.metrics.unit_rows import UnitRows, normalised
from mmgap.rows.recorder import Recorder

if TYPE_CHECKING:
    from mmgap.datasets import Dataset
    from mmgap.encoders.base import Encoder

#: Neighbours of CyCLIP's consistency, and those of the k-NN transfer.
CONSISTENCY_AT, NEIGHBOURS = (1, 3, 5, 10), 5

#: A class needs so many train images to be learned; no more train images are taken than the latter.
FEWEST, MOST = 10, 5000


@dataclass(frozen=True, eq=False)
class LabelledImages:
    """Images whose classes are known: their vectors, their texts' vectors, their classes and where they stand."""

    images: UnitRows
    texts: UnitRows
    classes: np.ndarray
    rows: np.ndarray

    def of(self, names: list[str]) -> LabelledImages:
        """Return those of some classes."""
        rows = np.flatnonzero(np.isin(self.classes, names))
        images, texts = (UnitRows(side.tensor[rows]) for side in (self.images, self.texts))
        return LabelledImages(images, texts, self.classes[rows], self.rows[rows])


def record_classes(
    record: Recorder, encoder: Encoder, test: tuple[UnitRows, UnitRows], dataset: Dataset, train: Dataset | None
) -> None:
    """Record linear probe, k-NN, zero-shot accuracy, consistency_k and the V-measure of stacked modalities.

    Probe and neighbours are of train images; ``probe_cross`` shows texts to the probe of images. Where classes or a
    train split are missing, a note says so. Kept are the hits of each image, its cluster of images that share a
    caption, and the pseudo-values of ``v_measure_class`` (`mmgap.stats.pseudo_values`), with the clusters as they are.

    Args:
        record: the recording door of the cell.
        encoder: of the texts of classes.
        test: images of ``dataset`` and one text of each.
        dataset: whose classes they are (`mmgap.datasets.Dataset.classes`).
        train: other images, with classes.
    """
    held_out = _labelled(*test, dataset)
    if held_out is None:
        record.note(N_("Left out: {reason}."), reason=Message(N_("probes and classes, since images have no classes")))
        return
    if train is None:
        record.note(N_("Left out: {reason}."), reason=Message(N_("probes and classes, since there is no train split")))
        return
    single = train.first_captions()
    if len(single.image_ids) > MOST:
        single = single.select(np.linspace(0, len(single.image_ids) - 1, MOST).astype(np.int64))
    vectors = embed(encoder, single)
    known = _labelled(normalised(vectors.images), normalised(vectors.texts), single)
    names = [] if known is None else _learnable(known.classes, held_out.classes)
    if known is None or len(names) < 2:
        record.note(
            N_("Left out: {reason}."), reason=Message(N_("probes and classes, since too few images share a class"))
        )
        return
    known, held_out = known.of(names), held_out.of(names)
    n, fit = len(held_out.classes), (known.images, known.classes)
    record.note(
        N_("{n} classes have at least {least} train images; {images} test images have one of them."),
        n=len(names),
        least=FEWEST,
        images=n,
    )
    of_class = normalised(class_vectors(encoder.encode_texts, names, (dataset.prompt or PROMPT,)))
    hits = {
        "probe": probe_hits(*fit, held_out.images, held_out.classes),
        "probe_cross": probe_hits(*fit, held_out.texts, held_out.classes),
        "knn5": knn_hits(*fit, held_out.images, held_out.classes, k=NEIGHBOURS),
        "zero_shot": knn_hits(of_class, names, held_out.images, held_out.classes, k=1),
    }
    for name, found in hits.items():
        _share(record, name, float(found.mean()), n)
        record.keep({name: found.astype(np.float64)})
    codes = np.searchsorted(names, known.classes)
    for k in CONSISTENCY_AT:
        share = consistency_k(held_out.images, of_class, codes, k=k, bank=known.images)
        _share(record, f"consistency{k}", share, n)
    _record_clusters(record, held_out, _shared_captions(dataset)[held_out.rows])


def _record_clusters(record: Recorder, held_out: LabelledImages, shared: np.ndarray) -> None:
    """The V-measure of the classes; an image that is left out takes its text along."""
    n, labels = len(held_out.classes), np.concatenate([held_out.classes, held_out.classes])
    clusters = modality_clusters(held_out.images, held_out.texts, labels=(held_out.classes, held_out.classes))
    record("v_measure_class", clusters.v_measure, n=2 * n)
    record("v_measure_chance", clusters.chance, n=2 * n)

    def measured(images: np.ndarray) -> float:
        both = np.concatenate([images, n + images])
        return float(v_measure_score(labels[both], clusters.found[both]))

    record.keep({"class_cluster": shared.astype(np.int64)})
    if len(np.unique(shared)) > 1:
        record.keep({"v_measure_class": stats.pseudo_values(measured, shared)})


def _shared_captions(dataset: Dataset) -> np.ndarray:
    """(N,) labels of the images: equal where they share a caption."""
    n, m = len(dataset.image_ids), len(dataset.captions)
    return relevance_of(dataset.relevance("any"), n, m, dataset.owner).clusters


def _share(record: Recorder, name: str, value: float, n: int) -> None:
    record(name, value, n=n, unit="share", higher_is_better=True)


def _labelled(images: UnitRows, texts: UnitRows, dataset: Dataset) -> LabelledImages | None:
    """The images with a class; None where none has one."""
    try:
        own = dataset.classes()
    except DatasetError:
        return None
    rows = np.flatnonzero([name is not None for name in own])
    classes = np.array([own[row] for row in rows])
    if not len(rows):
        return None
    return LabelledImages(UnitRows(images.tensor[rows]), UnitRows(texts.tensor[rows]), classes, rows)


def _learnable(known: np.ndarray, held_out: np.ndarray) -> list[str]:
    """The classes with enough train images that are met in the test split, sorted."""
    names, counts = np.unique(known, return_counts=True)
    return sorted({str(name) for name in names[counts >= FEWEST]} & {str(name) for name in held_out})
