"""What studies answer, against numbers computed by hand."""

import math

import pytest
from scipy import stats

from benchmarks.workloads.simulated_coverage import gap_closed_coverage
from mmgap.analysis.estimates import Estimate, estimate, mean_of, separable
from mmgap.analysis.gap_closed import gap_closed
from mmgap.analysis.study_answers import encoder_studies, losses_study, spaces_study
from mmgap.analysis.training_effects import effects
from mmgap.core.cache import Cache
from mmgap.rows.cell import UNCHANGED
from tests.support.made_up_rows import metric, row, space_metrics
from tests.support.made_up_training import split_items, train_row


def change(before, after, low, high, seeds=3):
    return {"a": before, "b": after, "difference": after - before, "low": low, "high": high, "seeds": seeds}


def test_one_seed_keeps_its_interval_and_several_add_their_spread():
    alone = estimate([metric(0.5, 0.4, 0.7)])
    assert (alone.value, alone.low, alone.high, alone.seeds) == (0.5, 0.4, 0.7, 1)
    several = estimate([metric(v, v - 0.1, v + 0.2) for v in (0.4, 0.5, 0.6)])
    images, seeds = (0.1 / stats.norm.ppf(0.975)) ** 2, 0.01 / 3
    df = (images + seeds) / (seeds / 2)  # Cochran's weights: the images' degrees of freedom have no end
    assert several.value == pytest.approx(0.5)
    assert several.value - several.low == pytest.approx(stats.t.ppf(0.975, df) * math.sqrt(images + seeds))
    assert several.above > several.below > 0.1


def test_what_a_row_lacks_is_no_estimate():
    assert estimate([metric(0.5), None]) is None
    assert estimate([]) is None
    bare = estimate([metric(0.5)])
    assert (bare.low, bare.high) == (None, None)
    assert not separable(bare, estimate([metric(0.9, 0.8, 1.0)]))


def test_estimates_are_told_apart_where_their_distances_together_leave_a_gap():
    low, near, far = (Estimate(v, v - 0.03, v + 0.04, 1) for v in (0.5, 0.549, 0.551))
    assert math.hypot(0.04, 0.03) == pytest.approx(0.05)
    assert not separable(low, near)
    assert separable(low, far)
    assert separable(far, low)


def test_a_mean_of_two_is_as_wide_as_both_on_average():
    found = mean_of([Estimate(0.4, 0.3, 0.6, 3), Estimate(0.6, 0.4, 0.7, 3)])
    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.35, 0.65))


def test_the_share_of_a_gap_that_is_known_is_that_of_what_is_left():
    before, after = Estimate(0.5, 0.5, 0.5, 3), Estimate(0.2, 0.1, 0.25, 3)
    share = gap_closed(before, after, change(0.5, 0.2, -0.4, -0.25))
    assert (share.value, share.low, share.high) == pytest.approx((0.6, 0.5, 0.8))


def test_the_share_is_fiellers_where_both_gaps_are_uncertain_alike():
    """By hand: a = 1 ± 0.2, b = 0.5 ± 0.1, independent: (0.5 − ρ)² = 0.01 + 0.04·ρ²."""
    before, after = Estimate(1.0, 0.8, 1.2, 3), Estimate(0.5, 0.4, 0.6, 3)
    half = math.hypot(0.2, 0.1)
    share = gap_closed(before, after, change(1.0, 0.5, -0.5 - half, -0.5 + half))
    root = math.sqrt(0.25 - 0.96 * 0.24)
    assert (share.low, share.high) == pytest.approx((1 - (0.5 + root) / 0.96, 1 - (0.5 - root) / 0.96))
    assert share.low < share.value == 0.5 < share.high


def test_gaps_that_move_together_give_a_narrower_share():
    before, after = Estimate(1.0, 0.8, 1.2, 3), Estimate(0.5, 0.4, 0.6, 3)
    alone = gap_closed(before, after, change(1.0, 0.5, -0.5 - math.hypot(0.2, 0.1), -0.5 + math.hypot(0.2, 0.1)))
    together = gap_closed(before, after, change(1.0, 0.5, -0.6, -0.4))  # the change is known to 0.1: r = 1
    assert together.high - together.low < 0.1 * (alone.high - alone.low)
    assert together.value == pytest.approx(0.5)


def test_a_gap_that_may_be_none_has_no_share():
    zero, after = Estimate(0.1, 0.0, 0.2, 1), Estimate(0.05, 0.0, 0.1, 1)
    assert gap_closed(zero, after, change(0.1, 0.05, -0.2, 0.1)) is None
    assert gap_closed(None, after, change(0.1, 0.05, -0.2, 0.1)) is None
    assert gap_closed(zero, after, change(0.0, 0.05, -0.2, 0.1)) is None


@pytest.mark.parametrize(("gaps", "seeds"), [((0.5, 0.2), 1), ((0.4, 0.4), 3)])
def test_simulated_shares_hold_the_truth(gaps, seeds):
    """60 samples; 95 % nominal. 48 or fewer of 60 would come by chance less than once in 2,000 such tests."""
    found = gap_closed_coverage(gaps, 16, 100, True, seeds, 60)
    assert found["told"] > 0.9
    assert found["coverage"] > 0.8


