"""Spaces by name: their spelling, what each does to vectors, what several do one after the other."""

import numpy as np
import pytest

from mmgap import spaces
from mmgap.core.registry import UnknownNameError
from mmgap.spaces import Pairs, SpaceError
from mmgap.spaces.random_matrix import random_weight
from tests.support.made_scorer import LessBank

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def scorer(monkeypatch):
    monkeypatch.setitem(spaces.registry._entries, "less-bank", LessBank)


def pairs(split="train", n=40, widths=(6, 6), seed=0):
    rng = np.random.default_rng(seed)
    return Pairs("made-up", split, rng.normal(size=(n, widths[0])) + 1, rng.normal(size=(n, widths[1])), np.arange(n))


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("centre", "centre"),
        ("shift", "shift"),
        ("shift:1", "shift:1"),
        ("shift:delta=0.750", "shift:0.75"),
        ("shift:side=text,delta=0.75", "shift:0.75,side=text"),
        (" shift:0.75, side=text + cca:strength=1e+1 ", "shift:0.75,side=text+cca:10"),
        ("i0t", "centre"),
        ("gr-clip+shift:select=fixed", "centre+shift:select=fixed"),
        ("random:42", "random"),
        ("random:seed=7", "random:7"),
    ],
)
def test_a_space_has_one_spelling(written, spelled):
    assert spaces.canonical(written) == spelled
    assert spaces.canonical(spelled) == spelled
    assert spaces.parse(spelled) == spaces.parse(written)


@pytest.mark.parametrize(
    ("written", "error", "message"),
    [
        ("shfit", UnknownNameError, "unknown space 'shfit'; did you mean 'shift'"),
        ("shift+", UnknownNameError, "unknown space ''"),
        ("shift:sied=text", SpaceError, "shift has no option 'sied'; did you mean 'side'. Its options: delta, side"),
        ("centre:3", SpaceError, "centre has no option '3'. It has no options"),
        ("shift:0.5,0.7", SpaceError, "shift has no option '0.7'"),
        ("shift:side=left", SpaceError, "side must be both or image or text, got 'left'"),
        ("shift:half", SpaceError, "delta must be a number, got 'half'"),
        ("shift:nan", SpaceError, "delta must be a number"),
        ("random:1.5", SpaceError, "seed must be a whole number"),
        ("ridge:0", SpaceError, "ridge: the strength must be above 0"),
        ("less-bank+centre", SpaceError, "less-bank changes scores, not vectors: nothing can follow it, put it last"),
    ],
)
def test_a_spec_that_cannot_be(scorer, written, error, message):
    with pytest.raises(error, match=message):
        spaces.parse(written)


def test_centre_takes_the_means_of_train_off_unit_rows():
    train, test = pairs(), pairs("test", seed=1)
    images, texts = spaces.parse("centre").fit(train).transform(test.images, test.texts)
    np.testing.assert_allclose(images, unit(unit(test.images) - unit(train.images).mean(0)), atol=1e-6)
    np.testing.assert_allclose(texts, unit(unit(test.texts) - unit(train.texts).mean(0)), atol=1e-6)


@pytest.mark.parametrize(("side", "of_image", "of_text"), [("both", 0.5, 0.5), ("image", 1, 0), ("text", 0, 1)])
@pytest.mark.parametrize("scale", ["unit", "gap"])
@pytest.mark.parametrize("renormalise", ["yes", "no"])
def test_shift_goes_a_way_along_the_line_between_the_means(side, of_image, of_text, scale, renormalise):
    train, test = pairs(), pairs("test", seed=1)
    delta = unit(train.images).mean(0) - unit(train.texts).mean(0)
    step = 0.6 * (delta if scale == "gap" else delta / np.linalg.norm(delta))
    spec = f"shift:0.6,side={side},scale={scale},renormalise={renormalise}"
    images, texts = spaces.parse(spec).fit(train).transform(test.images, test.texts)
    back = unit if renormalise == "yes" else np.asarray
    np.testing.assert_allclose(images, back(unit(test.images) - of_image * step), atol=1e-12)
    np.testing.assert_allclose(texts, back(unit(test.texts) + of_text * step), atol=1e-12)


