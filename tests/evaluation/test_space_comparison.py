"""Spaces beside one another in the same halves: vectors as they are first, queries paired, scorers without a gap."""

import numpy as np
import pytest

from mmgap import datasets
from mmgap.evaluation.space_comparison import NONE, compare_spaces, gain, gap_removed
from mmgap.spaces.second_moments import Moments
from tests.support.real_vectors import real_pairs

moments = Moments.of.__func__

pytestmark = pytest.mark.usefixtures("one_thread")


def saved(folder, images, texts):
    for name, rows in (("i", images), ("t", texts)):
        np.save(folder / f"{name}.npy", rows)
    return datasets.load(f"vectors:{folder}/i.npy,{folder}/t.npy", split="test")


@pytest.fixture
def made(tmp_path):
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(60, 8))
    return saved(tmp_path, hidden + 0.5 * rng.normal(size=(60, 8)) + 1, hidden - 1)


def test_none_comes_first_and_what_cannot_be_fitted_is_named(made):
    found, left_out = compare_spaces(made, ["nnn", "centre", "cca:0.1"])
    assert list(found) == [NONE, "nnn", "centre", "cca:0.1"]
    assert left_out == {}
    assert "gap_corrected" not in found["nnn"].metrics
    for one in found.values():
        for name in ("t2i_r1_own", "i2t_r10_own", "mixed_t2i_share10", "mixed_i2t_r1"):
            metric = one.metrics[name]
            assert 0 <= metric["ci_low"] <= metric["value"] <= metric["ci_high"] <= 1
            assert metric["n"] == 60
    assert gap_removed(found, "centre") > 0.5
    assert gap_removed(found, "nnn") is None


def test_a_gain_is_of_the_same_queries(made):
    found, _ = compare_spaces(made, ["centre"])
    change = gain(found[NONE], found["centre"], "t2i_r1_own")
    values = [found[space].metrics["t2i_r1_own"]["value"] for space in (NONE, "centre")]
    assert change.difference.value == pytest.approx(values[1] - values[0])
    assert change.difference.low <= change.difference.value <= change.difference.high


def test_what_has_no_halves_is_refused(tmp_path):
    with pytest.raises(ValueError, match="at least 3 images are needed in each"):
        compare_spaces(saved(tmp_path, np.eye(4), np.eye(4)), ["centre"])


def test_a_few_spaces_on_the_500_real_pairs(tmp_path):
    found, _ = compare_spaces(saved(tmp_path, *real_pairs()), ["centre", "nnn:k=16"])
    for space, t2i, i2t in (("none", 59.3, 63.4), ("centre", 58.7, 62.6), ("nnn:k=16", 64.9, 65.4)):
        for name, wanted in (("t2i_r1_own", t2i), ("i2t_r1_own", i2t)):
            metric = found[space].metrics[name]
            assert metric["ci_low"] <= wanted / 100 <= metric["ci_high"], (space, name)
    assert gap_removed(found, "centre") > 0.85
    assert found["none"].metrics["mixed_t2i_share10"]["value"] == 0


def test_spaces_that_share_halves_record_what_each_does_alone(made, monkeypatch):
    computed = []
    monkeypatch.setattr(Moments, "of", classmethod(lambda cls, *given: computed.append(1) or moments(cls, *given)))
    together, _ = compare_spaces(made, ["procrustes", "cca:0.1", "ridge"])
    assert len(computed) == 4  # of both halves, and of the four fifths of each on which a strength is chosen
    for spec in ("procrustes", "cca:0.1", "ridge"):
        alone = compare_spaces(made, [spec])[0][spec]
        assert alone.metrics == together[spec].metrics
