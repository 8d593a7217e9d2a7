"""The playground's vectors are Power Spherical, and a point depends on nothing but seed, side and place."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.special import ndtr
from scipy.stats import beta, ks_2samp, kstest, norm

from mmgap.app.playground.cone_draws import IMAGES, TEXTS, cone_draws, normals, philox
from mmgap.app.playground.state import PlaygroundState
from mmgap.theory import PowerSpherical

DIMENSIONS = (2, 3, 64, 768)
#: A correct draw is refused once in a thousand seeds; the seed is fixed.
LEAST_P = 1e-3


def state(**values):
    return replace(PlaygroundState(n=2000, seed=7, angle=60.0), **values)


def centres(dim, angle):
    half = math.radians(angle) / 2
    both = np.zeros((2, dim))
    both[:, 0], both[:, 1] = math.cos(half), (-math.sin(half), math.sin(half))
    return both


def turned(v, angle):
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    rotation = np.eye(v.shape[1])
    rotation[:2, :2] = [[cosine, -sine], [sine, cosine]]
    return v @ rotation.T


def test_philox_gives_the_published_words():
    words = philox(np.zeros((4, 1), dtype=np.uint64), 0)[:, 0]
    assert [int(word) for word in words] == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]


def test_normals_are_normal_and_independent_across_places_points_and_sides():
    images, texts = normals(3, 2000, IMAGES, 12), normals(3, 2000, TEXTS, 12)
    assert kstest(images.ravel(), norm.cdf).pvalue > LEAST_P
    assert kstest(texts.ravel(), norm.cdf).pvalue > LEAST_P
    columns = np.concatenate([images, texts], axis=1)
    correlations = np.corrcoef(np.concatenate([columns[:-1], columns[1:]], axis=1).T) - np.eye(48)
    correlations[:24, :24] *= 1 - np.eye(24)
    assert np.abs(correlations).max() < 5 / math.sqrt(len(columns))


@pytest.mark.parametrize("dim", DIMENSIONS)
@pytest.mark.parametrize("kappa", [0.0, 5.0, 2000.0])
def test_the_cosine_to_the_centre_has_the_beta_distribution_of_power_spherical(dim, kappa):
    for side, v in enumerate(cone_draws(state(dim=dim, kappa_image=kappa, kappa_text=kappa))):
        cosines = v @ centres(dim, 60.0)[side]
        assert kstest((1 + cosines) / 2, beta((dim - 1) / 2 + kappa, (dim - 1) / 2).cdf).pvalue > LEAST_P


@pytest.mark.parametrize("dim", DIMENSIONS)
def test_the_direction_around_the_centre_is_uniform(dim):
    upright = cone_draws(state(dim=dim, angle=0.0, kappa_image=50.0))[0]
    around = upright[:, 1:] / np.linalg.norm(upright[:, 1:], axis=1, keepdims=True)
    if dim == 2:
        assert abs((around > 0).mean() - 0.5) < 4 * 0.5 / math.sqrt(len(around))
        return
    for axis in (0, 1, dim - 2):
        if dim == 3:
            assert kstest(np.arctan2(around[:, 1], around[:, 0]), "uniform", (-math.pi, 2 * math.pi)).pvalue > LEAST_P
        else:
            assert kstest((1 + around[:, axis]) / 2, beta((dim - 2) / 2, (dim - 2) / 2).cdf).pvalue > LEAST_P


@pytest.mark.parametrize("dim", DIMENSIONS)
def test_projections_are_distributed_as_those_of_the_theory_s_draws(dim):
    drawn = cone_draws(state(dim=dim, kappa_text=float(30 * dim)))[1]
    torch.manual_seed(0)
    theory = PowerSpherical(torch.from_numpy(centres(dim, 60.0)[1]), 30.0 * dim).sample((5000,)).numpy()
    directions = np.random.default_rng(0).normal(size=(dim, 4))
    for direction in (directions / np.linalg.norm(directions, axis=0)).T:
        assert ks_2samp(drawn @ direction, theory @ direction).pvalue > LEAST_P


def test_in_three_dimensions_the_quantile_is_a_power():
    z = normals(7, 200, IMAGES, 3)
    x = cone_draws(state(n=200, angle=0.0, kappa_image=40.0))[0]
    np.testing.assert_allclose((1 + x[:, 0]) / 2, ndtr(z[:, 0]) ** (1 / 41), rtol=1e-12)


@pytest.mark.parametrize("dim", DIMENSIONS)
def test_a_point_does_not_depend_on_how_many_there_are(dim):
    few, many = cone_draws(state(n=5, dim=dim)), cone_draws(state(n=1999, dim=dim))
    for a, b in zip(few, many, strict=True):
        np.testing.assert_array_equal(a, b[:5])


def test_the_normals_of_a_point_do_not_depend_on_the_dimension():
    np.testing.assert_array_equal(normals(1, 9, TEXTS, 3), normals(1, 9, TEXTS, 768)[:, :3])


def test_images_do_not_depend_on_what_is_set_of_texts():
    np.testing.assert_array_equal(cone_draws(state())[0], cone_draws(state(kappa_text=3.0, correlation=0.7))[0])


@pytest.mark.parametrize("dim", DIMENSIONS)
def test_fully_correlated_texts_are_their_images_turned_by_the_angle(dim):
    x, y = cone_draws(state(dim=dim, angle=70.0, correlation=1.0))
    np.testing.assert_allclose(y, turned(x, 70.0), atol=1e-12)


def test_correlation_draws_pairs_together_and_leaves_each_cone_as_it_is():
    matched = []
    for correlation in (0.0, 0.5, 0.9, 1.0):
        x, y = cone_draws(state(angle=0.0, correlation=correlation))
        matched.append((x * y).sum(1).mean())
        assert kstest((1 + y[:, 0]) / 2, beta(1 + 200, 1).cdf).pvalue > LEAST_P
    assert matched == sorted(matched)
    assert matched[-1] == pytest.approx(1, abs=1e-12)


def test_another_seed_draws_others_and_the_same_seed_the_same():
    first, again, other = (cone_draws(state(seed=seed))[0] for seed in (2**32 - 1, 2**32 - 1, 5))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.01


@pytest.mark.parametrize("dim", DIMENSIONS)
@pytest.mark.parametrize("kappa", [0.0, 1e-3, 100_000.0])
def test_the_ends_of_the_sliders_give_unit_vectors(dim, kappa):
    for v in cone_draws(state(dim=dim, kappa_image=kappa, kappa_text=kappa, angle=180.0)):
        np.testing.assert_allclose(np.linalg.norm(v, axis=1), 1, atol=1e-12)


def test_a_little_more_of_a_slider_moves_every_point_a_little():
    before = cone_draws(state(correlation=0.5))
    for changed in ({"kappa_image": 200.2, "kappa_text": 200.2}, {"angle": 60.1}, {"correlation": 0.501}):
        after = cone_draws(state(**{"correlation": 0.5, **changed}))
        assert 0 < max(np.abs(b - a).max() for a, b in zip(after, before, strict=True)) < 0.01
