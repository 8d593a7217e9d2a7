"""What images of a data set are classified by: one class an image; several or none are no class."""

from collections import Counter

import pytest

from mmgap import datasets
from mmgap.datasets import DatasetError
from mmgap.evaluation.classes_of_data import task_of_data


def test_classes_of_glyphs_are_things_in_their_language():
    english, spanish = (datasets.load(f"glyphs-{language}", split="train") for language in ("en", "es"))
    counts = Counter(english.classes())
    assert len(set(counts) - {None}) == 60
    assert counts["fish"] == Counter(spanish.classes())["pez"] == 44
    pairs = [caption for caption, own in zip(english.captions, english.classes(), strict=True) if own is None]
    assert all(any(f" {word} " in caption for word in ("above", "below", "left of", "right of")) for caption in pairs)


def test_classes_of_other_labels_and_categories():
    data = datasets.load("glyphs-en", split="test")
    assert data.classes("categories") == data.categories
    with pytest.raises(DatasetError, match="has no tags to classify by; it has categories, classes"):
        data.classes("tags")


def test_classes_stay_with_their_images():
    data = datasets.load("glyphs-en", split="test")
    assert data.select([5, 3]).classes() == (data.classes()[5], data.classes()[3])


def test_a_data_set_without_classes_says_so():
    data = datasets.load("glyphs-en", split="test")
    from dataclasses import replace

    with pytest.raises(DatasetError, match="it has neither these nor labels"):
        replace(data, labels={}, categories=()).classes()


def test_a_set_without_splits_is_halved():
    from mmgap import encoders

    data = datasets.load("glyphs-en", split="test").select(range(80))
    task = task_of_data(encoders.load("tiny-random"), {"test": data}, ("a picture of {}",))
    assert len(task.shots) + len(task.test) <= 80
    assert any("A fixed half" in note for note in task.notes)
