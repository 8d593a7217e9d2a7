"""The draws that figures 5.1 and 5.2 of the thesis show: Power Spherical cones on S², by concentration and by angle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mmgap import losses
from mmgap.theory.printed_tables import cones


@dataclass(frozen=True)
class SphereDraw:
    """One panel: images and texts, (n, 3) each, about centres so far apart, and what is measured of them."""

    parameter: float
    images: np.ndarray
    texts: np.ndarray
    value: float


def concentrations(kappas: Sequence[float] = (10, 50, 200, 500), n: int = 500, seed: int = 0) -> Iterator[SphereDraw]:
    """Yield two sets of ``n`` draws about one centre for each concentration κ, with the images' uniformity."""
    for kappa in kappas:
        x, y = cones(0, kappa, n, seed)
        yield SphereDraw(kappa, x.numpy(), y.numpy(), float(losses.uniform(x, x)))


def separations(
    thetas_deg: Sequence[float] = (0, 45, 90, 180), kappa: float = 200, n: int = 500, seed: int = 0
) -> Iterator[SphereDraw]:
    """Yield images and texts about centres θ apart, in degrees, with their gap."""
    for theta in thetas_deg:
        x, y = cones(theta, kappa, n, seed)
        yield SphereDraw(theta, x.numpy(), y.numpy(), float(losses.centroid(x, y).sqrt()))
