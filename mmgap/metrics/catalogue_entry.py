"""What is known of a metric, apart from its values: one entry for each number that rows hold and reports print."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mmgap.core.messages import N_
from mmgap.core.registry import loaded

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

#: What metrics are about: a report has a table of further measurements for each.
DISTANCE, SPREAD, COSINES, RECALL, REST = (
    N_("between the modalities"),
    N_("within the modalities"),
    N_("cosines"),
    N_("recall"),
    N_("the rest"),
)

#: Ranges, in signs that need no translation.
PER_CENT, COSINE, NOT_NEGATIVE = "[0, 100] %", "[−1, 1]", "≥ 0"


@dataclass(frozen=True, eq=False)
class MeasuredSpace:
    """What a metric is computed of.

    Attributes:
        images: (N, d) unit rows.
        texts: (M, d) unit rows.
        owner: (M,) row of the image that each text belongs to.
    """

    images: Tensor
    texts: Tensor
    owner: np.ndarray


@dataclass(frozen=True)
class Metric:
    """One number of rows and reports: what it is called, what it means, and in which unit it is recorded.

    ``label``, ``family``, ``help`` and ``legend`` are English texts, translated where they are shown.

    Attributes:
        name: as rows hold it: lower-case letters, digits and any of ``_ . + * -``.
        label: what tables call it; empty where it goes by its name.
        unit: "share" (shown in per cent), "points" (of a hundred), "count", "p" (of a test), "s", "ms", "MB"; None for
            a plain number.
        range: of its values, in signs that need no translation, as ``"[0, 2]"``; empty where there is nothing to say.
        better: whether more of it is better; None where neither is.
        family: what it is about, one of the texts above or another: metrics of one family share a table.
        help: what it means, in part of a sentence; metrics of the same help share a line of the legend, and one without
            help has none.
        legend: what that shared line is called; empty where the label does.
        compute: for metrics that other packages add: a function of a `MeasuredSpace`, or ``"module:function"``, that
            returns a finite number, or raises `ValueError` with the reason where a space has none.

    >>> Metric("hubness", "hubness", range="≥ 0", better=False, help="skewness of how often a text is found").better
    False
    """

    name: str
    label: str = ""
    unit: str | None = None
    range: str = ""
    better: bool | None = None
    family: str = REST
    help: str = ""
    legend: str = ""
    compute: Callable[[MeasuredSpace], float] | str | None = None

    @property
    def function(self) -> Callable[[MeasuredSpace], float] | None:
        """Return what computes it, imported where it was named; None where mmgap's experiments record it."""
        return loaded(self.compute) if isinstance(self.compute, str) else self.compute
