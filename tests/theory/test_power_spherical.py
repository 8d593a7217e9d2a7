"""Power Spherical: density, entropy and divergence by quadrature; samples by their moments; every centre is safe."""

import itertools
import math

import pytest
import torch
from scipy import integrate, stats
from torch.distributions import kl_divergence

from mmgap.theory import HypersphericalUniform, PowerSpherical


def axis(dim, sign=1.0, dtype=torch.float64):
    loc = torch.zeros(dim, dtype=dtype)
    loc[0] = sign
    return loc


def direction(dim, seed=0):
    v = torch.randn(dim, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return v / v.norm()


def expectation(log_density, dim, function):
    """∫ function(t)·density over S^(dim−1), t the cosine to the first axis: slices of area ∝ sin^(dim−2)."""
    log_slice = math.log(2) + (dim - 1) / 2 * math.log(math.pi) - math.lgamma((dim - 1) / 2)

    def integrand(angle):
        t = math.cos(angle)
        return function(t) * math.exp(log_density(t) + log_slice + (dim - 2) * math.log(math.sin(angle)))

    cuts = (0, 0.3, 0.8, 1.2, 1.4, math.pi / 2, 1.8, math.pi)
    pieces = itertools.pairwise(cuts)
    return sum(integrate.quad(integrand, a + 1e-13, b - 1e-13, epsabs=1e-13, epsrel=1e-11)[0] for a, b in pieces)


def log_density(cone, dim):
    def at(t):
        x = torch.zeros(dim, dtype=torch.float64)
        x[0], x[1] = t, math.sqrt(max(0.0, 1 - t * t))
        return float(cone.log_prob(x))

    return at


@pytest.mark.parametrize("kappa", [0.0, 0.7, 4.0, 100.0])
@pytest.mark.parametrize("dim", [2, 3, 8, 768])
def test_density_entropy_and_divergence_by_quadrature(dim, kappa):
    cone, uniform = PowerSpherical(axis(dim), kappa), HypersphericalUniform(dim, dtype=torch.float64)
    log_p = log_density(cone, dim)
    log_u = float(uniform.log_prob(axis(dim)))
    assert expectation(log_p, dim, lambda t: 1) == pytest.approx(1, rel=1e-7)
    assert expectation(lambda t: log_u, dim, lambda t: 1) == pytest.approx(1, rel=1e-7)
    assert float(cone.entropy()) == pytest.approx(expectation(log_p, dim, lambda t: -log_p(t)), rel=1e-7, abs=1e-7)
    divergence = expectation(log_p, dim, lambda t: log_p(t) - log_u)
    assert float(kl_divergence(cone, uniform)) == pytest.approx(divergence, rel=1e-6, abs=1e-9)
    mean = expectation(log_p, dim, lambda t: t)
    assert float(cone.mean[0]) == pytest.approx(mean, rel=1e-7, abs=1e-9)
    variance = expectation(log_p, dim, lambda t: (t - mean) ** 2)
    assert float(cone.variance[0]) == pytest.approx(variance, rel=1e-6)


@pytest.mark.parametrize(
    ("dim", "kappa", "divergence"), [(2, 4, "0.8276952"), (768, 100, "5.145"), (768, 1000, "148.2")]
)
def test_golden_divergences(dim, kappa, divergence):
    value = float(kl_divergence(PowerSpherical(direction(dim), kappa), HypersphericalUniform(dim)))
    assert f"{value:.{len(divergence.split('.')[1])}f}" == divergence


def test_golden_mean_resultant():
    assert f"{PowerSpherical(direction(768), 100).mean.norm():.4f}" == "0.1153"


def test_float32_divergence_keeps_its_digits():
    cone = PowerSpherical(direction(768).float(), 1000.0)
    assert float(kl_divergence(cone, HypersphericalUniform(768))) == pytest.approx(148.20417, rel=1e-5)


@pytest.mark.parametrize(("dim", "kappa"), [(2, 4.0), (3, 50.0), (8, 0.0), (768, 1000.0)])
@pytest.mark.parametrize("centre", ["first axis", "its opposite", "elsewhere"])
def test_samples(dim, kappa, centre):
    loc = {"first axis": axis(dim), "its opposite": axis(dim, -1), "elsewhere": direction(dim, 3)}[centre]
    cone = PowerSpherical(loc, kappa)
    torch.manual_seed(0)
    n = 4000
    x = cone.sample((n,))
    torch.testing.assert_close(x.norm(dim=1), torch.ones(n, dtype=torch.float64))
    t = (1 + x @ loc) / 2
    assert stats.kstest(t.numpy(), stats.beta((dim - 1) / 2 + kappa, (dim - 1) / 2).cdf).pvalue > 1e-3
    error = (x.mean(0) - cone.mean) / (cone.variance / n).sqrt()
    assert error.abs().max() < 4.5
    assert error.square().mean() < 3  # the directions about the centre are even, too
    if dim < 10:
        torch.testing.assert_close(x.var(0), cone.variance, rtol=0.15, atol=0)


def test_directions_about_the_centre_are_uniform():
    loc = direction(3, 5)
    torch.manual_seed(1)
    x = PowerSpherical(loc, 20.0).sample((4000,))
    first = torch.linalg.cross(loc, axis(3))
    first = first / first.norm()
    angle = torch.atan2(x @ torch.linalg.cross(loc, first), x @ first)
    assert stats.kstest(angle.numpy(), stats.uniform(-math.pi, 2 * math.pi).cdf).pvalue > 1e-3


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("dim", [2, 3, 768])
@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("kappa", [0.0, 5.0, 1e9])
def test_gradients_are_finite_at_the_first_axis_and_its_opposite(dim, sign, dtype, kappa):
    loc = axis(dim, sign, dtype).requires_grad_()
    kappa = torch.tensor(kappa, dtype=dtype, requires_grad=True)
    cone = PowerSpherical(loc, kappa)
    torch.manual_seed(0)
    x = cone.rsample((200,))
    (x.sum() + cone.log_prob(x.detach()).sum() + cone.entropy()).backward()
    assert torch.isfinite(x).all()
    assert torch.isfinite(loc.grad).all()
    assert torch.isfinite(kappa.grad)


@pytest.mark.parametrize("start", [[1.0, 0, 0], [-1.0, 0, 0], [0, 1.0, 0], [0.3, -0.5, 0.2]])
def test_gradient_of_the_mean_through_the_samples(start):
    """d E[w·x]/d loc and /d κ, by samples and by the closed form of the mean."""
    w = torch.tensor([0.2, -1.0, 0.7], dtype=torch.float64)

    def gradients(expectation):
        loc = torch.tensor(start, dtype=torch.float64, requires_grad=True)
        kappa = torch.tensor(6.0, dtype=torch.float64, requires_grad=True)
        return torch.autograd.grad(expectation(PowerSpherical(loc, kappa)), (loc, kappa))

    torch.manual_seed(0)
    sampled = gradients(lambda cone: (cone.rsample((60_000,)) @ w).mean())
    exact = gradients(lambda cone: cone.mean @ w)
    torch.testing.assert_close(sampled[0], exact[0], rtol=0.03, atol=0.02)
    torch.testing.assert_close(sampled[1], exact[1], rtol=0.05, atol=0.003)


def test_gradient_of_log_density():
    loc, kappa = direction(4).requires_grad_(), torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    x = HypersphericalUniform(4, dtype=torch.float64).sample((5,))
    assert torch.autograd.gradcheck(lambda loc, kappa: PowerSpherical(loc, kappa).log_prob(x), (loc, kappa))
    assert torch.autograd.gradcheck(lambda kappa: PowerSpherical(loc.detach(), kappa).entropy(), (kappa,))


def test_shapes_and_expansion():
    loc = torch.stack([direction(5, 1), direction(5, 2)])
    cone = PowerSpherical(loc, torch.tensor([[1.0], [2.0], [3.0]]))
    assert (cone.batch_shape, cone.event_shape) == ((3, 2), (5,))
    x = cone.rsample((7,))
    assert x.shape == (7, 3, 2, 5)
    assert cone.log_prob(x).shape == (7, 3, 2)
    assert cone.entropy().shape == (3, 2)
    assert cone.mean.shape == cone.mode.shape == cone.variance.shape == (3, 2, 5)
    wide = cone.expand((4, 3, 2))
    assert wide.sample().shape == (4, 3, 2, 5)
    torch.testing.assert_close(wide.entropy()[2], cone.entropy())
    assert kl_divergence(wide, HypersphericalUniform(5)).shape == (4, 3, 2)
    assert "PowerSpherical" in repr(cone)


def test_centres_are_normalised():
    cone = PowerSpherical(torch.tensor([0.0, 3.0, 4.0]), 2)
    torch.testing.assert_close(cone.loc, torch.tensor([0.0, 0.6, 0.8]))


def test_density_opposite_the_centre():
    loc = axis(3)
    assert PowerSpherical(loc, 2.0).log_prob(-loc) == -math.inf
    assert PowerSpherical(loc, 0.0).log_prob(-loc) == pytest.approx(-math.log(4 * math.pi))


@pytest.mark.parametrize(
    ("loc", "kappa", "message"),
    [
        (torch.zeros(3), 1.0, "zero or non-finite vector"),
        (torch.tensor([math.nan, 0, 1]), 1.0, "zero or non-finite vector"),
        (torch.ones(1), 1.0, "d ≥ 2, got"),
        (torch.ones(3), -1.0, "concentration"),
        (torch.ones(3), math.inf, "NaN or infinity"),
    ],
)
def test_refuses_bad_parameters(loc, kappa, message):
    with pytest.raises(ValueError, match=message):
        PowerSpherical(loc, kappa)


def test_refuses_values_off_the_sphere():
    with pytest.raises(ValueError, match="support"):
        PowerSpherical(axis(3), 1.0).log_prob(torch.ones(3, dtype=torch.float64))
    with pytest.raises(ValueError, match="support"):
        HypersphericalUniform(3).log_prob(torch.ones(3))
    unchecked = PowerSpherical(axis(3), 1.0, validate_args=False)
    assert torch.isfinite(unchecked.log_prob(torch.ones(3, dtype=torch.float64)))


def test_uniform():
    sphere = HypersphericalUniform(6, (2,), dtype=torch.float64)
    torch.manual_seed(0)
    x = sphere.sample((5000,))
    assert x.shape == (5000, 2, 6)
    torch.testing.assert_close(x.norm(dim=-1), torch.ones(5000, 2, dtype=torch.float64))
    torch.testing.assert_close(x.mean(0), sphere.mean, rtol=0, atol=0.03)
    torch.testing.assert_close(x.var(0), sphere.variance, rtol=0.1, atol=0)
    assert sphere.log_prob(x).shape == (5000, 2)
    torch.testing.assert_close(sphere.entropy(), -sphere.log_prob(x[0]))
    assert sphere.expand((3, 2)).sample().shape == (3, 2, 6)
    cone = PowerSpherical(direction(6), 0.0)
    torch.testing.assert_close(kl_divergence(cone, sphere), torch.zeros(2, dtype=torch.float64))
    with pytest.raises(ValueError, match="one space, got 6 and 5"):
        kl_divergence(cone, HypersphericalUniform(5))
    with pytest.raises(ValueError, match="at least 2 dimensions, got 1"):
        HypersphericalUniform(1)
