"""Correlations over losses: by hand, and the coverage of their intervals in simulation."""

import math

import numpy as np
import pytest

from mmgap.analysis.claim_evidence import Evidence
from mmgap.analysis.correlation_evidence import correlation, over_representations, stronger
from mmgap.core.cache import Cache
from tests.support.made_up_rows import metric, row


def evidence(rows, tmp_path):
    return Evidence(tuple(rows), tmp_path, Cache(tmp_path / "cache"))


def transfer(loss, seed, **metrics):
    return row("transfer", "tiny", "glyphs-en", loss, seed, metrics={name: metric(v) for name, v in metrics.items()})


def test_few_losses_and_constants_tell_nothing():
    assert correlation([1, 2, 3, 4], [1, 2, 3, 4], 3) is None
    assert correlation([1] * 6, [1, 2, 3, 4, 5, 6], 3) is None
    assert stronger([1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4], 3) is None


def test_correlation_by_hand():
    x, y = [1.0, 2.0, 4.0, 3.0, 5.0, 7.0], [2.0, 1.0, 3.0, 5.0, 4.0, 6.0]
    found = correlation(x, y, 3)
    a, b = (np.array(one) - np.mean(one) for one in (x, y))
    r = sum(a * b) / math.sqrt(sum(a**2) * sum(b**2))
    ends = [(math.exp(2 * z) - 1) / (math.exp(2 * z) + 1) for z in (math.atanh(r) - 1.1316, math.atanh(r) + 1.1316)]
    assert (found.value, found.low, found.high) == pytest.approx((r, *ends), abs=1e-4)


def test_meng_rosenthal_and_rubin_s_example():
    """Theirs: r = 0.63 and 0.51 with y, 0.77 with each other, n = 15 or so; here by their formula, on drawn data."""
    rng = np.random.default_rng(0)
    x, other = rng.normal(size=(2, 12))
    other = 0.7 * x + 0.3 * other
    y = 0.9 * x + 0.5 * rng.normal(size=12)
    found = stronger(x, other, y, 3)
    r1, r2, rx = (float(np.corrcoef(*pair)[0, 1]) for pair in ((x, y), (other, y), (x, other)))
    mean = (r1**2 + r2**2) / 2
    f = min(1, (1 - rx) / (2 * (1 - mean)))
    h = (1 - f * mean) / (1 - mean)
    z = (math.atanh(r1) - math.atanh(r2)) * math.sqrt((12 - 3) / (2 * (1 - rx) * h))
    assert found.value / ((found.high - found.low) / 2 / 1.959964) == pytest.approx(z)


def test_signs_do_not_matter():
    rng = np.random.default_rng(1)
    x, other, y = rng.normal(size=(3, 9))
    there, turned = stronger(x, other, y, 3), stronger([-one for one in x], other, y, 3)
    assert (there.value, there.low) == pytest.approx((turned.value, turned.low))


def test_intervals_of_equally_strong_correlations_cover_zero():
    rng, covered = np.random.default_rng(2), 0
    for _ in range(500):
        common, x, other, noise = rng.normal(size=(4, 12))
        x, other, y = 0.8 * common + 0.6 * x, 0.8 * common + 0.6 * other, 0.8 * common + 0.6 * noise
        found = stronger(x, other, y, 3)
        covered += found.low <= 0 <= found.high
    assert 0.92 <= covered / 500 <= 0.985


def test_intervals_of_correlations_cover():
    """Twelve losses drawn from those that go together at 0.6."""
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(1000):
        x, noise = rng.normal(size=(2, 12))
        found = correlation(x, 0.6 * x + 0.8 * noise, 3)
        covered += found.low <= 0.6 <= found.high
    assert 0.93 <= covered / 1000 <= 0.97


def test_the_untrained_encoder_is_no_loss(tmp_path):
    losses = ("ce", "ce+anti", "ce+var", "ce+intra", "cyclip")
    rows = [transfer(loss, 0, v_measure_class=0.1 * n, probe=0.9 - 0.1 * n) for n, loss in enumerate(losses)]
    rows.append(transfer("initial", 0, v_measure_class=5.0, probe=5.0))
    (found,) = over_representations(evidence(rows, tmp_path), "v_measure_class", "probe")
    assert found.effect.value == pytest.approx(-1)
    assert len(found.rows) == 5
