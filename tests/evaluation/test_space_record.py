"""What an experiment records of a space: the numbers of `measure`, intervals that hold them, both relevances."""

import numpy as np
import pytest
import torch

import mmgap
from mmgap import metrics
from mmgap.datasets import Dataset
from mmgap.evaluation.space_record import record_space
from mmgap.metrics.unit_rows import normalised
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


def test_threads_change_nothing_that_is_recorded():
    images, texts, dataset = space(same=10)
    found = []
    for threads in (1, 3):
        torch.set_num_threads(threads)  # given back by the fixture
        found.append(recorded(images, texts, dataset))
    assert found[0].metrics == found[1].metrics
    assert found[0].notes == found[1].notes


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


@pytest.mark.parametrize(("n", "precision"), [(60, 1e-11), (2100, 1e-6)])  # of more than 2,048 the products are float32
def test_what_the_passes_gather_is_what_the_single_metrics_say(n, precision):
    images, texts, dataset = space(n=n)
    images, texts = (v.astype(np.float32) for v in (images, texts))
    found = {name: metric["value"] for name, metric in recorded(images, texts, dataset).metrics.items()}
    x, y = (normalised(v, exact_rows=2048) for v in (images, texts))
    entropy = metrics.logit_entropy(x, y)
    expected = {
        "mmd2_rbf": metrics.mmd_squared(x, y),
        "uniformity_with_diagonal": metrics.uniformity(x, y, variant="with_diagonal"),
        "uniformity_cross": metrics.uniformity(x, y, variant="cross"),
        "logit_entropy_i2t": entropy.image_to_text,
        "logit_entropy_t2i": entropy.text_to_image,
        "t2i_r1_resampled90": metrics.resampled_recall(x, y, direction="t2i")[0] if n > 90 else None,
        "i2t_r1_resampled90_sd": metrics.resampled_recall(x, y, direction="i2t")[1] if n > 90 else None,
    }
    for name, value in expected.items():
        assert found.get(name) == (None if value is None else pytest.approx(value, rel=precision)), name


def test_a_nearly_collapsed_space_is_measured_in_float64():
    images, texts, dataset = space()
    images, texts = 1 + 1e-4 * images, 1 + 1e-4 * texts
    found = recorded(images, texts, dataset).metrics
    x, y = normalised(images), normalised(texts)
    assert found["mmd2_rbf"]["value"] == pytest.approx(metrics.mmd_squared(x, y), rel=1e-9)
    assert found["uniformity_cross"]["value"] == pytest.approx(metrics.uniformity(x, y, variant="cross"), rel=1e-9)


def test_few_images_with_many_captions_have_intervals():
    """Up to 2,048 vectors are measured in float64 and more in float32: here images are the few, captions the many."""
    images, texts, dataset = space(n=700, per_image=3)
    record = recorded(images.astype(np.float32), texts.astype(np.float32), dataset)
    assert record.metrics["i2t_r1"]["ci_low"] <= record.metrics["i2t_r1"]["value"] < 1
