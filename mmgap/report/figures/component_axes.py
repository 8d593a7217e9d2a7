"""The names of a map's axes: which principal component, and the share of the variance that lies along it."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from mmgap.report.translation import translated
from mmgap.report.values import fixed


def name_components(axes: Axes, explained: np.ndarray | None, language: str) -> None:
    """Name both axes of a map, see `component_names`."""
    across, up = component_names(explained, language)
    axes.set_xlabel(across)
    axes.set_ylabel(up)


def component_names(explained: np.ndarray | None, language: str) -> tuple[str, str]:
    """Return the names of both axes; without shares, which older rows did not keep, by number alone.

    Args:
        explained: (2,) shares of the variance, in [0, 1].
        language: "en" or "es".

    >>> component_names(np.array([0.5, 0.25]), "en")[0]
    'principal component 1, 50.0 % of the variance'
    """
    first, second = (_name(number, explained, language) for number in (1, 2))
    return first, second


def _name(number: int, explained: np.ndarray | None, language: str) -> str:
    called = translated("principal component {n}", language, n=number)
    if explained is None or not np.isfinite(explained[number - 1]):
        return called
    share = fixed(100 * float(explained[number - 1]), 1)
    return translated("{component}, {share} % of the variance", language, component=called, share=share)
