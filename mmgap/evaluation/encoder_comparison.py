"""What a practice records of one encoder on one folder: similarities, matches, categories, maps and thumbnails."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from mmgap import stats
from mmgap.core.defaults import RECALLS_AT
from mmgap.core.text_arrays import as_array
from mmgap.datasets import Dataset
from mmgap.datasets.resizing import Preparation
from mmgap.evaluation.comparison_maps import maps
from mmgap.evaluation.space_intervals import recall_intervals
from mmgap.evaluation.space_record import record_duplicates, record_recalls
from mmgap.metrics.gap import modality_gap
from mmgap.metrics.pass_cross import cross
from mmgap.metrics.relevance import relevance_of
from mmgap.metrics.retrieval import hits
from mmgap.metrics.unit_rows import normalised
from mmgap.rows.recorder import Recorder

#: Up to this many images their thumbnails are kept for the local report, this many pixels a side.
THUMBNAILS, SIDE = 200, 48


def record_practice(
    record: Recorder, images: np.ndarray, texts: np.ndarray, dataset: Dataset, *, limit: int = 2000, seed: int = 0
) -> None:
    """Record one encoder on one data set.

    Of a larger set than ``limit`` a seeded sample is taken, and a note says so.

    Args:
        record: the recording door of the cell.
        images: (N, d) raw vectors of the data set's images.
        texts: (M, d) raw vectors of its captions; M = 0 for images without captions, which are mapped alone.
        dataset: ids, owners, categories and pictures.
        limit: images that are measured at most; three matrices of this side are kept.
        seed: of resamples, sample and maps.
    """
    for note in dataset.footnotes:
        record.note(note)
    if len(images) > limit:
        chosen = np.sort(np.random.default_rng(seed).permutation(len(images))[:limit])
        record.note("A sample of {limit} of the {n} images (seed {seed}).", limit=limit, n=len(images), seed=seed)
        images, texts = images[chosen], texts[np.isin(dataset.owner, chosen)]
        dataset = dataset.select(chosen)
    unit_images = normalised(images, "images", at_least=2).double()
    unit_texts = normalised(texts, "texts").double() if len(texts) else None
    x = unit_images.tensor
    y = x[:0] if unit_texts is None else unit_texts.tensor
    cosines = {
        name: (a @ b.T).numpy() for name, a, b in (("image_image", x, x), ("text_text", y, y), ("image_text", x, y))
    }
    record("n_images", len(x), unit="count")
    record("n_texts", len(y), unit="count")
    if unit_texts is not None:
        record("gap", modality_gap(unit_images, unit_texts), n=len(x))
        clusters = relevance_of(dataset.relevance("any"), len(x), len(y), dataset.owner).clusters
        _record_matches(record, x, y, dataset, clusters)
        _record_diagonal(record, cosines["image_text"], dataset, clusters)
        record.keep({"cluster": clusters})
    else:
        record.note("{data} has no captions: its images are measured and mapped alone.", data=dataset.name)
    _record_categories(record, cosines, dataset)
    record.keep({name: matrix.astype(np.float32) for name, matrix in cosines.items()})
    record.keep(
        {
            "ids": as_array(dataset.image_ids),
            "categories": as_array(category or "" for category in dataset.categories),
            "owner": dataset.owner,
        }
    )
    found, reasons = maps(np.concatenate([x.numpy(), y.numpy()]), seed=seed)
    record.keep(found)
    for reason in reasons:
        record.note(reason)
    if len(x) <= THUMBNAILS and dataset.vectors is None:
        square = Preparation(SIDE, "pad")
        record.keep({"thumbnails": np.stack([square(dataset.images[i]) for i in range(len(x))])})


def _record_matches(record: Recorder, x: Tensor, y: Tensor, dataset: Dataset, clusters: np.ndarray) -> None:
    """Recalls both ways, and ``top1``: images whose most similar caption is their own, ties as expected."""
    relation = relevance_of(dataset.relevance("any"), len(x), len(y), dataset.owner)
    for anyhow, suffix in ((relation, ""), (relation.own, "_own")):
        ranked = cross(x, y, anyhow)
        sides = {"i2t": ranked.i2t, "t2i": ranked.t2i}
        found = {f"{way}_r{k}": hits(ranks, k) for way, ranks in sides.items() for k in RECALLS_AT}
        record_recalls(record, ranked, found, clusters, suffix)
    record_duplicates(record, dataset)
    matches = found["i2t_r1"]
    top1 = recall_intervals(ranked, {"i2t_r1": matches}, clusters, len(clusters))["i2t_r1"]
    record("top1", top1.value, ci=(top1.low, top1.high), n=top1.n)
    record.keep({"top1_image": matches, "best_caption": (x @ y.T).argmax(dim=1).numpy()})


def _record_diagonal(record: Recorder, image_text: np.ndarray, dataset: Dataset, clusters: np.ndarray) -> None:
    """Cosines of captions with their own image, and with the others; standard deviations divide by n."""
    captions = np.arange(len(dataset.owner))
    diagonal = image_text[dataset.owner, captions]
    others = np.ones(image_text.shape, dtype=bool)
    others[dataset.owner, captions] = False
    if len(np.unique(clusters)) < 2:
        record("diagonal_mean", diagonal.mean(), n=len(diagonal))
    else:
        mean = stats.mean_interval(diagonal, clusters=clusters[dataset.owner], limits=(-1.0, 1.0))
        record("diagonal_mean", mean.value, ci=(mean.low, mean.high), n=mean.n)
    for name, value in (("sd", diagonal.std()), ("min", diagonal.min()), ("max", diagonal.max())):
        record(f"diagonal_{name}", value, n=len(diagonal))
    record("off_diagonal_mean", image_text[others].mean(), n=int(others.sum()))
    record("off_diagonal_sd", image_text[others].std(), n=int(others.sum()))
    record.keep({"diagonal": diagonal})


def _record_categories(record: Recorder, cosines: dict[str, np.ndarray], dataset: Dataset) -> None:
    """Mean cosines within and between categories; an item with itself, and an image with its own captions, are out."""
    labels = np.array([category or "" for category in dataset.categories], dtype=object)
    if len(set(labels[labels != ""])) == 0:
        return
    side = {"image": (labels, np.arange(len(labels))), "text": (labels[dataset.owner], np.arange(len(dataset.owner)))}
    pairs = {"image": ("image", "image"), "text": ("text", "text"), "pair": ("image", "text")}
    for name, (rows, columns) in pairs.items():
        (left, number), (right, other) = side[rows], side[columns]
        if name == "pair":
            other = dataset.owner
        known = (left != "")[:, None] & (right != "")[None, :] & (number[:, None] != other[None, :])
        same = left[:, None] == right[None, :]
        matrix = cosines[f"{rows}_{columns}"]
        for kind, chosen in (("within", known & same), ("between", known & ~same)):
            if chosen.any():
                record(f"{name}_{kind}_category", matrix[chosen].mean(), n=int(chosen.sum()))
