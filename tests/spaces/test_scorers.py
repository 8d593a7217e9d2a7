"""Scorers against loops written from their formulas and their authors' definitions; banks without what is asked."""

import numpy as np
import pytest
import torch

from mmgap import spaces
from mmgap.core.cache import Cache
from mmgap.spaces import Pairs, SpaceError
from mmgap.spaces.query_bank import among
from mmgap.spaces.sinkhorn import potentials
from tests.support.real_vectors import real_pairs

pytestmark = pytest.mark.usefixtures("one_thread")

SCORERS = ("nnn", "qb-norm", "sinkhorn")


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def made(seed=0, images=40, captions=2, width=6, dtype=np.float64):
    """Pairs with hubs: all lie about two cones."""
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(images, width))
    owner = np.repeat(np.arange(images), captions)
    x = unit(hidden + 0.5 * rng.normal(size=hidden.shape) + 1)
    y = unit(hidden[owner] + 0.5 * rng.normal(size=(len(owner), width)) - 1)
    return Pairs("made-up", "train", x.astype(dtype), y.astype(dtype), owner)


def slow_nnn(queries, gallery, bank, alpha, k):
    scores = np.empty((len(queries), len(gallery)))
    for g, item in enumerate(gallery):
        near = sorted((float(b @ item) for b in bank), reverse=True)[: min(k, len(bank))]
        for q, query in enumerate(queries):
            scores[q, g] = query @ item - alpha * sum(near) / len(near)
    return scores


def slow_qb_norm(queries, gallery, bank, beta):
    """The authors' scores: the ratio for queries whose first answer is in the activation set, the cosine for others."""
    active = {int(np.argmax([b @ g for g in gallery])) for b in bank}
    ratio = np.empty((len(queries), len(gallery)))
    scores = queries @ gallery.T
    for g, item in enumerate(gallery):
        ratio[:, g] = np.exp(beta * scores[:, g]) / sum(np.exp(beta * (b @ item)) for b in bank)
    activated = np.array([int(np.argmax(row)) in active for row in scores])
    return np.where(activated[:, None], ratio, scores), activated


def sides(fitted, test, direction):
    """Unit queries, gallery and scores (queries, items) of one direction."""
    scores = fitted.scores(test.images, test.texts, direction)
    if direction == "t2i":
        return unit(test.texts), unit(test.images), scores.T
    return unit(test.images), unit(test.texts), scores


@pytest.mark.parametrize("direction", ["t2i", "i2t"])
@pytest.mark.parametrize(("alpha", "k"), [(0.75, 128), (0.5, 3), (1.0, 1), (0.0, 5)])
def test_nnn_equals_its_formula(direction, alpha, k):
    train, test = made(), made(1, images=7, captions=3)
    queries, gallery, scores = sides(spaces.parse(f"nnn:{alpha},k={k}").fit(train), test, direction)
    bank = train.texts if direction == "t2i" else train.images
    np.testing.assert_allclose(scores, slow_nnn(queries, gallery, bank, alpha, k), atol=1e-10)


@pytest.mark.parametrize("direction", ["t2i", "i2t"])
@pytest.mark.parametrize("beta", [20.0, 3.0, 200.0])
def test_qb_norm_ranks_as_its_authors_ratio_and_is_a_monotone_function_of_it(direction, beta):
    train, test = made(images=5), made(1, images=30)
    queries, gallery, scores = sides(spaces.parse(f"qb-norm:{beta}").fit(train), test, direction)
    bank = train.texts if direction == "t2i" else train.images
    theirs, activated = slow_qb_norm(queries, gallery, bank, beta)
    assert 0 < activated.sum() < len(activated)
    np.testing.assert_allclose(scores[~activated], theirs[~activated], atol=1e-10)
    np.testing.assert_allclose(np.exp(beta * scores[activated]), theirs[activated], rtol=1e-8)


@pytest.mark.parametrize("direction", ["t2i", "i2t"])
def test_sinkhorn_equals_its_formula(direction):
    train, test, beta = made(captions=1), made(1, images=9), 12.0
    queries, gallery, scores = sides(spaces.parse(f"sinkhorn:{beta}").fit(train), test, direction)
    products = train.texts @ train.images.T
    f, h = np.zeros(len(train.texts)), np.zeros(len(train.images))
    for _ in range(2000):  # in logarithms, one potential after the other
        f = -np.log(np.exp(beta * products + h).mean(axis=1))
        h = -np.log(np.exp(beta * products + f[:, None]).mean(axis=0))
    f, h = f + h.mean(), h - h.mean()
    bank, potential = (train.texts, f) if direction == "t2i" else (train.images, h)
    wanted = np.array(
        [[q @ g - np.log(np.mean(np.exp(beta * (bank @ g) + potential))) / beta for g in gallery] for q in queries]
    )
    np.testing.assert_allclose(scores, wanted, atol=1e-8)
    found = potentials(products, beta)
    np.testing.assert_allclose(np.exp(beta * products + found[0][:, None] + found[1]).mean(axis=1), 1, rtol=1e-5)


