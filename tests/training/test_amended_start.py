"""The amended start: the gap is closed before training, stays a part of the encoder, and forms anew from there."""

import numpy as np
import pytest

from mmgap import encoders
from mmgap.training import artifact
from mmgap.training.amended_initialisation import close_gap
from mmgap.training.artifact import history
from mmgap.training.recipe import Recipe, TrainingError
from mmgap.training.run import prepared_dual, trained
from tests.support import small_trainings as small

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def spec(tmp_path_factory):
    return small.family("clip", tmp_path_factory.mktemp("models"))


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))


def recipe(**options):
    return Recipe("ce", **{"start": "amended", "tuning": "head", "epochs": 2, "batch_size": 6, "rate": 1e-3, **options})


def gap(x, y):
    return float(np.linalg.norm(x.mean(0) - y.mean(0)))


def test_the_gap_of_the_train_split_is_closed(spec, tmp_path):
    made = small.Prepared(spec, recipe(), small.splits(captions=2), tmp_path)
    assert gap(*made.vectors("train")) > 0.1
    left = close_gap(made.dual, made.pairs.images, made.pairs.texts, "cpu")
    x, y = made.vectors("train")
    assert gap(x, y) < 1e-3
    assert left == pytest.approx(gap(x, y), abs=1e-6)
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), 1, atol=1e-6)


def test_the_shift_is_saved_and_a_second_training_starts_with_it(spec):
    splits = small.splits()
    folder = trained(spec, splits, recipe(rate=1e-9))
    x, y = small.encoded(f"trained:{folder}", splits.train)
    assert gap(x, y) < 1e-3
    assert artifact.weights(folder)["image_shift"].shape == (16,)
    assert history(folder).steps["step_gap"][0] < 0.5 * gap(*small.encoded(spec, splits.train))

    again = small.Prepared(f"trained:{folder}", recipe(start="as-is"), splits, folder)
    for vectors, wanted in zip(again.vectors("train"), (x, y), strict=True):
        np.testing.assert_allclose(vectors, wanted, atol=1e-5)
    following = trained(f"trained:{folder}", splits, recipe(start="as-is", rate=1e-9))
    for vectors, wanted in zip(small.encoded(f"trained:{following}", splits.train), (x, y), strict=True):
        np.testing.assert_allclose(vectors, wanted, atol=1e-5)


def test_what_was_shifted_can_be_shifted_anew(spec):
    splits = small.splits()
    folder = trained(spec, splits, recipe(rate=1e-2))
    following = trained(f"trained:{folder}", splits, recipe(rate=1e-9))
    assert gap(*small.encoded(f"trained:{following}", splits.train)) < 1e-3


def test_two_towers_have_no_amended_start(tmp_path):
    encoder = encoders.load(small.family("towers", tmp_path))
    with pytest.raises(TrainingError, match="start=amended is for dual encoders"):
        prepared_dual(encoder, small.splits(), recipe())


def test_a_gap_that_stays_open_is_told(spec, tmp_path, monkeypatch):
    made = small.Prepared(spec, recipe(), small.splits(), tmp_path)
    monkeypatch.setattr("mmgap.training.amended_initialisation.ROUNDS", 1)
    with pytest.raises(TrainingError, match=r"after 1 corrections the gap is still [01]\.\d+"):
        close_gap(made.dual, made.pairs.images, made.pairs.texts, "cpu")
