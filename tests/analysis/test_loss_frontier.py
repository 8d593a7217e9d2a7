"""The frontier of losses: points against ce, what counts as a cost, and which loss is told of."""

import numpy as np
import pytest

from mmgap.analysis.loss_frontier import Point, frontier, least_cost, most_closing, points
from mmgap.analysis.row_items import read_all
from mmgap.analysis.training_effects import effects
from mmgap.core.cache import Cache
from tests.support.made_up_training import split_items, train_row


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


def rows_of(cache, ends, seeds=3):
    return [
        train_row(cache, loss, seed, arrays=split_items(gap, recall, seed=7 * seed + len(loss), spread=0.01))
        for loss, (gap, recall) in ends.items()
        for seed in range(seeds)
    ]


def change(difference, low, high, seeds=3):
    return {"difference": difference, "low": low, "high": high, "seeds": seeds}


def point(gap, t2i, i2t, loss="ce+anti"):
    return Point(loss, gap, {"t2i": t2i, "i2t": i2t})


DOWN, UP, LEVEL = change(-0.2, -0.3, -0.1), change(0.2, 0.1, 0.3), change(0.0, -0.1, 0.1)


def test_points_are_those_of_the_table(tmp_path, cache):
    rows = rows_of(cache, {"ce": (0.5, 0.8), "ce+anti": (0.2, 0.8), "ce+intra": (0.3, 0.6), "initial": (0.9, 0.3)})
    (found,) = effects(rows, tmp_path, cache)
    told = points(found)
    trained = [row for row in rows if row["cell"]["loss"] != "initial"]
    against, drawn = frontier(read_all(trained, cache))
    assert against == "ce"
    assert [one.loss for one in told] == ["ce+intra", "ce+anti"]  # the order of the thesis
    for one in drawn:
        kept = next(other for other in told if other.loss == one.loss)
        for mine, other in ((one.gap, kept.gap), *((one.recalls[way], kept.recalls[way]) for way in ("t2i", "i2t"))):
            assert {name: mine[name] for name in ("difference", "low", "high")} == {
                name: other[name] for name in ("difference", "low", "high")
            }
    anti = next(one for one in drawn if one.loss == "ce+anti")
    assert anti.gap["difference"] == pytest.approx(-0.3, abs=1e-9)
    assert anti.kind == "free"
    assert next(one for one in drawn if one.loss == "ce+intra").kind == "paid"


def test_without_ce_the_first_is_what_others_stand_against(cache):
    rows = rows_of(cache, {"ce+anti": (0.2, 0.8), "cyclip": (0.5, 0.8)})
    against, (one,) = frontier(read_all(rows, cache))
    assert (against, one.loss) == ("ce+anti", "cyclip")
    assert frontier(read_all(rows[:1], cache)) == ("ce+anti", [])


def test_what_cannot_be_compared_has_no_point(cache):
    rows = rows_of(cache, {"ce": (0.5, 0.8), "ce+anti": (0.2, 0.8)})
    odd = split_items(0.3, 0.8, n=9)
    rows += [train_row(cache, "cyclip", seed, arrays=odd) for seed in range(3)]
    alone = {name: values for name, values in split_items().items() if not name.endswith("_own")}
    rows += [train_row(cache, "ce+var", seed, arrays=alone) for seed in range(3)]
    assert [one.loss for one in frontier(read_all(rows, cache))[1]] == ["ce+anti"]


@pytest.mark.parametrize(
    ("gap", "t2i", "i2t", "kind"),
    [
        (DOWN, LEVEL, UP, "free"),
        (DOWN, LEVEL, DOWN, "paid"),
        (DOWN, DOWN, UP, "paid"),
        (LEVEL, DOWN, DOWN, "open"),
        (UP, UP, UP, "open"),
        (change(-0.2, -0.3, -0.1, seeds=2), LEVEL, LEVEL, "none"),
    ],
)
def test_what_counts_as_a_cost(gap, t2i, i2t, kind):
    assert point(gap, t2i, i2t).kind == kind


def test_the_cost_is_the_mean_loss_of_both_ways():
    assert point(DOWN, DOWN, UP).cost == pytest.approx(0)
    assert point(DOWN, DOWN, LEVEL).cost == pytest.approx(0.1)


def test_which_loss_is_told_of():
    little, much = change(-0.1, -0.15, -0.05), change(-0.4, -0.5, -0.3)
    free, freer = point(little, LEVEL, LEVEL, "a"), point(DOWN, LEVEL, LEVEL, "b")
    paid, cheap, none = point(much, DOWN, DOWN, "c"), point(little, DOWN, LEVEL, "d"), point(LEVEL, UP, UP, "e")
    assert least_cost([free, freer, paid, cheap, none]).loss == "b"
    assert most_closing([free, freer, paid, cheap, none]).loss == "c"
    assert least_cost([paid, cheap, none]).loss == "d"
    assert least_cost([none]) is most_closing([none]) is least_cost([]) is None


def test_the_numbers_are_finite(cache):
    rows = rows_of(cache, {"ce": (0.5, 0.8), "ce+anti": (0.2, 0.8)}, seeds=1)
    (one,) = frontier(read_all(rows, cache))[1]
    assert np.isfinite([one.gap["low"], one.gap["high"], one.cost]).all()
    assert one.kind == "none"
