"""A dataset whose parts do not fit together is refused, and what it derives follows the definitions."""

import numpy as np
import pytest

from mmgap import datasets
from mmgap.datasets import Dataset, DatasetError


def make(**changes):
    parts = {"name": "d", "split": "test", "revision": "0", "image_ids": ("a", "b"), "images": [None, None]}
    parts |= {"captions": ("x", "y", " X"), "owner": np.array([0, 0, 1])}
    return Dataset(**(parts | changes))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"image_ids": ("a", "a")}, "'a' appears more than once"),
        ({"images": [None]}, "2 ids, 1 images"),
        ({"owner": np.array([0, 1, 0])}, "sorted"),
        ({"owner": np.array([0, 1, 2])}, "sorted indices of the 2 images"),
        ({"owner": np.array([0, 0, 0])}, "every image needs a caption"),
    ],
)
def test_parts_must_fit(changes, words):
    with pytest.raises(DatasetError, match=words):
        make(**changes)


def test_equal_captions_are_relevant_to_both_images():
    data = make()
    assert data.relevance("strict").tolist() == [[0, 0], [0, 1], [1, 2]]
    assert data.relevance("any").tolist() == [[0, 0], [0, 1], [0, 2], [1, 0], [1, 2]]
    assert data.duplicate_captions == 2
    assert data.first_captions().captions == ("x", " X")
    with pytest.raises(ValueError, match="'strict' or 'any'"):
        data.relevance("some")


def test_load_refuses_what_it_does_not_know():
    with pytest.raises(ValueError, match="split must be one of"):
        datasets.load("glyphs-en", split="dev")
    with pytest.raises(ValueError, match="captions must be"):
        datasets.load("glyphs-en", captions="second")
    with pytest.raises(LookupError, match="did you mean 'glyphs-en'"):
        datasets.load("glyph-en")
    assert datasets.load("glyphs-en", captions="first").caption_policy == "first"