def test_an_item_of_train_gets_its_own_potential_from_transport():
    train = made(captions=1)
    fitted = spaces.parse("sinkhorn:12").fit(train)
    _, extended = fitted.scorer.extended(made(1).texts, train.images, "text")
    _, h = potentials(train.texts @ train.images.T, 12.0)
    np.testing.assert_allclose(extended[:, -1] * 12, h, atol=1e-5)


@pytest.mark.parametrize("spec", SCORERS)
def test_one_index_of_both_modalities_is_scored_item_by_item(spec):
    train, test = made(), made(1)
    scorer = spaces.parse(spec).fit(train).scorer
    both = np.concatenate([test.images, test.texts])
    _, mixed = scorer.extended(test.texts, both, "text")
    _, images = scorer.extended(test.texts, test.images, "text")
    np.testing.assert_allclose(mixed[: len(images)], images, atol=1e-12)


@pytest.mark.parametrize("spec", [*SCORERS, "centre+nnn"])
def test_a_bank_that_holds_queries_is_refused(spec):
    train, test = made(), made(1)
    fitted = spaces.parse(spec).fit(train)
    again = spaces.parse(spec).restored(fitted.arrays())
    for found in (fitted, again):
        x, y = found.transform(train.images[:3], train.texts[:4])
        with pytest.raises(SpaceError, match="4 of 4 text queries are in the bank"):
            found.scorer.extended(y, x, "text")
        found.scorer.extended(*found.transform(test.images, test.texts), "image")


@pytest.mark.parametrize("spec", [*SCORERS, "centre+nnn"])
@pytest.mark.parametrize("kept", ["cache", "file"])
def test_a_scorer_that_was_kept_scores_as_it_did_in_the_same_precision(tmp_path, spec, kept):
    train, test = made(dtype=np.float32), made(1, dtype=np.float32)
    fitted = spaces.parse(spec).fit(train)
    if kept == "cache":
        for _ in range(2):  # made, then read
            arrays = Cache(tmp_path).arrays("projections", {"space": spec}, fitted.arrays)
        again = spaces.parse(spec).restored(arrays)
    else:
        fitted.save(tmp_path / "scorer.safetensors", spec)
        again = spaces.load(tmp_path / "scorer.safetensors")
    for direction in ("t2i", "i2t"):
        scores = again.scores(test.images, test.texts, direction)
        assert scores.dtype == np.float32
        np.testing.assert_array_equal(scores, fitted.scores(test.images, test.texts, direction))
    x, y = again.transform(train.images, train.texts[:4])
    with pytest.raises(SpaceError, match="4 of 4 text queries are in the bank"):
        again.scorer.extended(y, x, "text")


@pytest.mark.parametrize("spec", SCORERS)
def test_one_image_is_scored_and_what_is_no_number_is_refused(spec):
    fitted, test = spaces.parse(spec).fit(made()), made(1)
    one = fitted.scores(test.images[:1], test.texts)
    assert one.shape == (1, len(test.texts))
    assert np.isfinite(one).all()
    broken = test.images.copy()
    broken[3, 2] = np.nan
    with pytest.raises(SpaceError, match="NaN or infinity"):
        fitted.scores(broken, test.texts)
    with pytest.raises(SpaceError, match="NaN or infinity"):
        spaces.parse(spec).fit(Pairs("made-up", "train", broken, test.texts, test.owner))
    with pytest.raises(SpaceError, match="'test'"):
        spaces.parse(spec).fit(Pairs("made-up", "test", test.images, test.texts, test.owner))


@pytest.mark.parametrize("spec", SCORERS)
def test_a_bank_without_what_is_asked_is_that_of_the_other_rows(spec):
    train = made(captions=1)
    scorer, gone = spaces.parse(spec).fit(train).scorer.without(train.images[:4], train.texts[:3])
    assert gone == 7
    queries, _ = scorer.extended(train.texts[:3], train.images[:4], "text")
    assert len(queries) == 3
    rest = spaces.parse("nnn").fit(train).scorer.bank
    np.testing.assert_array_equal(scorer.bank.texts, rest.texts[3:])


