"""Claims on layers, clusters and classes: by hand, and the coverage of their intervals over images and seeds."""

import numpy as np
import pytest
from sklearn.metrics import v_measure_score

from mmgap.analysis.claim import HOLDS, judged
from mmgap.analysis.claim_evidence import Evidence
from mmgap.analysis.gap_claims import registry
from mmgap.analysis.transfer_evidence import (
    early_less_late,
    images_among_themselves,
    imbalance,
    loss_in_transfer,
    over_images_and_seeds,
)
from mmgap.core.cache import Cache
from mmgap.metrics.similarity import linear_cka
from mmgap.stats import contrast, imbalance_intervals, pseudo_values
from tests.support.made_up_rows import metric, row, with_items

CKA = {"cka_image_first": 0.9, "cka_image_last": 0.7, "cka_text_first": 0.95, "cka_text_last": 0.85}


def transfer(loss, seed, **metrics):
    return row("transfer", "tiny", "glyphs-en", loss, seed, metrics={name: metric(v) for name, v in metrics.items()})


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


@pytest.fixture
def evidence(tmp_path, cache):
    return lambda rows: Evidence(tuple(rows), tmp_path, cache)


def test_layers_of_rows_without_arrays_are_compared_over_seeds(evidence):
    rows = [transfer("ce", seed, **(CKA | {"cka_image_first": 0.9 + 0.01 * seed})) for seed in range(3)]
    (found,) = early_less_late(evidence([*rows, transfer("initial", 0, probe=0.1)]))
    assert (found.data, found.effect.seeds, found.trained) == ("tiny · glyphs-en · ce", 3, True)
    wanted = over_images_and_seeds([0.15, 0.155, 0.16], None)
    assert (found.effect.value, found.effect.low) == pytest.approx((wanted.value, wanted.low))


def test_layers_of_rows_with_arrays_are_compared_over_images_too(evidence, cache):
    rng = np.random.default_rng(0)
    kept = 0.15 + 0.02 * rng.normal(size=(3, 20))
    rows = [with_items(cache, transfer("ce", seed, **CKA), {"cka_first_less_last": kept[seed]}) for seed in range(3)]
    (found,) = early_less_late(evidence(rows))
    ends = contrast(np.zeros((3, 20)), kept).difference
    assert (found.effect.value, found.effect.low, found.effect.high) == (pytest.approx(0.15), ends.low, ends.high)
    assert judged(registry.get("last-layers-change"), found).verdict == HOLDS


def test_losses_are_paired_by_seed_and_by_image(evidence, cache):
    rng = np.random.default_rng(1)
    images = rng.normal(size=20)  # what a group of images has in common under both losses cancels
    values = {"ce": 0.4, "ce+align+cu": 0.45}
    rows = [
        with_items(cache, transfer(loss, seed, v_measure_class=value), {"v_measure_class": value + images})
        for loss, value in values.items()
        for seed in range(3)
    ]
    (found,) = loss_in_transfer(evidence(rows), "ce+align+cu", "ce", "v_measure_class")
    assert (found.effect.low, found.effect.high) == (pytest.approx(0.05), pytest.approx(0.05))
    bare = [{**one, "items": None} for one in rows]
    (found,) = loss_in_transfer(evidence([*bare[:3], *bare[4:]]), "ce+align+cu", "ce", "v_measure_class")
    assert (found.effect.value, found.effect.seeds) == (pytest.approx(0.05), 2)
    assert list(loss_in_transfer(evidence(rows[:3]), "ce+align+cu", "ce", "v_measure_class")) == []


def test_neighbours_and_texts_are_paired_where_their_hits_are_kept(evidence, cache):
    rng = np.random.default_rng(2)
    right = (rng.random(200) < 0.6) * 1.0
    nearest = np.where(rng.random(200) < 0.1, 1.0, right)
    bare = transfer("initial", 0, knn5=nearest.mean(), zero_shot=right.mean())
    kept = with_items(cache, bare, {"knn5": nearest, "zero_shot": right, "class_cluster": np.arange(200)})
    (apart,), (paired,) = (images_among_themselves(evidence([one])) for one in (bare, kept))
    ends = contrast(right, nearest, shares=True).difference
    assert (paired.effect.value, paired.effect.low) == (pytest.approx(apart.effect.value), ends.low)
    assert paired.effect.high - paired.effect.low < (apart.effect.high - apart.effect.low) / 2


