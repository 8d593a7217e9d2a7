"""The names of a map's axes: which principal component, and the share of the variance that lies along it."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from mmgap.report.translation import translated
from mmgap.report.values import fixed


def name_components(axes: Axes, explained: np.ndarray | None, language: str) -> None:
    """Name both axes; without shares, which older rows did not keep, by number alone.

    Args:
        axes: of the map.
        explained: (2,) shares of the variance, in [0, 1].
        language: "en" or "es".
    """
    for number, name in ((1, axes.set_xlabel), (2, axes.set_ylabel)):
        called = translated("principal component {n}", language, n=number)
        if explained is not None and np.isfinite(explained[number - 1]):
            share = fixed(100 * float(explained[number - 1]), 1)
            called = translated("{component}, {share} % of the variance", language, component=called, share=share)
        name(called)
