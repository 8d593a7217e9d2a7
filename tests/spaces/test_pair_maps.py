"""Fitted maps between two spaces: the formula of each, what it promises, and no leak in fitting it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import orthogonal_procrustes
from sklearn.cross_decomposition import CCA

from mmgap import spaces
from mmgap.core.registry import UnknownNameError
from mmgap.spaces import Affine, Moments, PairMap, Pairs, SpaceError, cca, procrustes, ridge
from mmgap.spaces.fitting import PairedMap, recall
from tests.support.made_vectors import random_unit

pytestmark = pytest.mark.usefixtures("one_thread")


#: The spaces that are fitted on pairs, at a strength that validation chooses.
PAIRED = [name for name in spaces.registry if issubclass(spaces.registry.get(name), PairedMap)]


def linked(n=200, d=12, wide=7, noise=0.3, seed=0):
    """Images and texts that share ``wide`` hidden directions, in spaces of other widths, off the origin."""
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(n, wide))
    images = hidden @ rng.normal(size=(wide, d)) + noise * rng.normal(size=(n, d)) + 3
    texts = hidden @ rng.normal(size=(wide, wide)) + noise * rng.normal(size=(n, wide)) - 1
    return images, texts


def split(n=150, name="made-up", which="train", seed=0, noise=0.3):
    images, texts = linked(n + 60, noise=noise, seed=3)
    part = slice(0, n) if which == "train" else slice(n, n + 60)
    images, texts = images[part], texts[part]
    return Pairs(name, which, images, texts, np.arange(len(texts)))


def test_ridge_solves_its_normal_equations():
    x, y = linked()
    found = ridge.fit(Moments.of(x, y), 0.1)
    cx, cy = x - x.mean(0), y - y.mean(0)
    penalty = 0.1 * x.var(axis=0).mean() * len(x)
    weight = np.linalg.solve(cx.T @ cx + penalty * np.eye(x.shape[1]), cx.T @ cy).T
    np.testing.assert_allclose(found.image.weight, weight, atol=1e-10)
    np.testing.assert_allclose(found.images(x), cx @ weight.T, atol=1e-5)
    np.testing.assert_allclose(found.texts(y), cy, atol=1e-5)


def test_ridge_strength_is_free_of_scale_and_count():
    x, y = linked()
    once, larger = ridge.fit(Moments.of(x, y), 0.1), ridge.fit(Moments.of(50 * x, y), 0.1)
    twice = ridge.fit(Moments.of(np.concatenate([x, x]), np.concatenate([y, y])), 0.1)
    np.testing.assert_allclose(once.images(x), larger.images(50 * x), atol=1e-5)
    np.testing.assert_allclose(once.image.weight, twice.image.weight, atol=1e-10)


def test_cca_without_regularisation_is_classical_cca():
    x, y = linked()
    found = cca.fit(Moments.of(x, y), 1e-12)
    u, v = found.images(x).astype(float), found.texts(y).astype(float)
    own = [np.corrcoef(u[:, k], v[:, k])[0, 1] for k in range(7)]
    sides = CCA(n_components=7, max_iter=5000, tol=1e-9).fit(x, y).transform(x, y)
    classical = [np.corrcoef(sides[0][:, k], sides[1][:, k])[0, 1] for k in range(7)]
    np.testing.assert_allclose(own, classical, atol=1e-4)
    np.testing.assert_allclose(u.std(axis=0), own, atol=1e-4)  # each direction weighted by its correlation
    np.testing.assert_allclose(np.cov(u.T, bias=True) - np.diag(u.var(axis=0)), 0, atol=1e-4)


def test_procrustes_is_scipys_where_widths_are_equal():
    x, y = linked(d=7)
    found = procrustes.fit(Moments.of(x, y))
    rotation, _ = orthogonal_procrustes(x - x.mean(0), y - y.mean(0))
    np.testing.assert_allclose(found.image.weight, rotation.T, atol=1e-10)
    np.testing.assert_allclose(found.image.weight @ found.image.weight.T, np.eye(7), atol=1e-10)


@pytest.mark.parametrize("d", [4, 12])
def test_procrustes_of_unequal_widths_beats_every_other_frame(d):
    x, y = linked(d=d)
    cx, cy = x - x.mean(0), y - y.mean(0)
    weight = procrustes.fit(Moments.of(x, y)).image.weight
    gram = weight.T @ weight if d < 7 else weight @ weight.T
    np.testing.assert_allclose(gram, np.eye(len(gram)), atol=1e-10)
    best = np.sum((cx @ weight.T) * cy)
    for seed in range(20):
        other = np.linalg.qr(np.random.default_rng(seed).normal(size=(max(d, 7), min(d, 7))))[0]
        other = other if d < 7 else other.T
        assert np.sum((cx @ other.T) * cy) <= best


@pytest.mark.parametrize("method", PAIRED)
@given(seed=st.integers(0, 1000))
def test_every_method_joins_what_belongs_together(method, seed):
    """Pairs that share everything but a rotation are found again, held out, by each."""
    rng = np.random.default_rng(seed)
    x = random_unit(rng, 80, 6)
    y = x @ np.linalg.qr(rng.normal(size=(6, 6)))[0]
    fit = spaces.registry.get(method)
    found = fit.solve(Moments.of(x[:60], y[:60]), fit.strengths[0])
    mapped, texts = found.images(x[60:]), found.texts(y[60:])
    mapped /= np.linalg.norm(mapped, axis=1, keepdims=True)
    texts = texts / np.linalg.norm(texts, axis=1, keepdims=True)
    assert (np.argmax(mapped @ texts.T, axis=1) == np.arange(20)).mean() > 0.9


@pytest.mark.parametrize("method", PAIRED)
def test_fit_says_what_it_did(method):
    fitted = spaces.parse(method).fit(split(), split(which="validation"))
    assert fitted.pairs == 150
    assert fitted.strength in spaces.registry.get(method).strengths
    assert "fitted on 150 images (150 captions) of made-up train" in fitted.notes[0]
    assert "made-up validation" in fitted.notes[0]
    assert len(fitted.notes) == 1


def test_strength_is_the_best_of_validation():
    train, held = split(n=30, noise=1.5), split(n=30, which="validation", noise=1.5)
    fitted = spaces.parse("ridge").fit(train, held)
    scores = {s: recall(ridge.fit(train.moments, s), held) for s in spaces.registry.get("ridge").strengths}
    assert scores[fitted.strength] == max(scores.values())
    assert len(set(scores.values())) > 1


def test_without_validation_a_part_of_train_is_held_out():
    fitted = spaces.parse("ridge").fit(split())
    assert "chosen on a fifth of the same, held out" in fitted.notes[0]


def test_several_captions_stay_with_their_image():
    train = split(n=40)
    twice = Pairs("x", "train", train.images, np.repeat(train.texts, 2, axis=0), np.repeat(np.arange(40), 2))
    part = twice.part(np.array([5, 2]), "validation")
    np.testing.assert_array_equal(part.images, train.images[[2, 5]])
    np.testing.assert_array_equal(part.texts, train.texts[[2, 2, 5, 5]])
    np.testing.assert_array_equal(part.owner, [0, 0, 1, 1])
    np.testing.assert_allclose(
        spaces.parse("ridge").fit(twice, split(which="validation")).map.image.weight,
        spaces.parse("ridge").fit(train, split(which="validation")).map.image.weight,
        atol=1e-8,
    )


def test_too_few_pairs_raise_the_alarm(caplog):
    few = split(n=9)
    fitted = spaces.parse("cca").fit(few, split(which="validation"))
    assert "OVER-FITTING ALARM: cca was fitted on fewer images (9) than there are dimensions (12)" in fitted.notes[1]
    assert fitted.notes[1] in caplog.text


@pytest.mark.parametrize("which", ["test", "all", "validation"])
def test_fitting_on_another_split_is_refused(which):
    train = split()
    wrong = Pairs("made-up", which, train.images, train.texts, train.owner)
    with pytest.raises(SpaceError, match=f"fitted on train and chosen on validation; got made-up '{which}'"):
        spaces.parse("ridge").fit(wrong)
    if which != "validation":
        with pytest.raises(SpaceError, match=f"got made-up '{which}' for validation"):
            spaces.parse("ridge").fit(train, wrong)


def test_bad_input_is_named(tmp_path):
    with pytest.raises(UnknownNameError, match="did you mean 'ridge'"):
        spaces.parse("rigde").fit(split())
    with pytest.raises(SpaceError, match="has 2 captioned images: at least 3"):
        spaces.parse("ridge").fit(split(n=2))
    with pytest.raises(SpaceError, match="vectors of 3 dimensions do not fit a weight of shape"):
        ridge.fit(Moments.of(*linked()), 0.1).images(np.ones((2, 3)))
    with pytest.raises(SpaceError, match="are no affine map"):
        Affine(np.ones((2, 3)), np.ones(3))(np.ones((1, 3)))
    with pytest.raises(SpaceError, match=r"saved as \.safetensors, got a\.npy"):
        ridge.fit(Moments.of(*linked()), 0.1).save(tmp_path / "a.npy")
    with pytest.raises(SpaceError, match="holds nothing, but no 'weight'"):
        PairMap.of({})


@pytest.mark.parametrize("method", [ridge, cca, procrustes])
def test_saved_and_loaded_again(method, tmp_path):
    x, y = linked()
    made = method.fit(Moments.of(x, y), 0.1)
    again = PairMap.load(made.save(tmp_path / "m.safetensors"))
    np.testing.assert_allclose(again.images(x), made.images(x), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(again.texts(y), made.texts(y), rtol=1e-4, atol=1e-4)


def test_a_modality_that_never_varies_does_not_crash():
    x, _ = linked()
    found = cca.fit(Moments.of(x, np.ones((len(x), 3))), 0.1)
    assert np.isfinite(found.images(x)).all()


def test_a_projection_of_another_byte_order(tmp_path):
    weight = np.arange(6, dtype=">f4").reshape(2, 3)
    np.save(tmp_path / "w.npy", np.asfortranarray(weight))
    np.testing.assert_array_equal(PairMap.load(tmp_path / "w.npy").image.weight, weight)
