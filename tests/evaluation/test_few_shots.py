"""Shots, validation and test images stay apart; accuracy by shots, its gain over zero-shot, and the published leak."""

import numpy as np
import pytest

from mmgap.adapters import AdapterError, LabelledVectors, parse
from mmgap.adapters.labelled_vectors import also_in
from mmgap.evaluation.few_shot_record import NoValidationImagesError, hits, record_adapter
from mmgap.evaluation.few_shot_tasks import few_note, task_of_images, task_of_splits
from mmgap.metrics.catalogue import unit_and_direction
from mmgap.rows.recorder import Recorder

NAMES = ("ant", "bee", "cow", "dog")
CENTRES = np.random.default_rng(0).normal(size=(4, 10))
CLASSES = {name: centre + 0.8 for name, centre in zip(NAMES, CENTRES, strict=True)}


def drawn(count, seed, names=NAMES):
    rng = np.random.default_rng(seed)
    own = [name for name in names for _ in range(count)]
    return np.stack([CENTRES[NAMES.index(name)] + 1.1 * rng.normal(size=10) for name in own]), own


def task(train=20, validation=20, test=40):
    return task_of_splits(
        {"train": drawn(train, 1), "validation": drawn(validation, 2), "test": drawn(test, 3)}, CLASSES
    )


@pytest.mark.parametrize("halved", [False, True])
@pytest.mark.parametrize("count", [1, 2, 4, 8])
def test_shots_validation_and_test_are_apart(count, halved):
    made = task_of_images(*drawn(40, 1), CLASSES) if halved else task()
    for seed in range(3):
        shots, validation = made.drawn(count, seed)
        assert shots.counts(4).tolist() == validation.counts(4).tolist() == [count] * 4
        for a, b in ((shots, validation), (shots, made.test), (validation, made.test)):
            assert not also_in(a.images, b.images).any()


def test_seeds_draw_others_and_more_shots_hold_the_fewer():
    made = task()
    (one, _), (other, _), (more, _) = made.drawn(2, 0), made.drawn(2, 1), made.drawn(4, 0)
    assert also_in(one.images, more.images).all()
    assert not also_in(one.images, other.images).all()
    np.testing.assert_array_equal(made.drawn(2, 0)[0].images, one.images)


def test_of_equal_images_one_is_drawn_and_halves_keep_them_together():
    images, own = drawn(6, 1)
    images, own = np.repeat(images, 3, axis=0), [name for name in own for _ in range(3)]
    made = task_of_images(images, own, CLASSES)
    assert not also_in(made.shots.images, made.test.images).any()
    shots, _ = made.drawn(3, 0)
    assert len(np.unique(shots.images.round(9), axis=0)) == len(shots) == 12


def test_the_tested_half_is_fixed_whatever_the_shots():
    one, other = (task_of_images(*drawn(40, 1), CLASSES) for _ in range(2))
    np.testing.assert_array_equal(one.test.images, other.test.images)
    assert len(one.test) == 80


def test_a_class_gives_what_it_has_and_is_named():
    images, own = drawn(20, 1)
    made = task_of_splits({"train": (images[17:], own[17:]), "test": drawn(40, 3)}, CLASSES)
    shots, validation = made.drawn(8, 0)
    assert shots.counts(4).tolist() == [3, 8, 8, 8]
    assert validation.counts(4).tolist() == [0, 8, 8, 8]
    assert few_note(made, 8) == "1 of 4 classes have fewer than 8 images to draw and give what they have: ant."
    assert few_note(made, 2) is None


def test_validation_has_no_more_than_the_shots_of_its_class():
    images, own = drawn(20, 1)
    made = task_of_splits({"train": (images[17:], own[17:]), "validation": drawn(20, 2), "test": drawn(4, 3)}, CLASSES)
    shots, validation = made.drawn(8, 0)
    assert validation.counts(4).tolist() == shots.counts(4).tolist() == [3, 8, 8, 8]


def test_what_is_left_out_is_counted():
    train, test = drawn(5, 1), drawn(5, 3)
    test = np.concatenate([test[0], train[0][:2], CENTRES[:1]]), [*test[1][:-1], None, *train[1][:2], "emu"]
    made = task_of_splits({"train": train, "test": test}, CLASSES)
    assert made.notes == (
        "2 of 23 test images are left out: several classes, none, or one that train lacks.",
        "2 test images are left out: their vectors are also among train or validation.",
    )
    assert len(made.test) == 19