def test_equal_rows_are_told_in_any_precision():
    rows = unit(np.random.default_rng(0).normal(size=(200, 512)))
    assert among(rows.astype(np.float32), rows).all()
    assert among(unit(rows.astype(np.float16).astype(np.float64)), rows).all()
    assert not among(unit(rows + 1e-3 * np.sign(rows[::-1])), rows).any()


@pytest.mark.parametrize("spec", SCORERS)
@pytest.mark.parametrize("kind", ["torch", "float16", "float32", "map"])
def test_vectors_of_every_kind_are_scored_alike(tmp_path, spec, kind):
    train, test = made(), made(1)
    wanted = spaces.parse(spec).fit(train).scores(test.images, test.texts)

    def of_kind(rows, name):
        if kind == "torch":
            return torch.from_numpy(rows)
        if kind == "map":
            np.save(tmp_path / f"{name}.npy", rows)
            return np.load(tmp_path / f"{name}.npy", mmap_mode="r")
        return rows.astype(kind)

    given = Pairs("made-up", "train", of_kind(train.images, "a"), of_kind(train.texts, "b"), train.owner)
    found = spaces.parse(spec).fit(given).scores(of_kind(test.images, "c"), of_kind(test.texts, "d"))
    assert found.dtype == (np.float64 if kind in ("torch", "map") else np.float32)
    near = np.isclose(found, wanted, atol=2e-2 if kind == "float16" else 1e-5)
    assert near.mean() > 0.9  # qb-norm's first answers may differ by a rounding


@pytest.mark.parametrize("spec", SCORERS)
def test_a_bank_is_drawn_once_and_for_all(spec):
    small = spaces.parse(f"{spec}:bank=10")
    one, other = small.fit(made()).scorer.bank, small.fit(made()).scorer.bank
    assert len(one.images) == len(one.texts) == 10
    np.testing.assert_array_equal(one.images, other.images)


@pytest.mark.parametrize("spec", SCORERS)
def test_validation_chooses_what_retrieves_best_there(spec):
    held = made(2)
    held = Pairs("made-up", "validation", held.images, held.texts, held.owner)
    fitted = spaces.parse(f"{spec}:select=val").fit(made(), held)
    assert any(f"{spec}" in note and "chosen on made-up validation" in note for note in fitted.notes)
    again = spaces.parse(f"{spec}:select=val").restored(fitted.arrays())
    np.testing.assert_array_equal(again.scores(held.images, held.texts), fitted.scores(held.images, held.texts))


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("nnn:k=0", "k must be at least 1"),
        ("nnn:bank=0", "bank holds at least one row"),
        ("qb-norm:0", "beta must be above 0"),
        ("sinkhorn:500", "at most 300"),
        ("nnn+centre", "nnn changes scores, not vectors"),
    ],
)
def test_options_that_make_no_sense_are_named(spec, message):
    with pytest.raises(SpaceError, match=message):
        spaces.parse(spec).fit(made())


@pytest.mark.parametrize("spec", SCORERS)
def test_equal_rows_give_equal_scores(spec):
    ones = np.ones((4, 3))
    train = Pairs("made-up", "train", np.eye(3), np.eye(3), np.arange(3))
    scores = spaces.parse(spec).fit(train).scores(ones, ones)
    np.testing.assert_allclose(scores, scores[0, 0])


@pytest.mark.parametrize(
    ("spec", "wanted"), [(None, (59.3, 63.4)), ("centre", (58.7, 62.6)), ("nnn:0.75,k=16", (64.9, 65.4))]
)
def test_hubs_are_what_costs_on_real_pairs(spec, wanted):
    x, y = real_pairs()
    rng, found = np.random.default_rng(0), []
    for _ in range(40):
        p = rng.permutation(500)
        test, train = p[:250], p[250:]
        if spec is None:
            scores = [x[test] @ y[test].T] * 2
        else:
            fitted = spaces.parse(spec).fit(Pairs("clip", "train", x[train], y[train], np.arange(250)))
            scores = [fitted.scores(x[test], y[test], way) for way in ("t2i", "i2t")]
        found.append(
            [(scores[0].argmax(axis=0) == np.arange(250)).mean(), (scores[1].argmax(axis=1) == np.arange(250)).mean()]
        )
    np.testing.assert_allclose(100 * np.mean(found, axis=0), wanted, atol=1.0)
