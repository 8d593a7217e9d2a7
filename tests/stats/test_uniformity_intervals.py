"""The interval of a uniformity: its terms are derivatives, and it covers."""

import numpy as np
import pytest

from benchmarks.workloads.populations import Cones
from mmgap.stats import Kernels, uniformity_interval


def kernel(v):
    k = np.exp(-2 * ((v[:, None] - v[None]) ** 2).sum(axis=2))
    np.fill_diagonal(k, 0)
    return k


def kernels(v):
    return Kernels(kernel(v).sum(axis=1), np.full(len(v), len(v) - 1))


def test_the_value_is_the_mean_of_both_uniformities():
    x, y, _ = Cones(5, 1.0, 1.0, False).draw(np.random.default_rng(0), 30)
    upper = np.triu_indices(30, 1)
    expected = np.mean([np.log(kernel(v)[upper].mean()) for v in (x, y)])
    assert uniformity_interval((kernels(x), kernels(y))).value == pytest.approx(expected)


def test_a_collapsed_set_has_no_spread():
    v = np.eye(3)[[0] * 5]
    found = uniformity_interval((kernels(v),))
    assert (found.low, found.value, found.high) == pytest.approx((0, 0, 0), abs=1e-12)


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("spread", [0.7, 3.0])
def test_it_covers(shared, spread):
    rng, cones = np.random.default_rng(0), Cones(8, 1.0, spread, shared)
    found, means = [], []
    for _ in range(250):
        x, y, labels = cones.draw(rng, 60)
        both = kernels(x), kernels(y)
        means.append([k.mean for k in both])
        upper = np.triu_indices(60, 1)
        pairs = (
            None if shared else np.mean([kernel(v)[upper] / k.mean for v, k in zip((x, y), both, strict=True)], axis=0)
        )
        found.append(uniformity_interval(both, clusters=labels, pairs=pairs))
    truth = np.log(np.mean(means, axis=0)).mean()
    assert np.mean([i.low <= truth <= i.high for i in found]) >= 0.9


def test_without_kernels_there_is_nothing():
    with pytest.raises(ValueError, match="at least one modality"):
        uniformity_interval(())