@pytest.mark.parametrize(
    ("train", "classes", "words"),
    [
        (drawn(5, 1, NAMES[:1]), CLASSES, "train has 1 class"),
        (drawn(5, 1), {"ant": CENTRES[0]}, r"no class vector of 'bee' \(3 of 4"),
    ],
)
def test_what_cannot_be_classified_is_said(train, classes, words):
    with pytest.raises(AdapterError, match=words):
        task_of_splits({"train": train, "test": drawn(5, 3)}, classes)


def test_hits_are_of_the_test_images_by_seed():
    made = task()
    found = hits(parse("gda"), made, 4, 3)
    for seed in range(3):
        fitted = parse("gda").fit(made.drawn(4, seed)[0], made.classes, seed=seed)
        wanted = [
            float(fitted.logits(image[None]).argmax() == label)
            for image, label in zip(made.test.images, made.test.labels, strict=True)
        ]
        assert found[seed].tolist() == wanted


@pytest.mark.parametrize("spec", ["tip-adapter", "gda:select=val", "proker"])
def test_a_record_has_accuracy_and_gain_by_shots(spec):
    record, made = Recorder(unit_and_direction), task()
    record_adapter(record, parse(spec), made, shots=(1, 4), seeds=2)
    for count in (1, 4):
        found = hits(parse(spec), made, count, 2)
        accuracy, gain = record.metrics[f"accuracy_shots{count}"], record.metrics[f"gain_shots{count}"]
        zero = record.metrics["accuracy_zero_shot"]["value"]
        assert accuracy["value"] == pytest.approx(found.mean())
        assert gain["value"] == pytest.approx(100 * (found.mean() - zero))
        assert accuracy["ci_low"] < accuracy["value"] < accuracy["ci_high"]
        assert gain["unit"] == "points"
        np.testing.assert_allclose(record.items[f"hit_shots{count}"], found.mean(axis=0))
    assert "leak_shots1" not in record.metrics


def test_the_published_leak_is_marked_and_measured():
    record, made = Recorder(unit_and_direction), task()
    record_adapter(record, parse("tip-adapter:select=test,protocol=legacy"), made, shots=(2,), seeds=2)
    legacy, honest = (
        hits(parse(f"tip-adapter:{how}"), made, 2, 2) for how in ("select=test,protocol=legacy", "select=val")
    )
    leak = record.metrics["leak_shots2"]
    assert leak["value"] == pytest.approx(100 * (legacy.mean() - honest.mean()))
    assert leak["value"] >= 0
    assert any(note.startswith("LEAKY") for note in record.notes)


def test_where_shots_leave_no_validation_image_there_is_no_value_and_the_reason_is_said():
    record = Recorder(unit_and_direction)
    halves = task_of_splits({"train": drawn(4, 1), "test": drawn(10, 3)}, CLASSES)
    record_adapter(record, parse("gda:select=val"), halves, shots=(1, 2, 4, 8), seeds=2)
    told = {name for name in record.metrics if name.startswith(("accuracy_shots", "gain_shots"))}
    assert told == {"accuracy_shots1", "gain_shots1", "accuracy_shots2", "gain_shots2"}
    assert "No value at 4, 8 shots: they leave no validation image to choose by." in record.notes
    with pytest.raises(NoValidationImagesError, match="4, 8 shots of each class leave none"):
        record_adapter(Recorder(), parse("gda:select=val"), halves, shots=(4, 8), seeds=2)
    record_adapter(Recorder(), parse("gda"), halves, shots=(4, 8), seeds=2)


def test_zero_shot_gains_nothing_and_needs_no_shots():
    record = Recorder(unit_and_direction)
    record_adapter(record, parse("zero-shot"), task(), shots=(1, 2), seeds=2)
    values = {record.metrics[name]["value"] for name in ("accuracy_zero_shot", "accuracy_shots1", "accuracy_shots2")}
    assert len(values) == 1
    assert not any(name.startswith("gain") for name in record.metrics)


def test_labels_and_images_of_different_lengths_are_refused():
    with pytest.raises(AdapterError, match="8 images and 1 labels"):
        task_of_images(drawn(2, 1)[0], ["ant"], CLASSES)


def test_pools_are_labelled_vectors():
    assert isinstance(task().shots, LabelledVectors)
