"""The cones of random networks: against slow loops."""

import numpy as np
import pytest

from mmgap.analysis.seed_cones import cosines_of_seeds, density_of_cosines, points


def seeds_of(seeds=4, n=12, d=6):
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(seeds, 1, d)) * 3 + rng.normal(size=(seeds, n, d))
    return vectors / np.linalg.norm(vectors, axis=2, keepdims=True)


def test_cosines_of_seeds_are_those_of_a_loop():
    vectors = seeds_of()
    within, between = cosines_of_seeds(vectors)
    upper = np.triu_indices(12, 1)
    assert within == pytest.approx(np.mean([(v @ v.T)[upper].mean() for v in vectors]))
    assert between == pytest.approx(
        np.mean([(vectors[a] @ vectors[b].T).mean() for a in range(4) for b in range(4) if a != b])
    )


def test_the_density_and_the_mean_are_those_of_all_pairs_of_one_seed():
    vectors = seeds_of()
    edges, density, mean = density_of_cosines(vectors)
    cosines = [float(v[i] @ v[j]) for v in vectors for i in range(12) for j in range(i)]
    assert mean == pytest.approx(np.mean(cosines))
    inside = sum(edges[0] <= cosine for cosine in cosines)
    assert np.sum(density * np.diff(edges)) == pytest.approx(inside / len(cosines))


def test_points_keep_the_seeds_apart():
    vectors = seeds_of()
    found = points(vectors)
    assert found.shape == (4, 12, 2)
    spread = found.reshape(-1, 2)
    assert np.allclose(spread.mean(axis=0), 0, atol=1e-12)
    centred = vectors.reshape(-1, 6) - vectors.reshape(-1, 6).mean(axis=0)
    largest = np.linalg.svd(centred, compute_uv=False)[:2] ** 2
    assert np.allclose((spread**2).sum(axis=0), largest)
