"""Claims: what an interval decides, what rows of trainings, spaces and measurements give, and what says nothing."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from mmgap.analysis.claim import FAILS, HOLDS, OPEN, Claim, Region, judged
from mmgap.analysis.claim_evidence import Evidence, Found, difference, pairs_by_data
from mmgap.analysis.correlation_evidence import over_losses
from mmgap.analysis.estimates import Estimate
from mmgap.analysis.gap_claims import registry, scoreboard
from mmgap.core.cache import Cache
from mmgap.rows.row import latest, migrated, read_rows
from tests.support.made_up_rows import metric, row

PUBLISHED = Path(__file__).parents[2] / "reports" / "published"

numbers = st.floats(-1, 1, allow_nan=False)


@given(st.lists(numbers, min_size=2, max_size=2), numbers, st.booleans())
def test_a_region_is_decided_by_its_ends(ends, bound, below):
    low, high = sorted(ends)
    region = Region(high=bound) if below else Region(low=bound)
    inside = high <= bound if below else low >= bound
    outside = low > bound if below else high < bound
    wanted = HOLDS if inside else FAILS if outside else OPEN
    assert region.verdict(Estimate((low + high) / 2, low, high, 3)) == wanted


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [(-0.01, 0.01, HOLDS), (0.03, 0.05, FAILS), (-0.05, -0.03, FAILS), (-0.05, 0.0, OPEN), (0.0, 0.03, OPEN)],
)
def test_a_region_with_two_ends_is_an_equivalence(low, high, wanted):
    assert Region(-0.02, 0.02).verdict(Estimate(0, low, high, 3)) == wanted


def claim(region=Region(high=0.0)):  # noqa: B008 - it is frozen
    return Claim("made", "Made.", "nobody", "effect", region, lambda evidence: [])


def test_one_seed_decides_nothing_of_a_training_and_no_interval_nothing_at_all():
    clear = Estimate(-0.5, -0.6, -0.4, 2)
    assert (judged(claim(), Found("a", clear, trained=True)).verdict, judged(claim(), Found("a", clear)).verdict) == (
        OPEN,
        HOLDS,
    )
    assert judged(claim(), Found("a", clear, trained=True)).why == "fewer than three seeds"
    unknown = judged(claim(), Found("a", Estimate(-0.5, None, None, 3)))
    assert (unknown.verdict, unknown.why, unknown.seen) == (OPEN, "no interval", None)


def test_what_could_be_seen_is_seen_in_four_of_five_samples():
    """Simulated: effects at that distance from the bound, known standard deviation."""
    rng, half = np.random.default_rng(0), float(norm.ppf(0.975))
    seen = judged(claim(), Found("a", Estimate(0, -half, half, 3))).seen
    drawn = rng.normal(-seen, 1, size=20_000)
    verdicts = [Region(high=0.0).verdict(Estimate(value, value - half, value + half, 3)) for value in drawn]
    assert np.mean([one == HOLDS for one in verdicts]) == pytest.approx(0.8, abs=0.01)


def test_differences_of_independent_estimates():
    a, b = Estimate(0.5, 0.4, 0.7, 3), Estimate(0.2, 0.1, 0.25, 2)
    found = difference(a, b)
    assert (found.value, found.seeds) == (pytest.approx(0.3), 2)
    assert (found.low, found.high) == (
        pytest.approx(0.3 - math.hypot(0.1, 0.05)),
        pytest.approx(0.3 + math.hypot(0.2, 0.1)),
    )
    nothing = Estimate(0.0, 0.0, 0.0, 1)
    assert difference(a, nothing) == a
    assert difference(nothing, a) == Estimate(-0.5, -0.7, -0.4, 3)
    assert difference(a, Estimate(0.2, None, None, 3)).low is None


def test_pairs_are_of_the_same_data():
    left = [Found("x", Estimate(0.5, 0.4, 0.6, 1)), Found("y", Estimate(0.1, 0, 0.2, 1))]
    (found,) = pairs_by_data(left, [Found("x", Estimate(0.2, 0.1, 0.3, 1))])
    assert (found.data, found.effect.value) == ("x", pytest.approx(0.3))


def trained(loss, seed, recall, misalignment=1.0):
    metrics = {
        "gap_corrected": metric(0.4, 0.3, 0.5),
        "misalignment": metric(misalignment),
        **{
            f"{way}_r1{how}": metric(recall, recall - 0.1, recall + 0.1, "share", True)
            for way in ("t2i", "i2t")
            for how in ("", "_own", "_pool90", "_pool90_own")
        },
    }
    return row("train", "tiny", "glyphs-en", loss, seed, metrics=metrics)


def evidence(rows, tmp_path):
    return Evidence(tuple(rows), tmp_path, Cache(tmp_path / "cache"))


def test_the_spread_over_seeds_is_pooled_over_losses(tmp_path):
    values = {"ce": (0.50, 0.52, 0.54), "ce+anti": (0.40, 0.41, 0.45)}
    rows = [trained(loss, seed, value) for loss, found in values.items() for seed, value in enumerate(found)]
    rows.append(trained("initial", 0, 0.1))
    (found,) = evidence(rows, tmp_path).seeds_spread("t2i_r1_pool90_own")
    pooled = math.sqrt(np.mean([np.var(found, ddof=1) for found in values.values()]))
    assert (found.effect.value, found.effect.seeds, found.trained) == (pytest.approx(pooled), 3, True)
    assert found.effect.low < pooled < found.effect.high


def test_the_spread_s_interval_covers(tmp_path):
    rng, covered = np.random.default_rng(1), 0
    for _ in range(200):
        values = 0.5 + 0.01 * rng.normal(size=(4, 3))
        rows = [
            trained(loss, seed, values[k, seed])
            for k, loss in enumerate(("ce", "ce+anti", "ce+var", "cyclip"))
            for seed in range(3)
        ]
        (found,) = evidence(rows, tmp_path).seeds_spread("t2i_r1_pool90_own")
        covered += found.effect.low <= 0.01 <= found.effect.high
    assert 0.9 <= covered / 200 <= 0.99


def test_correlation_over_losses(tmp_path):
    losses = ("initial", "ce", "ce+intra", "ce+var", "ce+anti", "cyclip")
    recalls = (0.9, 0.5, 0.4, 0.55, 0.45, 0.6)
    rows = [
        trained(loss, 0, recall, 2 - recall if loss != "initial" else 3.0)
        for loss, recall in zip(losses, recalls, strict=True)
    ]
    (found,) = over_losses(evidence(rows, tmp_path), "misalignment", "recall")
    assert found.effect.value == pytest.approx(-1)
    assert list(over_losses(evidence(rows[:3], tmp_path), "misalignment", "recall")) == []


def test_every_claim_has_a_name_a_source_and_a_bound():
    for name in registry.specs():
        one = registry.get(name)
        assert (one.name, bool(one.source), bool(one.says)) == (name, True, True)
        assert (one.region.low, one.region.high) != (None, None)


def test_no_rows_say_nothing(tmp_path):
    board = scoreboard([], tmp_path, Cache(tmp_path))
    assert list(board) == registry.specs()
    assert not any(board.values())


def test_published_rows_decide_claims_without_their_arrays(tmp_path):
    """What is known of them: the README's figures. No claim on a training is decided by one seed."""
    rows, refused = read_rows(PUBLISHED)
    board = scoreboard(map(migrated, latest(rows)), PUBLISHED, Cache(tmp_path))
    assert not refused
    verdicts = {name: {one.found.data: one.verdict for one in found} for name, found in board.items()}
    assert verdicts["hubs-before-gap"]["vectors · vectors:features_clip.npy"] == HOLDS
    assert verdicts["closed-gap-stands-noise"]["vectors · vectors:features_clip.npy"] == HOLDS
    assert verdicts["ce-lowers-gap"]["tiny · glyphs-en"] == HOLDS
    assert verdicts["ce-lowers-gap"]["tiny · glyphs-es"] == OPEN
    assert len(board["gap-at-initialisation"]) >= 3
    for found in board.values():
        for one in found:
            assert one.found.rows
            assert not (one.found.trained and one.found.effect.seeds < 3 and one.verdict != OPEN)
