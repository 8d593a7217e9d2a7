"""What an experiment records of a space: the numbers of `measure`, intervals that hold them, both relevances."""

import numpy as np
import pytest

import mmgap
from mmgap.datasets import Dataset
from mmgap.evaluation.space_record import record_space
from mmgap.rows.recorder import Recorder

pytestmark = pytest.mark.usefixtures("one_thread")


def space(n=100, d=8, per_image=1, same=0):
    """Pairs that belong together; the first ``same`` images share their caption with the next ones."""
    rng = np.random.default_rng(0)
    images = rng.normal(size=(n, d)) + 1
    owner = np.repeat(np.arange(n), per_image)
    texts = images[owner] + 0.5 * rng.normal(size=(n * per_image, d)) - 1
    captions = [f"caption {k}" for k in range(len(owner))]
    captions[:same] = captions[same : 2 * same]
    dataset = Dataset("made-up", "test", "1", tuple(map(str, range(n))), range(n), tuple(captions), owner)
    return images, texts, dataset


def recorded(*arguments, **options):
    record = Recorder()
    record_space(record, *arguments, **options)
    return record


def test_every_number_of_measure_is_recorded_as_it_is():
    images, texts, dataset = space()
    record = recorded(images, texts, dataset)
    expected = mmgap.measure(images, texts)
    assert {name: record.metrics[name]["value"] for name in expected} == pytest.approx(expected)


def test_an_interval_holds_its_value_and_counts_images():
    images, texts, dataset = space(per_image=3)
    record = recorded(images, texts, dataset)
    found = {name: metric for name, metric in record.metrics.items() if metric["ci_low"] is not None}
    assert {"gap_corrected", "uniformity", "misalignment", "t2i_r1", "i2t_r1_pool90", "cosine_matched_mean"} <= set(
        found
    )
    for name, metric in found.items():
        assert metric["ci_low"] <= metric["value"] <= metric["ci_high"], name
        assert metric["n"] == 100, name


def test_equal_captions_are_positives_and_the_own_pairs_stand_beside():
    images, texts, dataset = space(same=10)
    record = recorded(images, texts, dataset)
    assert record.metrics["duplicate_captions"]["value"] == 20
    assert record.metrics["t2i_r1"]["value"] >= record.metrics["t2i_r1_own"]["value"]
    assert any("further positives" in note for note in record.notes)
    strict = mmgap.measure(images, texts)
    assert record.metrics["t2i_r1_own"]["value"] == pytest.approx(strict["t2i_r1"])
    assert record.metrics["misalignment"]["value"] == pytest.approx(strict["misalignment"])
    assert record.metrics["misalignment_any"]["value"] != pytest.approx(strict["misalignment"])
    assert record.metrics["t2i_r1"]["n"] == 90  # ten pairs of images share a caption
    alone = recorded(*space()).metrics
    assert alone["t2i_r1_own"]["value"] == alone["t2i_r1"]["value"]
    assert "misalignment_any" not in alone


def test_what_a_change_of_the_gap_is_made_of_is_kept():
    images, texts, dataset = space(same=10)
    record = recorded(images, texts, dataset)
    corrected = record.metrics["gap_corrected"]
    assert record.items["gap_interval"].tolist() == [corrected["value"], corrected["ci_low"], corrected["ci_high"], 90]
    assert record.items["gap_replicates"].shape == (2, 1000)
    assert len(np.unique(record.items["cluster"])) == 90
    assert record.metrics["gap_p"]["unit"] == "p"
    assert record.metrics["gap_floor"]["value"] > 0


def test_the_parts_of_misalignment_and_frechet_add_up():
    metrics = {name: metric["value"] for name, metric in recorded(*space()).metrics.items()}
    assert metrics["misalignment_centroid"] + metrics["misalignment_residual"] == pytest.approx(metrics["misalignment"])
    assert metrics["misalignment_centroid"] + metrics["frechet2_covariance"] == pytest.approx(metrics["frechet2"])


def test_a_small_set_is_measured_and_says_what_it_lacks():
    record = recorded(*space(n=5))
    assert "t2i_r1_pool90" not in record.metrics
    assert any("Left out" in note and "90" in note for note in record.notes)
    assert record.metrics["t2i_r1"]["n"] == 5


def test_a_collapsed_space_is_measured():
    images, texts, dataset = space(n=30)
    record = recorded(np.ones_like(images), np.ones_like(texts), dataset)
    assert record.metrics["t2i_r1"]["value"] == pytest.approx(1 / 30)
    assert any("CKA" in note for note in record.notes)


def test_images_without_captions_are_measured_alone():
    images, _, _ = space()
    alone = Dataset("made-up", "test", "1", tuple(map(str, range(100))), range(100), (), np.array([], dtype=int))
    record = recorded(images, images[:0], alone)
    assert record.metrics["uniformity_image"]["value"] == pytest.approx(
        mmgap.measure(images, images)["uniformity_image"]
    )
    assert record.items["map_image"].shape == (100, 2)
    assert "gap" not in record.metrics


def test_pictures_and_hits_are_kept():
    record = recorded(*space())
    assert {"edges", "histogram_matched", "map_text", "similarity", "t2i_r1", "matched_cosine"} <= set(record.items)
    assert record.items["t2i_r1"].mean() == pytest.approx(record.metrics["t2i_r1"]["value"])
