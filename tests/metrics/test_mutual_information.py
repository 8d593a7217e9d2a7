import numpy as np
import pytest

from mmgap.metrics import best_logit_scale, mutual_information_bound
from tests.support.made_vectors import random_unit
from tests.support.real_vectors import real_pairs

pytestmark = pytest.mark.usefixtures("one_thread")


def slow_bound(x, y, scale):
    n, terms = len(x), []
    for i in range(n):
        for a, b in ((x, y), (y, x)):
            logits = np.array([scale * (a[i] @ b[j]) for j in range(n)])
            terms.append(np.log(n) + logits[i] - np.log(np.exp(logits).sum()))
    return np.mean(terms)


@pytest.fixture
def pairs():
    rng = np.random.default_rng(0)
    x = random_unit(rng, 40, 6)
    y = x + 0.5 * rng.normal(size=x.shape)
    return x, y / np.linalg.norm(y, axis=1, keepdims=True)


@pytest.mark.parametrize("scale", [1.0, 14.0, 100.0])
def test_equals_the_slow_loop(pairs, scale):
    found = mutual_information_bound(*pairs, logit_scale=scale)
    assert found.value == pytest.approx(slow_bound(*pairs, scale), abs=1e-9)
    assert found.value == pytest.approx(found.of_pair.mean())
    assert found.ceiling == pytest.approx(np.log(40))


def test_a_collapsed_space_shows_nothing():
    x = np.ones((30, 1))
    assert mutual_information_bound(x, x).value == pytest.approx(0, abs=1e-12)


def test_it_stays_below_what_there_is():
    """A binary image and text that are equal share log 2 nats, however many pairs there are."""
    side = np.eye(2)[np.random.default_rng(1).integers(0, 2, 2000)]
    found = mutual_information_bound(side, side)
    assert found.value == pytest.approx(np.log(2), abs=0.01)
    assert not found.reached


def test_the_ceiling_is_reached_where_every_pair_is_told_apart():
    found = mutual_information_bound(np.eye(50), np.eye(50), logit_scale=100)
    assert found.reached
    assert found.value <= found.ceiling


def test_no_other_scale_is_better_than_the_best(pairs):
    best = best_logit_scale(*pairs)
    at_best = mutual_information_bound(*pairs, logit_scale=best).value
    assert 1 < best < 300
    assert all(
        mutual_information_bound(*pairs, logit_scale=s).value <= at_best + 1e-4 for s in np.geomspace(1, 300, 40)
    )


def test_unequal_counts():
    with pytest.raises(ValueError, match="3 images but 4 texts"):
        mutual_information_bound(np.eye(4)[:3], np.eye(4))


def test_real_pairs():
    """ln 500 less the contrastive loss at a scale of 100, as published with these vectors."""
    found = mutual_information_bound(*real_pairs(), logit_scale=100)
    assert found.value == pytest.approx(np.log(500) - 1.800886, abs=2e-6)
    assert not found.reached
