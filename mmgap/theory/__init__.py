"""Theory: vectors whose gap is known. The Power Spherical distribution, its closed forms, and annex E."""

from mmgap.theory.closed_forms import (
    expected_anti,
    expected_cosine,
    expected_cosine_variance,
    expected_gap,
    expected_intra,
    expected_uniformity,
    mean_resultant,
)
from mmgap.theory.high_dimension import (
    ball_volume,
    cosine_density,
    cosine_deviation,
    cube_volume,
    equator_share,
    shell_share,
)
from mmgap.theory.power_spherical import PowerSpherical
from mmgap.theory.uniform_sphere import HypersphericalUniform

__all__ = [
    "HypersphericalUniform",
    "PowerSpherical",
    "ball_volume",
    "cosine_density",
    "cosine_deviation",
    "cube_volume",
    "equator_share",
    "expected_anti",
    "expected_cosine",
    "expected_cosine_variance",
    "expected_gap",
    "expected_intra",
    "expected_uniformity",
    "mean_resultant",
    "shell_share",
]
