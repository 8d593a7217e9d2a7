"""What is recorded of a representation's use, on the embedded data and encoder."""

import numpy as np
import pytest

from mmgap import datasets, encoders
from mmgap.datasets.base import Dataset
from mmgap.encoders.embed import embed
from mmgap.evaluation import caption_multiplicity
from mmgap.evaluation.caption_multiplicity import by_multiplicity, images_under_caption
from mmgap.evaluation.class_transfer import record_classes
from mmgap.evaluation.item_arrays import TRANSFER_ARRAYS
from mmgap.evaluation.layer_record import record_layers
from mmgap.evaluation.transfer_record import record_transfer
from mmgap.metrics.catalogue import registry, unit_and_direction
from mmgap.metrics.unit_rows import normalised
from mmgap.rows.recorder import Recorder
from mmgap.stats import gap_estimate
from tests.support.made_vectors import random_unit

pytestmark = pytest.mark.usefixtures("one_thread")


def glyphs(split, count):
    whole = datasets.load("glyphs-en", split=split, captions="first")
    return whole.select(np.linspace(0, len(whole.image_ids) - 1, count).astype(int))


def made(captions, owner=None):
    """Images with these captions, which nobody looks at."""
    owner = np.arange(len(captions)) if owner is None else np.asarray(owner)
    n = int(owner.max()) + 1
    ids = tuple(map(str, range(n)))
    return Dataset("made", "test", "r", ids, [None] * n, tuple(captions), owner)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    record, encoder = Recorder(unit_and_direction), encoders.load("tiny")
    test, train = glyphs("test", 240), glyphs("train", 1500)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MMGAP_CACHE", str(tmp_path_factory.mktemp("cache")))
        options = {"validation": glyphs("validation", 100), "logit_scale": 100.0, "seed": 0}
        pairs = record_transfer(record, encoder, embed(encoder, test), test, **options)
        record_classes(record, encoder, pairs, test, train)
        record_layers(record, encoder, test, base=encoders.load("tiny-random"), items=60)
    return record


def value(record, name):
    return record.metrics[name]["value"]


def test_what_is_recorded_is_described_and_kept_as_the_table_says(recorded):
    assert set(recorded.metrics) <= set(registry)
    assert set(recorded.items) == set(TRANSFER_ARRAYS)
    for name, array in recorded.items.items():
        dtype, axes = TRANSFER_ARRAYS[name]
        assert (array.dtype, array.ndim) == (dtype, len(axes)), name


def test_the_bound_stays_below_its_ceiling_and_its_scale_is_chosen(recorded):
    assert 0 < value(recorded, "information_bound") < value(recorded, "information_ceiling") == np.log(240)
    assert 1 < value(recorded, "information_scale") < 100
    assert not any("ALARM" in note for note in recorded.notes)


def test_a_trained_encoder_predicts_one_modality_from_the_other(recorded):
    for way in ("i2t", "t2i"):
        found = recorded.metrics[f"imbalance_{way}"]
        assert 0 < found["ci_low"] < found["value"] < found["ci_high"] < 0.5


def test_layers_before_and_after(recorded):
    assert recorded.items["cka_image"].shape == (4, 4)
    assert recorded.items["cka_cross"].shape == (4, 3)
    assert value(recorded, "cka_image_last") == recorded.items["cka_image"][-1, -1] < 0.9
    assert recorded.items["layers_text"].shape == (60, 128 + 128 + 64)
    assert value(recorded, "cka_pairs_p") == pytest.approx(1 / 201)


def test_an_encoder_beside_itself_has_ones_on_its_diagonal():
    record = Recorder(unit_and_direction)
    record_layers(record, encoders.load("tiny"), glyphs("test", 60), base=None, items=30)
    assert np.diag(record.items["cka_text"]) == pytest.approx(1)
    assert "cka_text_last" not in record.metrics


def test_the_alarm_of_a_bound_at_its_ceiling(monkeypatch):
    record, data = Recorder(unit_and_direction), made([f"caption {i}" for i in range(60)])
    from mmgap.encoders.base import Vectors

    same = random_unit(np.random.default_rng(0), 60, 30)
    record_transfer(record, None, Vectors(same, same), data, validation=None, logit_scale=100.0, seed=0)
    assert any(note.startswith("CEILING ALARM") for note in record.notes)
    assert any(note.startswith("No validation pairs") for note in record.notes)
    assert any("C3's diagnostics, which need 200 pairs" in note for note in record.notes)


def test_images_without_classes_are_said_and_not_made_up():
    record, data = Recorder(unit_and_direction), made(["a", "b"])
    pair = normalised(np.eye(2))
    record_classes(record, None, (pair, pair), data, None)
    assert record.metrics == {}
    assert "images have no classes" in record.notes[0]


def test_how_many_images_share_a_caption():
    data = made(["one", "Two", "two ", "two", "own", "own", "one"], owner=[0, 0, 1, 2, 2, 3, 3])
    assert images_under_caption(data).tolist() == [3, 3, 3, 2]


def test_groups_are_measured_by_themselves():
    """30 images with a caption of their own, 12 in pairs, 20 in fives: gap and R@1 as by hand."""
    captions = [
        *(f"own {i}" for i in range(30)),
        *(f"pair {i // 2}" for i in range(12)),
        *(f"five {i // 5}" for i in range(25)),
    ]
    rng = np.random.default_rng(0)
    x = random_unit(rng, 67, 8)
    y = normalised(x + 0.3 * rng.normal(size=x.shape) + 0.2).tensor.numpy()
    y = y[np.unique(captions, return_index=True)[1]][np.unique(captions, return_inverse=True)[1]]
    data = made(captions)
    alone, pairs, fives = by_multiplicity(normalised(x), normalised(y), data)
    assert [(g.least, g.images) for g in (alone, pairs, fives)] == [(1, 30), (2, 12), (4, 25)]
    for group, rows in ((alone, slice(0, 30)), (pairs, slice(30, 42)), (fives, slice(42, 67))):
        _, clusters = np.unique(captions[rows], return_inverse=True)
        expected = gap_estimate(x[rows], y[rows], clusters=clusters).corrected
        assert (group.gap.value, group.gap.low) == pytest.approx((expected.value, expected.low))
        scores = y[rows] @ x.T
        first = scores.argmax(axis=1)
        assert group.own.value == pytest.approx((first == np.arange(67)[rows]).mean())
        assert group.any.value == pytest.approx(
            np.mean([captions[i] == captions[j] for i, j in zip(range(67)[rows], first, strict=True)])
        )


def test_groups_of_few_clusters_are_left_out():
    data = made([*(f"own {i}" for i in range(9)), *["all the same"] * 6])
    v = normalised(random_unit(np.random.default_rng(1), 15, 4))
    assert [group.least for group in by_multiplicity(v, v, data)] == [1]
    assert caption_multiplicity.FEWEST > 1
