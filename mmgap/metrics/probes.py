"""What a representation is good for: linear probe, k nearest neighbours, and agreement of both with the text side."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mmgap.core.progress import progress_bar
from mmgap.metrics.unit_rows import Rows, Vectors, any_rows, same_width

_TILE = 1024


def linear_probe(
    train: Vectors,
    train_labels: ArrayLike,
    test: Vectors,
    test_labels: ArrayLike,
    *,
    regularisation: float = 1.0,
    max_iter: int = 1000,
) -> float:
    """Test accuracy of a logistic regression fitted on frozen train vectors: the mean of `probe_hits`.

    Dimensions are standardised by the train vectors first, so neither the scale nor the offset of a representation
    plays a part. Choose ``regularisation`` on validation vectors, never on ``test``.

    Args:
        train: (N, d) vectors of any norm.
        train_labels: (N,) classes, at least two of them, of any type.
        test: (M, d) vectors of other items.
        test_labels: (M,) their classes; a class that train lacks counts as missed.
        regularisation: scikit-learn's C, the inverse strength.
        max_iter: iterations at most.

    Returns:
        Accuracy in [0, 1].

    Raises:
        TypeError, ValueError: as `mmgap.metrics.matrices.as_matrix`; lengths or widths that differ; a single class.

    Source: Radford et al., "Learning transferable visual models" (2021), section 3.2.
    """
    hits = probe_hits(train, train_labels, test, test_labels, regularisation=regularisation, max_iter=max_iter)
    return float(hits.mean())


def probe_hits(
    train: Vectors,
    train_labels: ArrayLike,
    test: Vectors,
    test_labels: ArrayLike,
    *,
    regularisation: float = 1.0,
    max_iter: int = 1000,
) -> np.ndarray:
    """Return (M,) bool, which test vectors the logistic regression of `linear_probe` tells the class of.

    Arguments and errors as there.
    """
    fit, held_out = any_rows(train, "train"), any_rows(test, "test")
    _same_dimensions(fit, held_out, "train", "test")
    classes, expected = _labels(train_labels, len(fit), "train"), _labels(test_labels, len(held_out), "test")
    if len(np.unique(classes)) < 2:
        raise ValueError("train_labels: a probe needs at least 2 classes")
    model = make_pipeline(StandardScaler(), LogisticRegression(C=regularisation, max_iter=max_iter))
    model.fit(_numpy(fit), classes)
    return np.asarray(model.predict(_numpy(held_out)) == expected)


def knn_accuracy(
    train: Vectors, train_labels: ArrayLike, test: Vectors, test_labels: ArrayLike, *, k: int = 5, raw: bool = False
) -> float:
    """Share of test vectors whose class is that of most of their k nearest train vectors (by cosine).

    A tied vote goes to the tied class with the nearest vector; the order among equally near vectors is undefined.

    Args:
        train: (N, d) vectors, N ≥ k, unit rows.
        train_labels: (N,) classes of any type.
        test: (M, d) vectors of other items, unit rows.
        test_labels: (M,) their classes.
        k: number of neighbours.
        raw: take vectors of any norm, and the dot product instead of the cosine.

    Returns:
        Accuracy in [0, 1].

    Raises:
        TypeError, ValueError: as `mmgap.metrics.unit_rows.unit_rows`; lengths or widths that differ; k out of range.

    >>> import numpy as np
    >>> from mmgap.metrics.probes import knn_accuracy
    >>> knn_accuracy(np.eye(3), ["a", "b", "c"], np.eye(3)[[2, 0]], ["c", "b"], k=1)
    0.5
    """
    return float(knn_hits(train, train_labels, test, test_labels, k=k, raw=raw).mean())


def knn_hits(
    train: Vectors, train_labels: ArrayLike, test: Vectors, test_labels: ArrayLike, *, k: int = 5, raw: bool = False
) -> np.ndarray:
    """Return (M,) bool, which test vectors the k nearest of `knn_accuracy` tell the class of.

    Arguments and errors as there.
    """
    bank, queries = any_rows(train, "train", raw=raw), any_rows(test, "test", raw=raw)
    _same_dimensions(bank, queries, "train", "test")
    classes, expected = _labels(train_labels, len(bank), "train"), _labels(test_labels, len(queries), "test")
    names, codes = np.unique(classes, return_inverse=True)
    votes = _vote(queries, bank, codes, k, leave_one_out=False)
    return np.asarray(names[votes] == expected)


def consistency_k(
    x: Vectors,
    class_texts: Vectors,
    labels: ArrayLike,
    *,
    k: int = 1,
    bank: Vectors | None = None,
    raw: bool = False,
) -> float:
    """Share of images whose zero-shot class equals the class of most of their k nearest images.

    It asks whether the text side and the image side of a space tell the same story, right or wrong.

    Args:
        x: (N, d) image vectors, unit rows.
        class_texts: (C, d) one text vector per class, unit rows; an image's zero-shot class is the nearest one.
        labels: (B,) integer classes in [0, C) of the ``bank`` images.
        k: neighbours that vote; a tie goes to the tied class with the nearest image.
        bank: (B, d) labelled images (the train split). By default ``x`` itself, where no image is its own neighbour.
        raw: take vectors of any norm, and the dot product instead of the cosine.

    Returns:
        A share in [0, 1].

    Raises:
        TypeError, ValueError: as `knn_accuracy`; labels that are not classes.

    Source: Goel et al., "CyCLIP" (NeurIPS 2022), section 4.2; there k is 1, 3, 5 and 10.
    """
    images, texts = any_rows(x, "x", raw=raw), any_rows(class_texts, "class_texts", raw=raw)
    same_width(images, texts)
    neighbours = images if bank is None else any_rows(bank, "bank", raw=raw)
    _same_dimensions(images, neighbours, "x", "bank")
    classes = _labels(labels, len(neighbours), "bank")
    if not np.issubdtype(classes.dtype, np.integer) or classes.min() < 0 or classes.max() >= len(texts):
        raise ValueError(f"labels: expected integers in [0, {len(texts)}), the rows of class_texts")
    zero_shot = _nearest(images, texts, 1, leave_one_out=False)[:, 0]
    votes = _vote(images, neighbours, classes, k, leave_one_out=bank is None)
    return float((zero_shot == votes).mean())


def _vote(queries: Rows, bank: Rows, codes: np.ndarray, k: int, *, leave_one_out: bool) -> np.ndarray:
    """Class code of most of the k nearest bank rows of each query; ties go to the nearest of the tied."""
    most = len(bank) - leave_one_out
    if not 1 <= k <= most:
        raise ValueError(f"k must be between 1 and the {most} vectors to choose from, got {k}")
    voters = codes[_nearest(queries, bank, k, leave_one_out=leave_one_out)]
    supporters = sum((voters == voters[:, [j]]).astype(np.int64) for j in range(k))
    return voters[np.arange(len(voters)), np.argmax(supporters, axis=1)]


def _nearest(queries: Rows, bank: Rows, k: int, *, leave_one_out: bool) -> np.ndarray:
    """Rows of the k largest dot products of each query, nearest first, (queries, k)."""
    dtype = torch.promote_types(_wide(queries.tensor).dtype, _wide(bank.tensor).dtype)
    among = bank.tensor.to(queries.tensor.device, dtype).T
    found = []
    for start in progress_bar(range(0, len(queries), _TILE), desc="neighbours"):
        scores = queries.tensor[start : start + _TILE].to(dtype) @ among
        if leave_one_out:
            scores[torch.arange(len(scores)), start + torch.arange(len(scores))] = -torch.inf
        found.append(scores.topk(k, dim=1).indices.cpu().numpy())
    return np.concatenate(found)


def _same_dimensions(a: Rows, b: Rows, name_a: str, name_b: str) -> None:
    """Raise `ValueError` unless both have the same width."""
    if a.width != b.width:
        raise ValueError(f"{name_a} has {a.width} dimensions, {name_b} {b.width}: both must be one representation")


def _labels(labels: ArrayLike, n: int, name: str) -> np.ndarray:
    array = np.asarray(labels)
    if array.shape != (n,):
        raise ValueError(f"{name}: {n} vectors need {n} labels, got shape {array.shape}")
    return array


def _wide(v: torch.Tensor) -> torch.Tensor:
    return v if v.dtype == torch.float64 else v.float()


def _numpy(v: Rows) -> np.ndarray:
    return _wide(v.tensor).cpu().numpy()
