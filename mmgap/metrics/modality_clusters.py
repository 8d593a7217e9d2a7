"""Do clusters of images and texts together follow their classes, or their modality?"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from sklearn.cluster import KMeans
from sklearn.metrics import v_measure_score

from mmgap.metrics.unit_rows import Vectors, same_width, unit_rows

#: Shuffles of the labels that say what chance gives.
SHUFFLES = 20


@dataclass(frozen=True)
class ClusterAgreement:
    """How well clusters agree with labels, beside what chance gives.

    Attributes:
        v_measure: the harmonic mean of homogeneity and completeness, in [0, 1]; 1 for clusters that are the labels.
        chance: the same of shuffled labels; far above 0 for many labels of few items each.
        found: (N + M,) the cluster of each image, then of each text.
    """

    v_measure: float
    chance: float
    found: np.ndarray = field(compare=False, repr=False)


def modality_clusters(
    x: Vectors, y: Vectors, *, labels: tuple[ArrayLike, ArrayLike] | None = None, starts: int = 10, seed: int = 0
) -> ClusterAgreement:
    """Measure how well k-means over images and texts stacked agrees with labels, k being their number.

    With classes it asks for the meaning: the higher, the more do images and texts of a class lie together. Without
    ``labels`` they are the modalities, k is 2, and what is found is how plainly the gap divides the space.

    Args:
        x: (N, d) image vectors, unit rows.
        y: (M, d) text vectors, unit rows.
        labels: (N,) and (M,) classes of the images and of the texts, of any one type; at least 2 in all.
        starts: of k-means, from different centres; the best is taken.
        seed: of the centres and of the shuffles.

    Raises:
        TypeError, ValueError: as `mmgap.metrics.unit_rows.unit_rows`; widths or lengths that differ; a single class.

    Source: Rosenberg & Hirschberg (EMNLP 2007); over stacked modalities in "Closing the modality gap aligns group-wise
    semantics" (ICLR 2026).

    >>> import numpy as np
    >>> from mmgap.metrics import modality_clusters
    >>> x = np.eye(4)[[0, 0, 1, 1]]
    >>> modality_clusters(x, x, labels=(["a", "a", "b", "b"],) * 2).v_measure, modality_clusters(x, x).v_measure < 0.1
    (1.0, True)
    """
    a, b = unit_rows(x, "images"), unit_rows(y, "texts")
    same_width(a, b)
    of_image, of_text = ([0] * len(a), [1] * len(b)) if labels is None else labels
    classes = np.concatenate([np.asarray(of_image), np.asarray(of_text)])
    if (len(np.asarray(of_image)), len(np.asarray(of_text))) != (len(a), len(b)):
        raise ValueError(f"labels: expected one for each of {len(a)} images and {len(b)} texts")
    if (count := len(np.unique(classes))) < 2:
        raise ValueError("labels: clusters need at least 2 classes")
    stacked = np.concatenate([rows.double().tensor.cpu().numpy() for rows in (a, b)])
    found = KMeans(count, n_init=starts, random_state=seed).fit_predict(stacked)
    shuffled = np.random.default_rng(seed)
    by_chance = [v_measure_score(shuffled.permutation(classes), found) for _ in range(SHUFFLES)]
    return ClusterAgreement(float(v_measure_score(classes, found)), float(np.mean(by_chance)), found)
