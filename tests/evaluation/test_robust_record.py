"""A space and its spoiled vectors, recorded in halves: fitted on one, measured on the other, means of both."""

import numpy as np
import pytest

from mmgap import spaces
from mmgap.datasets import load
from mmgap.encoders.base import Vectors
from mmgap.evaluation.cross_fitting import CrossFitted
from mmgap.evaluation.robust_record import record_changed_space
from mmgap.evaluation.vector_halves import halves
from mmgap.metrics import recall_at_k
from mmgap.rows.recorder import Recorder
from mmgap.spaces import Pairs
from tests.support.made_vectors import random_unit

pytestmark = pytest.mark.usefixtures("one_thread")

N = 60


@pytest.fixture
def saved(tmp_path):
    rng = np.random.default_rng(3)
    x = random_unit(rng, N, 8, shift=0.5)
    y = random_unit(rng, N, 8, shift=-0.2) + x
    for name, rows in (("x", x), ("y", y)):
        np.save(tmp_path / f"{name}.npy", rows)
    dataset = load(f"vectors:{tmp_path / 'x.npy'},{tmp_path / 'y.npy'}", split="test")
    return Vectors(x, y), dataset


def recorded(saved, spec, repeats):
    record, (vectors, dataset) = Recorder(), saved
    space = None if spec is None else spaces.parse(spec)
    record_changed_space(record, CrossFitted(space, repeats).of(vectors, dataset), dataset, None, pool=10)
    return record


def test_a_value_is_the_mean_of_the_halves_and_a_recall_that_of_its_queries(saved):
    record = recorded(saved, "centre", repeats=2)
    vectors, dataset = saved
    whole = Pairs(dataset.name, "train", vectors.images, vectors.texts, dataset.owner)
    recalls = []
    for fit, test in halves(np.arange(N), 2):
        fitted = spaces.parse("centre").fit(whole.part(fit, "train"))
        x, y = fitted.transform(vectors.images[test], vectors.texts[test])
        recalls.append(recall_at_k(x, y, k=1))
    assert record.metrics["t2i_r1_own"]["value"] == pytest.approx(np.mean(recalls))
    assert record.items["t2i_r1_own"].mean() == pytest.approx(np.mean(recalls))
    assert record.items["t2i_r1_own_noise"].mean() == pytest.approx(record.metrics["t2i_r1_own_noise"]["value"])
    gap = record.metrics["gap_corrected"]
    assert gap["ci_low"] <= gap["value"] <= gap["ci_high"]
    assert "t2i_r1_own_noise" in record.metrics
    assert any("160 vectors" in note for note in record.notes)  # too few for product codes


def test_a_space_is_never_fitted_on_what_it_is_measured_on(saved, monkeypatch):
    seen = []
    fit = spaces.Space.fit
    monkeypatch.setattr(spaces.Space, "fit", lambda self, train, *rest: seen.append(train) or fit(self, train, *rest))
    recorded(saved, "centre", repeats=1)
    assert [len(train.images) for train in seen] == [N // 2, N // 2]
    assert not {tuple(row) for row in seen[0].images} & {tuple(row) for row in seen[1].images}


def test_the_vectors_as_they_are_see_the_same_halves(saved):
    as_is, shifted = recorded(saved, None, repeats=2), recorded(saved, "shift:0", repeats=2)
    for name in ("t2i_r1_own", "i2t_r5_own", "t2i_r1_own_noise"):
        assert np.allclose(as_is.items[name], shifted.items[name])
    assert as_is.metrics["gap_corrected"]["value"] == pytest.approx(shifted.metrics["gap_corrected"]["value"], abs=1e-6)
