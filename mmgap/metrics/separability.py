"""Can a linear classifier tell images from texts? Held out, with a pair never on both sides of the split."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

from mmgap.metrics.caption_owners import owner_rows
from mmgap.metrics.unit_rows import Rows, Vectors, any_rows, same_width

#: Rows that are standardised at a time.
_BLOCK = 512


@dataclass(frozen=True)
class Separability:
    """Held-out accuracies in [0, 1], every row predicted once, by a classifier that saw neither it nor its partners.

    Attributes:
        accuracy: mean of the two below (balanced, so chance is 0.5 whatever the counts).
        image_accuracy: share of images taken for images.
        text_accuracy: share of texts taken for texts.
        classifier: ``"logistic"`` or ``"centroid"``.
        folds: number of folds.
    """

    accuracy: float
    image_accuracy: float
    text_accuracy: float
    classifier: str
    folds: int


def modality_separability(
    x: Vectors,
    y: Vectors,
    *,
    owner: ArrayLike | None = None,
    classifier: Literal["logistic", "centroid"] = "logistic",
    folds: int = 5,
    seed: int = 0,
    raw: bool = False,
) -> Separability:
    """Held-out accuracy of a linear classifier of the modality, by cross-validation over images.

    1 where the two cones stand apart (real CLIP vectors, even by the nearest centroid), about 0.5 where nothing linear
    tells them apart. Far below 0.5 means that the sets were matched on these very rows, as by centring each on its own
    mean: what the train folds lack, the held-out fold has too much of, so the classifier errs. Fit such an operation
    on other rows.

    Args:
        x: (N, d) image vectors, N ≥ ``folds``, unit rows.
        y: (M, d) text vectors, unit rows; text i belongs to image i, or to image ``owner[i]``.
        owner: (M,) row of ``x`` that each text belongs to; every image needs a text. Folds are
            folds of images; their texts go with them.
        classifier: ``"logistic"`` (scikit-learn's regression on standardised dimensions, classes balanced) or
            ``"centroid"`` (the nearest class mean; a tie is taken for an image).
        folds: number of folds, at least 2, drawn by ``seed``.
        raw: take vectors of any norm.

    Raises:
        TypeError, ValueError: as `mmgap.metrics.unit_rows.unit_rows`; shapes, owners or folds that do not fit; an
            unknown
            classifier.

    >>> import numpy as np
    >>> from mmgap.metrics.separability import modality_separability
    >>> angles = np.linspace(0, 1, 20)
    >>> x = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    >>> modality_separability(x, -x, classifier="centroid").accuracy
    1.0
    """
    if classifier not in ("logistic", "centroid"):
        raise ValueError(f"classifier is 'logistic' or 'centroid', got {classifier!r}")
    images, texts = any_rows(x, "x", raw=raw), any_rows(y, "y", raw=raw)
    same_width(images, texts)
    if not 2 <= folds <= len(images):
        raise ValueError(f"folds must be between 2 and the {len(images)} images, got {folds}")
    image_of_row = np.concatenate([np.arange(len(images)), owner_rows(owner, len(images), len(texts))])
    fold_of_row = _folds(len(images), folds, seed)[image_of_row]
    by_fold = np.argsort(fold_of_row, kind="stable")
    is_text = by_fold >= len(images)
    rows = _rows_of(images, texts, by_fold)
    ends = np.concatenate([[0], np.bincount(fold_of_row, minlength=folds).cumsum()])
    held_out = [slice(start, stop) for start, stop in itertools.pairwise(ends)]
    moments = [_Moments.of(rows[test]) for test in held_out] if classifier == "logistic" else []
    room = np.empty_like(rows) if classifier == "logistic" else rows  # new memory for each fold would cost more
    hit = np.zeros(len(rows), dtype=bool)
    for fold, test in enumerate(held_out):
        train = slice(0, test.start), slice(test.stop, len(rows))
        labels = np.concatenate([is_text[part] for part in train])
        if classifier == "logistic":
            seen = _Moments.together(moments[:fold] + moments[fold + 1 :])
            seen.standardise(*(rows[part] for part in (*train, test)), out=room)
            found = _logistic(room[: len(labels)], labels, room[len(labels) :])
        else:
            found = _centroid(np.concatenate([rows[part] for part in train]), labels, rows[test])
        hit[test] = found == is_text[test]
    image_accuracy, text_accuracy = float(hit[~is_text].mean()), float(hit[is_text].mean())
    return Separability((image_accuracy + text_accuracy) / 2, image_accuracy, text_accuracy, classifier, folds)


def _folds(n: int, folds: int, seed: int) -> np.ndarray:
    """(n,) which fold holds each image out."""
    fold_of = np.empty(n, dtype=np.int64)
    for fold, (_, held_out) in enumerate(KFold(folds, shuffle=True, random_state=seed).split(np.arange(n))):
        fold_of[held_out] = fold
    return fold_of


@dataclass(frozen=True)
class _Moments:
    """Of some rows: how many there are, their mean and the sum of squares about it, float64 for each dimension.

    Each fold's are taken once; the rows that all folds but one hold together have theirs from these.
    """

    n: int
    mean: np.ndarray
    squares: np.ndarray

    @classmethod
    def of(cls, rows: np.ndarray) -> _Moments:
        mean = rows.mean(axis=0, dtype=np.float64)
        centred = (rows[i : i + _BLOCK] - mean for i in range(0, len(rows), _BLOCK))
        return cls(len(rows), mean, np.sum([np.einsum("nd,nd->d", some, some) for some in centred], axis=0))

    @classmethod
    def together(cls, parts: Sequence[_Moments]) -> _Moments:
        n = sum(part.n for part in parts)
        mean: np.ndarray = np.sum([part.n * part.mean for part in parts], axis=0) / n
        squares = np.sum([part.squares + part.n * (part.mean - mean) ** 2 for part in parts], axis=0)
        return cls(n, mean, squares)

    def standardise(self, *parts: np.ndarray, out: np.ndarray) -> None:
        """Write all rows, brought to mean 0 and variance 1 in each dimension in which those of the moments vary."""
        variance, rounding = self.squares / self.n, np.finfo(np.float64).eps * self.n
        constant = variance <= rounding * variance + (rounding * self.mean) ** 2
        mean, deviation = self.mean.astype(out.dtype), np.where(constant, 1.0, np.sqrt(variance)).astype(out.dtype)
        start = 0
        for part in parts:
            for i in range(0, len(part), _BLOCK):  # in blocks that stay in cache between the two
                some = part[i : i + _BLOCK]
                block = np.subtract(some, mean, out=out[start : start + len(some)])
                block /= deviation
                start += len(some)


def _logistic(train: np.ndarray, is_text: np.ndarray, test: np.ndarray) -> np.ndarray:
    return LogisticRegression(max_iter=1000, class_weight="balanced").fit(train, is_text).predict(test)


def _centroid(train: np.ndarray, is_text: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Texts are the rows nearer to the text mean. Unlike scikit-learn's, it takes collapsed sets too."""
    image_mean, text_mean = (train[side].mean(axis=0, dtype=np.float64) for side in (~is_text, is_text))
    return (test - (image_mean + text_mean) / 2) @ (text_mean - image_mean) > 0


def _rows_of(images: Rows, texts: Rows, order: np.ndarray) -> np.ndarray:
    """Images, then texts, in this order: float64 where one of them is, else float32, in which scikit-learn computes."""
    wide = torch.float64 in (images.tensor.dtype, texts.tensor.dtype)
    rows = np.empty((len(order), images.width), dtype=np.float64 if wide else np.float32)
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.arange(len(order))
    for v, there in ((images, places[: len(images)]), (texts, places[len(images) :])):
        rows[there] = (v.tensor if v.tensor.dtype == torch.float64 else v.tensor.float()).cpu().numpy()
    return rows
