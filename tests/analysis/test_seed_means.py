"""One metric over seeds."""

import pytest

from mmgap.analysis.seed_means import SeedMean, over_seeds


def test_seeds_are_averaged_and_one_seed_keeps_its_interval():
    one = {"value": 1.0, "ci_low": 0.9, "ci_high": 1.1, "n": 5, "unit": None, "higher_is_better": None}
    assert over_seeds([one, None]) == SeedMean(1.0, None, 0.9, 1.1, None)
    shown = over_seeds([one, {**one, "value": 3.0}])
    assert (shown.mean, shown.low) == (2.0, None)
    assert shown.sd == pytest.approx(2**0.5)


def test_what_no_seed_has_is_none():
    assert over_seeds([None, None]) is None
