import pytest

from mmgap.analysis.seed_means import SeedMean, over_seeds
from mmgap.report import values


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.8513524, None, "0.851"),
        (-1.8177, None, "-1.818"),
        (0.0, None, "0.000"),
        (-0.0001, "share", "0.0"),
        (0.506, "share", "50.6"),
        (1.0, "share", "100.0"),
        (2.0, None, "2.000"),
        (3.0, "count", "3"),
        (1234.0, None, "1234"),
        (96.934, None, "96.93"),
        (104.62, None, "104.6"),
        (0.000506, None, "0.00051"),
        (0.0000506, None, "5.1e-05"),
    ],
)
def test_number(value, unit, shown):
    assert values.number(value, unit) == shown


def test_interval_is_as_fine_as_it_is_sure():
    assert values.text(SeedMean(0.8513, None, 0.84, 0.862, None)) == "0.851 [0.84, 0.86]"
    assert values.text(SeedMean(0.8513, None, 0.8505, 0.8521, None)) == "0.851 [0.8505, 0.8521]"
    assert values.text(SeedMean(0.5, None, 0.5, 0.5, None)) == "0.500 [0.500, 0.500]"
    assert values.text(SeedMean(0.506, None, 0.462, 0.55, "share")) == "50.6 [46.2, 55.0]"


def test_spread_has_the_decimals_of_its_mean():
    assert values.text(SeedMean(0.8513, 0.0042, None, None, None)) == "0.851 ± 0.004"
    assert values.text(SeedMean(0.506, 0.0121, None, None, "share")) == "50.6 ± 1.2"
    assert values.text(SeedMean(3.0, 0.0, None, None, "count")) == "3 ± 0"
    assert values.text(SeedMean(3.0, 0.52, None, None, "count")) == "3 ± 0.5"
    assert values.text(SeedMean(5e-5, 1e-6, None, None, None)) == "5.0e-05 ± 1.0e-06"


def test_a_p_value_at_the_floor_of_its_test_is_an_upper_bound():
    p = {"value": 0.0005, "ci_low": None, "ci_high": None, "n": 1999, "unit": "p", "higher_is_better": None}
    assert values.text(over_seeds([p])) == "≤ 0.0005"
    assert values.text(over_seeds([{**p, "value": 0.001}])) == "0.001"
    assert values.text(over_seeds([{**p, "n": 1}])) == "≤ 0.0005"
    assert values.text(over_seeds([p, {**p, "value": 0.03}])) == "0.030"  # of several seeds the largest
    assert values.probability(1.0, floor=1.0) == "1.000"


def test_missing():
    assert values.text(None) == "—"
