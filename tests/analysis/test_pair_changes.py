"""What an encoder changes for categories and for images, against plain loops."""

import numpy as np
import pytest

from mmgap.analysis.pair_changes import cosines_by_category, gains
from tests.support.made_up_practices import arrays


@pytest.fixture
def encoders():
    owner = [0, 0, 2, 3, 3, 3]
    return [arrays(list("abcd"), ["x", "y", "", "y"], owner, strength) for strength in (0.2, 1.0)]


def test_cosines_by_category_are_those_of_a_loop_over_captions(encoders):
    found = cosines_by_category(encoders, most=9)
    assert (found.categories, found.found) == (["x", "", "y"], 3)
    for place, items in enumerate(encoders):
        for number, captions in enumerate(([0, 1], [2], [3, 4, 5])):
            values = [float(items["diagonal"][caption]) for caption in captions]
            mean = sum(values) / len(values)
            assert found.means[place][number] == pytest.approx(mean)
            spread = (sum((value - mean) ** 2 for value in values) / len(values)) ** 0.5
            assert found.deviations[place][number] == pytest.approx(spread, abs=1e-9)


def test_of_many_categories_the_largest_are_shown(encoders):
    found = cosines_by_category(encoders, most=1)
    assert (found.categories, found.found, found.means.shape) == (["y"], 3, (2, 1))


def test_gains_are_means_over_an_images_captions_largest_first(encoders):
    before, after = encoders
    gained, images = gains(before, after)
    change = [float(b) - float(a) for a, b in zip(before["diagonal"], after["diagonal"], strict=True)]
    expected = {0: sum(change[:2]) / 2, 2: change[2], 3: sum(change[3:]) / 3}
    assert sorted(images.tolist()) == [0, 2, 3]
    assert gained.tolist() == pytest.approx([expected[image] for image in images])
    assert (np.diff(gained) <= 0).all()