def test_intervals_over_three_seeds_cover():
    rng = np.random.default_rng(3)
    found = [over_images_and_seeds(values, None) for values in rng.normal(0.1, 0.02, size=(1000, 3))]
    covered = np.mean([one.low <= 0.1 <= one.high for one in found])
    assert 0.93 <= covered <= 0.97


def test_intervals_over_images_and_seeds_cover():
    """Means of 200 items that have a part of the image, a part of the seed and one of both."""
    rng, covered = np.random.default_rng(4), 0
    for _ in range(400):
        items = rng.normal(size=200) + 0.07 * rng.normal(size=(3, 1)) + rng.normal(size=(3, 200))
        kept = np.stack([pseudo_values(lambda rows, run=run: run[rows].mean(), np.arange(200)) for run in items])
        found = over_images_and_seeds(kept.mean(axis=1).tolist(), kept)
        covered += found.low <= 0 <= found.high
    assert 0.92 <= covered / 400 <= 0.985


def test_intervals_of_cka_over_images_cover():
    """Two layers of one noise level each; the truth is that of 20,000 items."""
    rng = np.random.default_rng(5)

    def drawn(n):
        things = rng.normal(size=(n, 6))
        return things, things + 0.5 * rng.normal(size=(n, 6)), things + 1.0 * rng.normal(size=(n, 6))

    def drop(base, first, last):
        return linear_cka(base, first) - linear_cka(base, last)

    truth, covered = drop(*drawn(20_000)), 0
    for _ in range(150):
        layers = drawn(100)
        kept = pseudo_values(lambda rows, layers=layers: drop(*(one[rows] for one in layers)), np.arange(100))
        found = over_images_and_seeds([drop(*layers)], kept[None])
        covered += found.low <= truth <= found.high
    assert 0.9 <= covered / 150 <= 0.99


def test_intervals_of_a_v_measure_over_images_cover():
    """Three classes and clusters that agree with them in seven of ten items."""
    rng = np.random.default_rng(6)

    def drawn(n):
        classes = rng.integers(3, size=n)
        return classes, np.where(rng.random(n) < 0.7, classes, rng.integers(3, size=n))

    truth, covered = v_measure_score(*drawn(200_000)), 0
    for _ in range(100):
        classes, clusters = drawn(200)

        def measured(rows, classes=classes, clusters=clusters):
            return float(v_measure_score(classes[rows], clusters[rows]))

        kept = pseudo_values(measured, np.arange(200))
        found = over_images_and_seeds([measured(np.arange(200))], kept[None])
        covered += found.low <= truth <= found.high
    assert 0.9 <= covered / 100 <= 0.99


def test_intervals_of_two_shares_cover_paired_and_apart(evidence, cache):
    rng, paired, apart = np.random.default_rng(7), 0, 0
    for number in range(200):
        right = (rng.random(120) < 0.5) * 1.0
        nearest = np.where(rng.random(120) < 0.3, (rng.random(120) < 0.6) * 1.0, right)  # 0.53: 0.03 above
        bare = transfer("initial", number, knn5=nearest.mean(), zero_shot=right.mean())
        for metrics in bare["metrics"].values():
            metrics["n"] = 120
        kept = with_items(cache, bare, {"knn5": nearest, "zero_shot": right, "class_cluster": np.arange(120)})
        (one,), (other,) = (images_among_themselves(evidence([found])) for found in (kept, bare))
        paired += one.effect.low <= 0.03 <= one.effect.high
        apart += other.effect.low <= 0.03 <= other.effect.high
    assert 0.93 <= paired / 200 <= 0.985
    assert apart >= paired  # as if independent: too little is decided rather than too much


def test_intervals_of_the_information_imbalance_cover(evidence):
    """Both ways tell alike, so the truth of their difference is 0."""
    rng, covered = np.random.default_rng(8), 0
    for number in range(40):
        things = rng.normal(size=(120, 4))
        sides = [things + 0.7 * rng.normal(size=things.shape) for _ in range(2)]
        x, y = (side / np.linalg.norm(side, axis=1, keepdims=True) for side in sides)
        there, back = imbalance_intervals(x, y, seed=number)
        metrics = {
            f"imbalance_{way}": metric(one.value, one.low, one.high) for way, one in (("i2t", there), ("t2i", back))
        }
        (found,) = imbalance(evidence([row("transfer", loss="initial", seed=number, metrics=metrics)]))
        covered += found.effect.low <= 0 <= found.effect.high
    assert covered >= 0.9 * 40
