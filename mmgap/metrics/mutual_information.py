"""InfoNCE's lower bound on the mutual information of images and texts, and the ceiling that it cannot pass."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from mmgap.metrics.pass_cross import LARGEST_SCALE, cross
from mmgap.metrics.relevance import relevance_of
from mmgap.metrics.unit_rows import Vectors, same_shape, unit_rows


@dataclass(frozen=True)
class InformationBound:
    """A lower bound on mutual information, in nats.

    Attributes:
        value: the bound, log N − loss; at most ``ceiling``. It may lie below 0, where it says nothing.
        ceiling: log N, whatever the data hold: no more can be shown with N pairs.
        of_pair: (N,) what each pair contributes; ``value`` is their mean.
    """

    value: float
    ceiling: float
    of_pair: np.ndarray

    @property
    def reached(self) -> bool:
        """Return whether the ceiling hides the truth: a query gives its own partner more than half the probability.

        Then the loss is below log 2, and more pairs would show more information.
        """
        return self.value > self.ceiling - math.log(2)


def mutual_information_bound(x: Vectors, y: Vectors, *, logit_scale: float = 100.0) -> InformationBound:
    """Bound the mutual information of image and text from below by InfoNCE: ``I(X; Y) ≥ log N − loss``.

    The loss is the contrastive one over all N pairs, both directions averaged; only a query's own partner is right,
    since equal captions of other pairs are independent draws. Every logit scale gives a bound; the highest one tells
    most, and has to be chosen on other pairs (`best_logit_scale`). It bounds what vectors tell of each other, which is
    no more than what images and texts do.

    Args:
        x, y: (N, d) vectors, unit rows; row i of both is a pair drawn at random, one text an image.
        logit_scale: inverse temperature, 0 < scale ≤ 300.

    Raises:
        TypeError, ValueError: as `mmgap.metrics.unit_rows.unit_rows`; shapes that differ, or a scale out of range.

    Source: van den Oord et al., "Representation learning with contrastive predictive coding" (2018); Poole et al., "On
    variational bounds of mutual information" (ICML 2019) for the ceiling.

    >>> import numpy as np
    >>> from mmgap.metrics import mutual_information_bound
    >>> found = mutual_information_bound(np.eye(8), np.eye(8))
    >>> round(found.value, 3), round(found.ceiling, 3), found.reached
    (2.079, 2.079, True)
    """
    a, b = unit_rows(x, "images"), unit_rows(y, "texts")
    same_shape(a, b)
    n = len(a)
    softmax = cross(a.tensor, b.tensor, relevance_of(None, n, n), logit_scale=logit_scale).softmax
    assert softmax is not None
    of_pair = math.log(n) - (softmax.i2t_loss + softmax.t2i_loss) / 2
    return InformationBound(float(of_pair.mean()), math.log(n), of_pair)


def best_logit_scale(x: Vectors, y: Vectors) -> float:
    """Choose the logit scale, in [1, 300], at which the bound of these pairs is highest.

    Args:
        x, y: as `mutual_information_bound`; other pairs than those that are measured, of a validation split.

    >>> import numpy as np
    >>> from mmgap.metrics import best_logit_scale
    >>> round(best_logit_scale(np.eye(8), np.eye(8)[::-1]))  # no text beside its image: the less sure, the better
    1
    """
    a, b = unit_rows(x, "images"), unit_rows(y, "texts")
    found = minimize_scalar(
        lambda log: -mutual_information_bound(a, b, logit_scale=math.exp(log)).value,
        bounds=(0.0, math.log(LARGEST_SCALE)),
        method="bounded",
        options={"xatol": 0.01},
    )
    return min(float(math.exp(found.x)), LARGEST_SCALE)