ENDS = {"ce": (0.5, 0.8), "ce+intra": (0.1, 0.6), "ce+anti": (0.2, 0.8), "ce+var": (0.5, 0.8)}


def study_of(cache, folder, seeds=3, ends=ENDS):
    rows = [
        train_row(
            cache,
            loss,
            seed,
            arrays=split_items(gap, recall, seed=7 * seed + len(loss), spread=0.01),
            metrics={**space_metrics(), "gap_corrected": metric(gap, gap - 0.005, gap + 0.005)},
        )
        for loss, (gap, recall) in ends.items()
        for seed in range(seeds)
    ]
    (found,) = effects(rows, folder, cache)
    return losses_study(found)


def test_losses_are_set_against_ce(tmp_path):
    study = study_of(Cache(tmp_path / "cache"), tmp_path)
    assert [(one.name, one.against, one.seeds) for one in study.answers] == [
        ("ce+intra", "ce", 3),
        ("ce+var", "ce", 3),
        ("ce+anti", "ce", 3),
    ]
    intra, var, anti = study.answers
    assert intra.closed.value == pytest.approx(0.8, abs=0.01)
    assert anti.closed.value == pytest.approx(0.6, abs=0.01)
    assert intra.closed.low < 0.8 < intra.closed.high
    assert intra.recall.value == pytest.approx(-0.18, abs=0.02)  # own pairs: 0.9 of the hits
    assert (intra.recall.sign, anti.recall.sign) == (-1, 0)
    assert not var.closes
    assert study.most_closing() is intra
    assert study.free() is anti


def test_the_encoder_before_training_is_what_ce_is_set_against(tmp_path):
    study = study_of(Cache(tmp_path / "cache"), tmp_path, ends={"initial": (0.9, 0.35), **ENDS})
    assert study.answers[0].against == "initial"
    assert study.answers[0].closed.value == pytest.approx(4 / 9, abs=0.01)
    assert study.most_closing().name == "ce+intra"  # of those against ce
    assert study.start == "initial"


def test_the_best_of_a_column_stands_with_all_that_cannot_be_told_from_it(tmp_path):
    study = study_of(Cache(tmp_path / "cache"), tmp_path)
    assert study.best("gap_corrected") == {"ce+intra"}
    equal = study_of(Cache(tmp_path / "other"), tmp_path / "o", ends={**ENDS, "ce+var": (0.101, 0.8)})
    assert equal.best("gap_corrected") == {"ce+intra", "ce+var"}


def test_encoders_on_the_same_data_are_one_study():
    rows = [row(encoder="a"), row(encoder="b", metrics=space_metrics(0.5)), row(encoder="a", dataset="x")]
    first, second = sorted(encoder_studies(rows), key=lambda study: -len(study.members))
    assert list(first.members) == ["a", "b"]
    assert first.best("gap_corrected") == {"b"}
    assert second.best("gap_corrected") == set()
    assert first.answers == ()
    assert first.title == "glyphs-en"


def test_spaces_stand_against_the_vectors_as_they_are():
    from mmgap.analysis.space_changes import SpaceChanges

    as_is, other = row("spaces"), row("spaces")
    as_is["cell"]["space"], other["cell"]["space"] = None, "centre"
    removed = {"value": 0.9, "low": 0.85, "high": 0.95}
    told = {"difference": 0.02, "low": 0.01, "high": 0.03}
    entry = {"space": "centre", "gap_removed": removed, "changes": {"t2i_r1_own": told, "i2t_r1_own": told}}
    study = spaces_study(SpaceChanges(as_is, (other,), [entry]))
    (answer,) = study.answers
    assert (answer.against, answer.closed.value, answer.recall.low) == (UNCHANGED, 0.9, pytest.approx(0.01))
    assert list(study.members) == [UNCHANGED, "centre"]
    assert study.pool is None


def test_a_control_is_an_answer_but_never_the_best():
    from mmgap.analysis.space_changes import SpaceChanges

    as_is, chance, other = row("spaces"), row("spaces", metrics=space_metrics(0.1)), row("spaces")
    for one, space in ((as_is, None), (chance, "random"), (other, "centre")):
        one["cell"]["space"] = space
    told = {"difference": 0.0, "low": -0.01, "high": 0.01}
    entries = [
        {
            "space": space,
            "gap_removed": {"value": share, "low": share - 0.05, "high": share + 0.05},
            "changes": {"t2i_r1_own": told, "i2t_r1_own": told},
        }
        for space, share in (("random", 0.9), ("centre", 0.5))
    ]
    study = spaces_study(SpaceChanges(as_is, (chance, other), entries))
    assert [(one.name, one.control) for one in study.answers] == [("random", True), ("centre", False)]
    assert study.most_closing().name == study.free().name == "centre"
    assert "random" not in study.best("gap_corrected")
