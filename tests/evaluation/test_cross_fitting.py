"""Saved vectors in a space: fitted on one half, measured on the other; no vector of a test half is ever fitted on."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from mmgap import datasets, spaces
from mmgap.encoders.base import Vectors
from mmgap.evaluation.cross_fitting import CrossFitted
from mmgap.evaluation.measuring import measure_all
from mmgap.evaluation.score_record import record_vectors
from mmgap.evaluation.vector_halves import halves, vector_clusters
from mmgap.harness.cell_inputs import CellInputs
from mmgap.harness.key_inputs import key_inputs
from mmgap.metrics.catalogue import unit_and_direction
from mmgap.rows.cell import Cell
from mmgap.rows.recorder import Recorder
from mmgap.spaces import Affine, Fitted, PairMap, Space, SpaceError
from tests.support.real_vectors import real_pairs

pytestmark = pytest.mark.usefixtures("one_thread")


@dataclass(frozen=True)
class Spy(Space):
    """Leaves vectors as they are, and remembers what it was shown."""

    seen: ClassVar[list] = []

    def learn(self, train, validation):
        self.seen.append((train, validation))
        same = Affine(np.eye(train.images.shape[1]), np.zeros(train.images.shape[1]))
        return Fitted(PairMap(same, same), ("Seen.",))


@pytest.fixture
def spy():
    Spy.seen.clear()
    return Spy(name="spy")


def saved(folder, images, texts, owner=None):
    """A data set of saved vectors and its vectors."""
    spec = []
    for name, array in (("i", images), ("t", texts), ("o", owner)):
        if array is not None:
            np.save(folder / f"{name}.npy", array)
            spec.append(str(folder / f"{name}.npy"))
    dataset = datasets.load(f"vectors:{','.join(spec)}", split="test")
    return dataset, Vectors(*dataset.vectors)


def made(folder, n=20, d=6, captions=1, seed=0):
    rng = np.random.default_rng(seed)
    owner = None if captions == 1 else rng.permutation(np.repeat(np.arange(n), captions))
    return saved(folder, rng.normal(size=(n, d)) + 1, rng.normal(size=(n * captions, d)) - 1, owner)


def recorded(vectors, dataset):
    record = Recorder(unit_and_direction)
    record_vectors(record, vectors, dataset, pool=4)
    return record


@pytest.mark.parametrize("n", [2, 7, 20])
def test_halves_are_the_permutation_of_the_protocol(n):
    found = list(halves(np.arange(n), repeats=3, seed=0))
    rng = np.random.default_rng(0)
    for (fit, test), (other_fit, other_test) in zip(found[::2], found[1::2], strict=True):
        p = rng.permutation(n)
        assert test.tolist() == sorted(p[: n // 2]) == other_fit.tolist()
        assert fit.tolist() == sorted(p[n // 2 :]) == other_test.tolist()


def test_clusters_stay_together():
    clusters = np.random.default_rng(0).integers(6, size=25)
    for fit, test in halves(clusters, repeats=5):
        assert not set(clusters[fit]) & set(clusters[test])
        assert sorted([*fit, *test]) == list(range(25))


def test_one_cluster_has_no_halves():
    with pytest.raises(SpaceError, match="all 2 images share vectors with one another"):
        list(halves(np.zeros(2)))
    with pytest.raises(SpaceError, match="repeats must be at least 1, got 0"):
        list(halves(np.arange(4), repeats=0))


def test_images_of_one_vector_and_of_texts_of_one_vector_are_one_cluster():
    images, texts = np.arange(1.0, 7)[:, None], np.arange(1.0, 13)[:, None]
    images[3] = images[0]
    texts[2] = texts[11]  # of images 1 and 5
    assert vector_clusters(images, texts, np.repeat(np.arange(6), 2)).tolist() == [0, 1, 2, 0, 3, 1]


@pytest.mark.parametrize("captions", [1, 3])
@pytest.mark.parametrize("n", [20, 21])
def test_no_vector_of_a_test_half_is_fitted_on(tmp_path, spy, n, captions):
    dataset, vectors = made(tmp_path, n, captions=captions)
    found = CrossFitted(spy, repeats=4).of(vectors, dataset)
    assert len(found.halves) == len(spy.seen) == 8
    for half, (train, validation) in zip(found.halves, spy.seen, strict=True):
        assert validation is None  # the fit holds out a fifth of its own half
        for shown, side in ((train.images, half.vectors.images), (train.texts, half.vectors.texts)):
            assert not {row.tobytes() for row in shown} & {row.tobytes() for row in side}
            assert len(shown) + len(side) == (n if shown is train.images else n * captions)
        np.testing.assert_array_equal(half.dataset.owner, np.searchsorted(half.images, dataset.owner[half.texts]))
        np.testing.assert_array_equal(half.dataset.vectors[1], vectors.texts[half.texts])


def test_copies_never_stand_on_both_sides(tmp_path, spy):
    rng = np.random.default_rng(0)
    texts = rng.normal(size=(8, 4))[rng.integers(8, size=30)]
    dataset, vectors = saved(tmp_path, rng.normal(size=(30, 4)), texts)
    CrossFitted(spy).of(vectors, dataset)
    (one, _), (other, _) = spy.seen
    assert not {row.tobytes() for row in one.texts} & {row.tobytes() for row in other.texts}


@pytest.mark.parametrize(
    ("images", "why"),
    [
        (np.ones((6, 2)), "all 6 images share vectors"),
        (np.eye(5), "5 images in 5 clusters make a half of 2: at least 3"),
    ],
)
def test_what_has_no_halves_is_refused(tmp_path, images, why):
    dataset, vectors = saved(tmp_path, images, images)
    with pytest.raises(SpaceError, match=why):
        CrossFitted(spaces.parse("centre")).of(vectors, dataset)


def test_an_experiment_that_wants_one_space_says_what_to_do(tmp_path, spy):
    found = CrossFitted(spy).of(*reversed(made(tmp_path)))
    with pytest.raises(SpaceError, match=r"i.npy,t.npy has no train split.*--space as-is, or the experiment measure"):
        found.texts  # noqa: B018


@pytest.mark.parametrize("captions", [1, 2])
def test_records_the_means_of_what_both_halves_record(tmp_path, captions):
    dataset, vectors = made(tmp_path, 21, captions=captions)
    halved = CrossFitted(spaces.parse("centre")).of(vectors, dataset)
    record = recorded(halved, dataset)
    one, other = (recorded(half.vectors, half.dataset) for half in halved.halves)
    assert set(record.metrics) == set(one.metrics) & set(other.metrics)
    for name in ("gap_corrected", "uniformity", "misalignment", "t2i_r1", "i2t_r1_pool4_own"):
        parts = [each.metrics[name] for each in (one, other)]
        weight = np.array([10, 11]) / 21
        found = record.metrics[name]
        assert found["value"] == pytest.approx(weight @ [part["value"] for part in parts])
        assert found["n"] == 21
        for end, sign in (("ci_low", -1), ("ci_high", 1)):
            far = np.hypot(*(weight * [part[end] - part["value"] for part in parts]))
            assert found[end] == pytest.approx(found["value"] + sign * far)
    for name in ("t2i_r1", "i2t_r5_own", "t2i_r1_pool4"):
        assert record.items[name].mean() == pytest.approx(record.metrics[name]["value"])
    assert len(record.items["t2i_r1"]) == len(record.items["matched_cosine"]) == 21 * captions
    assert len(record.items["i2t_r1"]) == len(record.items["cluster"]) == 21
    np.testing.assert_array_equal(record.items["owner"], dataset.owner)
    assert record.items["histogram_matched"].sum() == 21 * captions
    assert record.metrics["gap_p"]["n"] == one.metrics["gap_p"]["n"]
    assert record.metrics["gap_p"]["value"] <= 1
    assert "gap_interval" not in record.items
    (told,) = [note for note in record.notes if "no train split" in note]
    assert "(clusters: 21, divisions: 1)" in told


def test_as_is_in_halves_is_a_smaller_gallery(tmp_path):
    images, texts = real_pairs()
    dataset, vectors = saved(tmp_path, images, texts)
    halved = CrossFitted(None).of(vectors, dataset)
    record, half = recorded(halved, dataset), halved.halves[0]
    assert not any("was fitted" in note for note in record.notes)  # nothing is fitted there
    assert sum("Measured on halves" in note for note in record.notes) == 1
    assert record.metrics["t2i_r1"]["value"] == pytest.approx(
        np.mean([measure_all(*half.dataset.vectors).metrics["t2i_r1"] for half in halved.halves])
    )
    assert len(half.images) == 250


@pytest.mark.parametrize(("spec", "t2i", "i2t"), [(None, 59.3, 63.4), ("centre", 58.7, 62.6)])
def test_forty_divisions_of_the_500_real_pairs(tmp_path, spec, t2i, i2t):
    images, texts = real_pairs()
    x, y = images, texts
    hits = {"t2i": [], "i2t": []}
    for fit, test in list(halves(np.arange(500), repeats=40))[::2]:
        if spec:
            train = spaces.Pairs("real", "train", x[fit], y[fit], np.arange(len(fit)))
            images, texts = spaces.parse(spec).fit(train).transform(x[test], y[test])
        else:
            images, texts = x[test], y[test]
        scores = images @ texts.T
        hits["i2t"].append((scores.argmax(axis=1) == np.arange(250)).mean())
        hits["t2i"].append((scores.argmax(axis=0) == np.arange(250)).mean())
    assert 100 * np.mean(hits["t2i"]) == pytest.approx(t2i, abs=1)
    assert 100 * np.mean(hits["i2t"]) == pytest.approx(i2t, abs=1)


def test_a_cell_of_saved_vectors_is_cross_fitted_and_its_key_says_so(tmp_path):
    made(tmp_path)
    spec = f"vectors:{tmp_path}/i.npy,{tmp_path}/t.npy"

    def inputs(space):
        return CellInputs(Cell("measure", "vectors", spec, space=space))

    centred, as_is = inputs("centre"), inputs(None)
    told = key_inputs(centred, {"version": 1})
    assert told["space"]["kind"] == "centre"
    assert told["space"]["cross_fitted"] == {"format": 1, "repeats": 1, "seed": 0, "clusters": "equal vectors"}
    assert told["identities"]["space:centre"] == {"version": 1}
    assert "space" not in key_inputs(as_is, {"version": 1})
    assert len(centred.vectors(centred.encoder).halves) == 2
    assert len(as_is.vectors(as_is.encoder).images) == 20
    assert len(inputs("random").vectors(centred.encoder).images) == 20  # nothing is fitted: measured on the whole
    record = recorded(centred.vectors(centred.encoder), centred.dataset)
    assert (
        record.metrics["gap_corrected"]["value"]
        < 0.5
        < recorded(as_is.vectors(as_is.encoder), as_is.dataset).metrics["gap_corrected"]["value"]
    )