def test_shift_by_nothing_leaves_directions():
    train = pairs()
    images, _ = spaces.parse("shift:0").fit(train).transform(train.images, train.texts)
    np.testing.assert_allclose(images, unit(train.images), atol=1e-6)


def test_random_is_the_matrix_of_its_seed_and_needs_no_data():
    test = pairs("test", widths=(6, 4))
    images, texts = spaces.parse("random:7").fit().transform(test.images, test.texts)
    np.testing.assert_allclose(images, test.images @ random_weight(6, 4, 7).T, rtol=1e-5)
    np.testing.assert_array_equal(texts, test.texts)


def test_each_step_is_fitted_on_what_those_before_it_make_of_train():
    train, held, test = pairs(widths=(7, 4)), pairs("validation", widths=(7, 4), seed=2), pairs("test", widths=(7, 4))
    first = spaces.parse("cca").fit(train, held)
    second = spaces.parse("shift").fit(train.mapped(first.map), held.mapped(first.map))
    both = spaces.parse("cca+shift").fit(train, held)
    expected = second.transform(*first.transform(test.images, test.texts))
    for found, wanted in zip(both.transform(test.images, test.texts), expected, strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-6)
    assert both.notes == (*first.notes, *second.notes)


@pytest.mark.parametrize("spec", [*spaces.registry.names(), "shift:0.5+centre", "cca+less-bank", "less-bank"])
def test_what_was_kept_is_the_same_space(scorer, spec):
    train, held, test = pairs(), pairs("validation", seed=2), pairs("test", seed=1)
    space = spaces.parse(spec)
    fitted = space.fit(train, held)
    again = space.restored(fitted.arrays())
    assert again.notes == fitted.notes
    for found, wanted in zip(
        again.transform(test.images, test.texts), fitted.transform(test.images, test.texts), strict=True
    ):
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
    assert (fitted.scorer is None) == (space.kind == "map")
    for direction in ("t2i", "i2t"):
        scores = fitted.scores(test.images, test.texts, direction)
        np.testing.assert_allclose(again.scores(test.images, test.texts, direction), scores, rtol=1e-3, atol=1e-4)


def test_a_scorer_scores_what_the_maps_before_it_make(scorer):
    train, test = pairs(), pairs("test", seed=1)
    x, y = spaces.parse("centre").fit(train).transform(test.images, test.texts)
    bank = spaces.parse("centre").fit(train).transform(train.images, train.texts)[1]
    found = spaces.parse("centre+less-bank").fit(train).scores(test.images, test.texts)
    np.testing.assert_allclose(found, x @ y.T - (x @ bank.T).mean(axis=1, keepdims=True), atol=1e-5)


@pytest.mark.parametrize("spec", spaces.registry.names())
def test_unequal_widths_are_taken_or_refused_in_a_line(spec):
    space, train = spaces.parse(spec), pairs(widths=(7, 4))
    if space.unequal_widths:
        images, texts = space.fit(train, pairs("validation", widths=(7, 4))).transform(train.images, train.texts)
        assert len(images) == len(texts) == 40
    else:
        with pytest.raises(SpaceError, match=f"{spec} needs images and texts of one width, and these have 7 and 4"):
            space.fit(train)


def test_only_a_train_split_is_fitted_on():
    for spec in ("centre", "shift+centre"):
        with pytest.raises(SpaceError, match="fitted on the pairs of a train split, and there are none"):
            spaces.parse(spec).fit()
        with pytest.raises(SpaceError, match="fitted on train and chosen on validation; got made-up 'test' for train"):
            spaces.parse(spec).fit(pairs("test"))


def test_images_without_texts_are_mapped_too():
    alone = spaces.parse("shift+centre").fit(pairs()).transform(pairs().images, np.zeros((0, 6)))
    assert [side.shape for side in alone] == [(40, 6), (0, 6)]
