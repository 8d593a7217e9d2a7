"""Can a linear classifier tell images from texts? Held out, with a pair never on both sides of the split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mmgap.metrics.caption_owners import owner_rows
from mmgap.metrics.unit_rows import Rows, Vectors, any_rows, same_width


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
    predictors = {"logistic": _logistic, "centroid": _centroid}
    if classifier not in predictors:
        raise ValueError(f"classifier is 'logistic' or 'centroid', got {classifier!r}")
    images, texts = any_rows(x, "x", raw=raw), any_rows(y, "y", raw=raw)
    same_width(images, texts)
    if not 2 <= folds <= len(images):
        raise ValueError(f"folds must be between 2 and the {len(images)} images, got {folds}")
    image_of_row = np.concatenate([np.arange(len(images)), owner_rows(owner, len(images), len(texts))])
    rows = np.concatenate([_numpy(images), _numpy(texts)])
    is_text = np.arange(len(rows)) >= len(images)
    hit = np.zeros(len(rows), dtype=bool)
    for _, held_out in KFold(folds, shuffle=True, random_state=seed).split(np.arange(len(images))):
        test = np.isin(image_of_row, held_out)
        hit[test] = predictors[classifier](rows[~test], is_text[~test], rows[test]) == is_text[test]
    image_accuracy, text_accuracy = float(hit[~is_text].mean()), float(hit[is_text].mean())
    return Separability((image_accuracy + text_accuracy) / 2, image_accuracy, text_accuracy, classifier, folds)


def _logistic(train: np.ndarray, is_text: np.ndarray, test: np.ndarray) -> np.ndarray:
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, class_weight="balanced"))
    return model.fit(train, is_text).predict(test)


def _centroid(train: np.ndarray, is_text: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Texts are the rows nearer to the text mean. Unlike scikit-learn's, it takes collapsed sets too."""
    image_mean, text_mean = (train[side].mean(axis=0, dtype=np.float64) for side in (~is_text, is_text))
    return (test - (image_mean + text_mean) / 2) @ (text_mean - image_mean) > 0


def _numpy(v: Rows) -> np.ndarray:
    """Float64 stays; narrower types become float32, which scikit-learn computes in."""
    return (v.tensor if v.tensor.dtype == torch.float64 else v.tensor.float()).cpu().numpy()
