import numpy as np
import pytest

from mmgap.metrics import pair_differences
from tests.support.made_vectors import random_unit

pytestmark = pytest.mark.usefixtures("one_thread")


def test_equals_the_slow_loop():
    rng = np.random.default_rng(0)
    x, y = random_unit(rng, 57, 5), random_unit(rng, 57, 5, shift=1.0)
    found = pair_differences(x, y, group=10, seed=3)
    order = np.random.default_rng(3).permutation(57)
    x, y = x[order], y[order]
    gaps = [np.mean([x[i] - y[i] for i in range(10 * g, 10 * g + 10)], axis=0) for g in range(5)]
    gap = np.mean(x, axis=0) - np.mean(y, axis=0)
    noise = [x[i] - y[i] - gap for i in range(57)]

    def cosine(a, b):
        return a @ b / np.linalg.norm(a) / np.linalg.norm(b)

    lengths = [np.linalg.norm(g) for g in gaps]
    assert found.length == pytest.approx(np.mean(lengths))
    assert found.length_sd == pytest.approx(np.std(lengths, ddof=1))
    assert found.direction == pytest.approx(np.mean([cosine(gaps[g], gaps[g + 1]) for g in range(4)]))
    assert found.along_images == pytest.approx(np.mean([abs(cosine(x[i + 1] - x[i], gap)) for i in range(56)]))
    assert found.along_texts == pytest.approx(np.mean([abs(cosine(y[i + 1] - y[i], gap)) for i in range(56)]))
    assert found.noise_sd == pytest.approx(np.sqrt(np.mean(np.square(noise))))
    assert found.noise_direction == pytest.approx(np.mean([cosine(noise[i], noise[i + 1]) for i in range(56)]))


def test_unrelated_spaces_without_a_gap_have_no_constant_difference():
    rng = np.random.default_rng(1)
    found = pair_differences(random_unit(rng, 4000, 16), random_unit(rng, 4000, 16))
    assert abs(found.direction) < 0.15
    assert found.along_images == pytest.approx(np.sqrt(2 / (np.pi * 16)), abs=0.02)
    assert abs(found.noise_direction) < 0.02


def test_fewer_than_two_groups():
    with pytest.raises(ValueError, match="3 pairs are fewer than two groups of 2"):
        pair_differences(np.eye(3), np.eye(3), group=2)
