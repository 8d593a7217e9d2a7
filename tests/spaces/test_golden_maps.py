"""Maps of the 500 public CLIP pairs, to the digits that were printed of them; the vectors themselves are not ours."""

import numpy as np
import pytest

from mmgap import spaces
from mmgap.spaces import Pairs
from tests.support.real_vectors import real_pairs

pytestmark = pytest.mark.usefixtures("one_thread")


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def mapped(spec, fit=slice(None), test=slice(None)):
    """Image and text vectors of the tested rows, by a space that is fitted on the others."""
    x, y = real_pairs()
    train = Pairs("clip", "train", x[fit], y[fit], np.arange(len(x[fit])))
    return spaces.parse(spec).fit(train).transform(x[test], y[test])


def figures(x, y):
    """R@1 image to text and text to image by dot products, and the gap."""
    scores = x @ y.T
    own = np.diag(scores)
    i2t, t2i = (((scores > own[:, None]).sum(1) == 0).mean(), ((scores > own).sum(0) == 0).mean())
    return round(float(i2t), 3), round(float(t2i), 3), round(float(np.linalg.norm(x.mean(0) - y.mean(0))), 3)


@pytest.mark.parametrize(
    ("spec", "i2t", "t2i", "gap"),
    [
        ("shift:0", 0.552, 0.506, 0.851),
        ("shift:0.75", 0.384, 0.394, 0.115),
        ("centre", 0.542, 0.500, 0.028),
        ("gap-drop:2", 0.498, 0.506, 0.617),
        ("shift:1,side=text,scale=gap,renormalise=no", 0.552, 0.318, 0.0),
        ("project-gap:0", 0.552, 0.318, 0.0),
        ("project-gap:100", 0.552, 0.488, 0.484),
        ("project-gap:200", 0.552, 0.514, 0.548),
    ],
)
def test_fitted_on_what_is_measured(spec, i2t, t2i, gap):
    assert figures(*mapped(spec)) == (i2t, t2i, gap)


EVEN, ODD, FIRST, LAST = slice(0, None, 2), slice(1, None, 2), slice(250), slice(250, None)


@pytest.mark.parametrize(
    ("spec", "fit", "test", "i2t", "t2i", "gap"),
    [
        ("centre", LAST, FIRST, 0.636, 0.564, 0.105),
        ("centre", FIRST, LAST, 0.660, 0.632, 0.123),
        ("centre", EVEN, ODD, 0.616, 0.628, 0.087),
        ("zca:0.001", EVEN, ODD, 0.584, 0.564, 0.104),
    ],
)
def test_fitted_on_the_other_half(spec, fit, test, i2t, t2i, gap):
    assert figures(*mapped(spec, fit, test)) == (i2t, t2i, gap)


def test_the_coordinates_that_carry_the_gap():
    x, y = real_pairs()
    fitted = spaces.parse("gap-drop:2").fit(Pairs("clip", "train", x, y, np.arange(500)))
    assert set(np.flatnonzero(fitted.map.image.weight == 0)) == {362, 442}


@pytest.mark.parametrize(("spec", "t2i", "i2t"), [("shift:0", 59.3, 63.4), ("centre", 58.7, 62.6)])
def test_halves_of_forty_orders(spec, t2i, i2t):
    rng, found = np.random.default_rng(0), []
    for _ in range(40):
        order = rng.permutation(500)
        found.append(figures(*mapped(spec, order[250:], order[:250]))[:2])
    np.testing.assert_allclose(100 * np.mean(found, axis=0), [i2t, t2i], atol=1.0)
