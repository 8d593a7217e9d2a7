"""Densities, windows and scales of cosine histograms."""

import numpy as np
import pytest

from mmgap.analysis.cosine_histograms import HistogramScale, density, mean_cosine, window


def test_densities_keep_the_area_whatever_the_bins():
    counts = np.arange(37)
    edges, heights = density(np.linspace(-1, 1, 38), counts, 5)
    assert np.sum(heights * np.diff(edges)) == pytest.approx(1)
    assert len(edges) == len(heights) + 1 == 9


def test_the_window_is_the_narrowest_that_holds_all():
    edges = np.linspace(-1, 1, 201)
    counts = np.zeros(200, dtype=np.int64)
    for low, ends in ((0.2, (-0.25, 1.0)), (-0.4, (-0.5, 1.0)), (-0.9, (-1.0, 1.0))):
        filled = counts.copy()
        filled[np.searchsorted(edges, low)] = 5
        assert window(edges, [filled, counts]) == ends


def test_one_spike_does_not_flatten_the_other_panels():
    edges = np.linspace(-1, 1, 201)
    wide, spike = np.zeros(200, dtype=np.int64), np.zeros(200, dtype=np.int64)
    wide[60:140], spike[150] = 10, 800
    panels = [dict.fromkeys(("image", "text", "matched", "unmatched"), counts) for counts in (spike, wide, wide)]
    scale = HistogramScale.of(edges, panels)
    assert scale.height < 6
    assert HistogramScale.of(edges, [panels[0]]).height > 20
    one = {**panels[1], "text": spike}
    assert HistogramScale.of(edges, [one]).height < 6, "one curve of a space neither"
    empty = dict.fromkeys(panels[0], np.zeros(200, dtype=np.int64))
    assert HistogramScale.of(edges, [empty]).height > 0


def test_the_mean_of_a_histogram_takes_each_bin_at_its_middle():
    assert mean_cosine(np.array([-1.0, 0.0, 1.0]), np.array([1, 3])) == pytest.approx(0.25)
