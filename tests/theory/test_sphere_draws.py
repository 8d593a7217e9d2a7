"""The draws of figures 5.1 and 5.2, and what is measured of them."""

import numpy as np
import pytest

from mmgap.theory.sphere_draws import concentrations, separations


def test_the_gap_of_a_draw_is_the_distance_of_its_means():
    for theta, draw in zip((0, 90), separations((0, 90), n=40), strict=True):
        assert draw.parameter == theta
        assert draw.images.shape == draw.texts.shape == (40, 3)
        distance = np.linalg.norm(draw.images.mean(axis=0) - draw.texts.mean(axis=0))
        assert draw.value == pytest.approx(distance)


def test_uniformity_falls_with_the_width_of_a_cone_and_is_a_log_mean_of_kernels():
    wide, narrow = concentrations((10, 500), n=40)
    assert wide.value < narrow.value < 0
    kernels = [
        np.exp(-2 * np.sum((wide.images[i] - wide.images[j]) ** 2)) for i in range(40) for j in range(40) if i != j
    ]
    assert wide.value == pytest.approx(np.log(np.mean(kernels)))
