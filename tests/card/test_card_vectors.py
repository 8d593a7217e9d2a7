"""Which rows a card measures, and what it takes for right."""

import numpy as np
import pytest

from mmgap.card.card_vectors import card_vectors
from tests.support.made_cards import pairs


def test_rows_that_are_not_finite_go_with_all_that_belongs_to_them():
    x, y, owner = pairs(10, each=2)
    x[3] = np.nan
    y[[0, 1]] = 0  # both texts of image 0
    y[9, 4] = np.inf  # one of image 4's
    found = card_vectors("made", x, y, owner)
    kept = [i for i in range(10) if i not in (0, 3)]
    np.testing.assert_array_equal(found.images, x[kept])
    expected = [kept.index(owner[j]) for j in range(20) if owner[j] not in (0, 3) and j != 9]
    assert found.owner.tolist() == expected
    assert found.notes[0] == "Left out: 2 images and 5 texts, as rows are zero or not finite."
    assert found.given[0] is x


def test_texts_stand_in_the_order_of_their_images():
    x, y, owner = pairs(6, each=2)
    order = np.random.default_rng(0).permutation(12)
    found = card_vectors("made", x, y[order], owner[order])
    assert found.owner.tolist() == sorted(owner.tolist())
    for text, image in zip(found.texts, found.owner, strict=True):
        assert any((text == y[j]).all() for j in np.flatnonzero(owner == image))


def test_equal_vectors_stand_for_one_another():
    """Against a loop: text j is right for image i where an equal image owns an equal text."""
    x, y, _ = pairs(8)
    x[5] = x[2]
    y[[1, 4]] = y[0]
    found = card_vectors("made", x, y)
    expected = {
        (i, j)
        for i in range(8)
        for j in range(8)
        if any((x[k] == x[i]).all() and (y[k] == y[j]).all() for k in range(8))
    }
    assert set(map(tuple, found.relation.pairs.tolist())) == expected
    assert "Equal to an earlier one: 2 texts, 1 image." in found.notes[0]
    assert found.relation.clusters.tolist() == [0, 0, 1, 2, 0, 1, 3, 4]


def test_a_collapsed_tower_is_no_caption_that_all_images_share():
    x, y, _ = pairs(60)
    y[:] = y[0]
    found = card_vectors("made", x, y)
    assert len(found.relation.pairs) == 60
    assert "own pairs alone" in found.notes[0]


def test_counts_and_widths_that_do_not_fit_leave_no_pairs():
    x, y, _ = pairs(12)
    for texts in (y[:7], np.concatenate([y, y])[:20]):
        found = card_vectors("made", x, texts)
        assert found.owner is None
        assert found.relation is None
        assert "nothing says which text belongs to which image" in found.notes[0]
    assert "images have 12 dimensions and texts 5" in card_vectors("made", x, y[:, :5]).notes[0]
    assert card_vectors("made", x, y, np.arange(3)).owner is None, "an owner of another length"
    assert card_vectors("made", x, y, np.full(12, 99)).owner is None, "an owner out of range"


def test_texts_that_follow_each_other_are_told():
    x, y, owner = pairs(5, each=3)
    found = card_vectors("made", x, y)
    assert found.owner.tolist() == owner.tolist()
    assert found.notes[0] == "3 texts follow each other for each image, as nobody says more."


def test_too_few_rows_are_one_clear_line():
    x, y, _ = pairs(4)
    x[:3] = np.nan
    with pytest.raises(ValueError, match="made: 1 image and 1 text can be measured; at least 2"):
        card_vectors("made", x, y)
