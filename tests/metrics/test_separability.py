import numpy as np
import pytest
import torch
from sklearn.model_selection import KFold
from sklearn.preprocessing import StandardScaler

from mmgap.metrics.separability import _Moments, modality_separability
from tests.support.made_vectors import random_unit
from tests.support.real_vectors import real_pairs


def slow_centroid(x, y, owner, folds, seed):
    """Nearest class mean, one row at a time."""
    image_hits, text_hits = [], []
    for train, test in KFold(folds, shuffle=True, random_state=seed).split(x):
        of_train = np.isin(owner, train)
        mx, my = x[train].mean(0), y[of_train].mean(0)
        image_hits += [np.linalg.norm(x[i] - mx) <= np.linalg.norm(x[i] - my) for i in test]
        text_hits += [np.linalg.norm(v - my) < np.linalg.norm(v - mx) for v in y[~of_train]]
    return np.mean(image_hits), np.mean(text_hits)


@pytest.fixture
def captions():
    rng = np.random.default_rng(0)
    owner = np.concatenate([np.arange(40), rng.integers(0, 40, 30)])
    return random_unit(rng, 40, 6, 0.2), random_unit(rng, 70, 6, -0.2), owner


@pytest.mark.parametrize("seed", [0, 3])
def test_centroid_equals_the_slow_loop(captions, seed):
    x, y, owner = captions
    found = modality_separability(x, y, owner=owner, classifier="centroid", folds=4, seed=seed)
    assert (found.image_accuracy, found.text_accuracy) == pytest.approx(slow_centroid(x, y, owner, 4, seed))
    assert found.accuracy == (found.image_accuracy + found.text_accuracy) / 2
    assert (found.classifier, found.folds) == ("centroid", 4)


@pytest.mark.parametrize("classifier", ["logistic", "centroid"])
def test_ends(classifier):
    rng = np.random.default_rng(1)
    x, y = random_unit(rng, 200, 8, 3.0), random_unit(rng, 200, 8, -3.0)
    assert modality_separability(x, y, classifier=classifier).accuracy == 1
    same = modality_separability(random_unit(rng, 600, 4), random_unit(rng, 600, 4), classifier=classifier)
    assert same.accuracy == pytest.approx(0.5, abs=0.06)
    assert modality_separability(x, x, classifier=classifier).accuracy == 0.5


def test_pairs_stay_together():
    """Texts that repeat their image with a private offset: only a split through a pair could tell them apart."""
    rng = np.random.default_rng(2)
    x = random_unit(rng, 60, 100)
    found = modality_separability(x, np.repeat(x, 2, axis=0), owner=np.repeat(np.arange(60), 2))
    assert found.accuracy == 0.5


def test_sets_centred_on_themselves_fall_below_chance():
    """What the docstring warns of; centred on the means of other rows, they do not."""
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(100, 30)) + 1, rng.normal(size=(100, 30)) - 1
    matched = modality_separability(x - x.mean(0), y - y.mean(0), classifier="centroid", raw=True)
    assert matched.accuracy < 0.45
    assert modality_separability(x - 1, y + 1, classifier="centroid", raw=True).accuracy == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_any_float_type(captions, dtype):
    x, y, owner = captions
    expected = modality_separability(x, y, owner=owner).accuracy
    narrow = modality_separability(torch.from_numpy(x).to(dtype), torch.from_numpy(y).to(dtype), owner=owner)
    assert narrow.accuracy == pytest.approx(expected, abs=0.03)


def test_collapsed_and_smallest_sets():
    collapsed = np.tile([0.6, 0.8], (20, 1))
    for classifier in ("logistic", "centroid"):
        assert modality_separability(collapsed, collapsed, classifier=classifier).accuracy == 0.5
        assert modality_separability(collapsed, -collapsed, classifier=classifier).accuracy == 1
    x, y = np.array([[1.0, 0.0], [0.8, 0.6]]), np.array([[-1.0, 0.0], [-0.8, 0.6]])
    assert modality_separability(x, y, folds=2).accuracy == 1


def test_refusals(captions):
    x, y, owner = captions
    for arguments, message in (
        ({}, "give `owner`"),
        ({"owner": owner, "classifier": "forest"}, "classifier"),
        ({"owner": owner, "folds": 1}, "folds"),
        ({"owner": owner, "folds": 41}, "folds"),
        ({"owner": owner + 1}, r"\[0, 40\)"),
    ):
        with pytest.raises(ValueError, match=message):
            modality_separability(x, y, **arguments)


@pytest.mark.parametrize("classifier", ["logistic", "centroid"])
def test_real_vectors_are_told_apart_without_a_miss(classifier):
    assert modality_separability(*real_pairs(), classifier=classifier).accuracy == 1


@pytest.mark.parametrize("constant", [False, True])
def test_folds_are_standardised_as_by_the_library(constant):
    rng = np.random.default_rng(0)
    rows = (rng.normal(size=(60, 5)) * [1, 2, 3, 0.1, 10] + 4).astype(np.float32)
    rows[:, 3] = 0.1 if constant else rows[:, 3]
    parts = [rows[:13], rows[13:30], rows[30:]]
    together = _Moments.together([_Moments.of(part) for part in parts])
    found = np.empty_like(rows)
    together.standardise(*parts, out=found)
    np.testing.assert_array_equal(found, StandardScaler().fit(rows).transform(rows))
