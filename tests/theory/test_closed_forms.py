"""Closed forms against samples, quadrature, counting and the values the tables rest on."""

import math

import numpy as np
import pytest
import torch
from scipy import integrate

from mmgap import losses, theory


def cones(theta, kappa, dim, n=20_000):
    centres = torch.zeros(2, dim, dtype=torch.float64)
    centres[:, 0] = torch.tensor([1.0, math.cos(theta)])
    centres[1, 1] = math.sin(theta)
    torch.manual_seed(0)
    return theory.PowerSpherical(centres, kappa).sample((n,)).unbind(1)


def test_printed_values():
    assert [round(theory.expected_uniformity(k), 4) for k in (200, 50, 10)] == [-0.0759, -0.2653, -0.8372]
    gaps = [theory.expected_gap(math.radians(t), 200) for t in (0, 45, 90, 180)]
    assert [round(gap, 3) for gap in gaps] == [0, 0.758, 1.400, 1.980]
    assert round(theory.expected_anti(500, 50), 3) == round(theory.expected_intra(500, 50), 3) == 1.944
    assert round(theory.expected_intra(500, 500), 3) == 1.980
    assert round(theory.mean_resultant(100, 768), 4) == 0.1153


@pytest.mark.parametrize(
    ("theta", "kappa", "dim"), [(0.0, 10.0, 3), (1.0, 30.0, 8), (math.pi / 2, 3.5, 2), (2.5, 60.0, 40)]
)
def test_gap_and_cosines_of_samples(theta, kappa, dim):
    x, y = cones(theta, kappa, dim)
    assert float((x.mean(0) - y.mean(0)).norm()) == pytest.approx(theory.expected_gap(theta, kappa, dim), abs=0.02)
    cosine = (x * y).sum(1)  # drawn independently
    assert float(cosine.mean()) == pytest.approx(theory.expected_cosine(theta, kappa, dim), abs=0.02)
    assert float(cosine.var()) == pytest.approx(theory.expected_cosine_variance(theta, kappa, dim), rel=0.06)


@pytest.mark.parametrize(("kappa", "dim"), [(0.0, 3), (10.0, 3), (2.5, 2), (200.0, 16), (400.0, 768)])
def test_uniformity_of_samples(kappa, dim):
    x, _ = cones(0, kappa, dim, 1500)
    assert float(losses.uniform(x, x)) == pytest.approx(theory.expected_uniformity(kappa, dim), rel=0.03)


def test_uniformity_of_the_uniform_sphere():
    """On S² the squared distance of two uniform points is uniform on [0, 4]."""
    for t in (0.5, 2.0):
        exact = math.log(integrate.quad(lambda s, t=t: math.exp(-t * s) / 4, 0, 4)[0])
        assert theory.expected_uniformity(0, 3, t) == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("kappa", [0.0, 2.5, 10.0, 500.0])
def test_orthogonal_losses_of_samples(kappa):
    x, y = cones(0, kappa, 3, 1500)
    assert float(losses.intra(x, y)) == pytest.approx(theory.expected_intra(kappa, 1500), abs=0.02)
    assert float(losses.anti(x, y)) == pytest.approx(theory.expected_anti(kappa, 1500), abs=0.02)


def test_intra_of_the_uniform_sphere():
    assert theory.expected_intra(0, 4) == pytest.approx(2 * 0.5 * 3 / 4, rel=1e-12)  # E|cosine| is 1/2 on S²
    assert theory.expected_intra(2000, 50) == pytest.approx(theory.expected_anti(2000, 50), rel=1e-8)


def test_expected_variance_loss():
    x, y = cones(math.pi / 2, 500, 3, 2000)
    assert float(losses.var(x, y)) == pytest.approx(-2 * theory.expected_cosine_variance(math.pi / 2, 500), rel=0.1)


def test_volumes():
    assert theory.ball_volume(2) == pytest.approx(math.pi)
    np.testing.assert_allclose(theory.ball_volume(np.array([1, 3]), 2.0), [4, 4 / 3 * math.pi * 8])
    assert theory.cube_volume(3, 2.0) == pytest.approx(64)
    assert int(np.argmax(theory.ball_volume(np.arange(1, 40)))) + 1 == 5
    inside = np.linalg.norm(np.random.default_rng(0).uniform(-1, 1, (200_000, 4)), axis=1) <= 1
    assert inside.mean() == pytest.approx(theory.ball_volume(4) / theory.cube_volume(4), abs=0.005)


def test_concentration():
    assert theory.shell_share(3, 0.1) == pytest.approx(1 - 0.9**3)
    assert theory.shell_share(768, 0.01) > 0.999
    rng = np.random.default_rng(0)
    v = rng.normal(size=(100_000, 10))
    cosine = v[:, 0] / np.linalg.norm(v, axis=1)
    assert cosine.std() == pytest.approx(theory.cosine_deviation(10), rel=0.01)
    assert (np.abs(cosine) <= 0.3).mean() == pytest.approx(theory.equator_share(10, 0.3), abs=0.005)
    for dim in (3, 10, 768):
        density = integrate.quad(theory.cosine_density, -0.1, 0.1, args=(dim,), points=[0])[0]
        assert density == pytest.approx(theory.equator_share(dim, 0.1), rel=1e-9)
