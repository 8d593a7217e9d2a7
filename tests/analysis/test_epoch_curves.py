"""The curves of trainings: thinned, finite, and what belongs to the steps."""

import numpy as np
import pytest

from mmgap.analysis.epoch_curves import epochs_of_steps, finite, mean_recall, terms, thinned
from tests.support.made_up_training import curve_items


def test_thinning_keeps_the_means():
    x, y = np.arange(1000.0), np.random.default_rng(0).normal(size=1000)
    few_x, few_y = thinned(x, y, 100)
    assert len(few_x) == 100
    np.testing.assert_allclose(few_y, [y[i : i + 10].mean() for i in range(0, 1000, 10)])
    np.testing.assert_allclose(few_x.mean(), x.mean())
    assert thinned(x[:50], y[:50], 100)[0] is not None
    assert len(finite(np.arange(3), np.array([1.0]))[0]) == 1


def test_steps_end_at_parts_of_epochs():
    ends = epochs_of_steps(curve_items("ce", epochs=2, steps_per_epoch=4))
    assert ends.tolist() == [0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0]


def test_a_loss_of_several_terms_names_them_and_one_of_a_single_term_does_not():
    assert terms(curve_items("ce+anti+var")) == ["anti", "ce", "var"]
    assert terms(curve_items("ce")) == []


def test_recall_is_the_mean_of_both_directions_in_per_cent():
    found = mean_recall({"curve_t2i_r1": np.array([0.5, 1.0]), "curve_i2t_r1": np.array([0.3, 0.0])})
    assert found.tolist() == pytest.approx([40.0, 50.0])
