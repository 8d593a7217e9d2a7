"""Every adapter against loops that were written from its formula, in float64."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ortho_group

from mmgap.adapters import LabelledVectors, parse
from mmgap.adapters.few_shots import FewShots
from tests.support import adapter_oracles as oracles

D, C, SEED = 8, 3, 5


def made(shots, seed=0, classes=C, images=5):
    """Shots, classes and images that share directions, so that nothing is certain."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(classes, D))
    labels = np.repeat(np.arange(classes), shots)
    few = LabelledVectors(centres[labels] + 0.9 * rng.normal(size=(len(labels), D)), labels)
    t = centres + 0.8 * rng.normal(size=(classes, D)) + 1.0
    x = LabelledVectors(centres[rng.integers(0, classes, images)] + rng.normal(size=(images, D)), np.zeros(images, int))
    return x.images, few, t / np.linalg.norm(t, axis=1, keepdims=True)


@pytest.mark.parametrize("shots", [2, 4])
@pytest.mark.parametrize(
    ("spec", "oracle"),
    [
        ("tip-adapter", oracles.tip_adapter),
        ("tip-adapter:2,beta=5.5", lambda *given: oracles.tip_adapter(*given, alpha=2.0, beta=5.5)),
        ("tip-adapter-f", lambda *given: oracles.tip_adapter_f(*given, seed=SEED)),
        ("tip-x", oracles.tip_x),
        ("tip-x:gamma=2,alpha=.5", lambda *given: oracles.tip_x(*given, alpha=0.5, gamma=2.0)),
        ("taskres", oracles.taskres),
        ("gda", oracles.gda),
        ("gda:0.1", lambda *given: oracles.gda(*given, alpha=0.1)),
        ("proker", oracles.proker),
        ("proker:8,ridge=0.1", lambda *given: oracles.proker(*given, beta=8.0, ridge=0.1)),
        ("lp++", oracles.lp_plus_plus),
        ("clap:epochs=30", lambda *given: oracles.clap(*given, epochs=30)),  # later steps of .1 blow rounding up
        ("clap:0.01", lambda *given: oracles.clap(*given, rate=0.01)),
        ("clip-adapter", lambda *given: oracles.clip_adapter(*given, seed=SEED, thesis=False)),
        ("clip-adapter:thesis,epochs=3", lambda *given: oracles.clip_adapter(*given, seed=SEED, thesis=True, epochs=3)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_adapter_is_its_formula(spec, oracle, shots):
    x, few, t = made(shots)
    found = parse(spec).fit(few, t, seed=SEED).logits(x)
    wanted = oracle(x.tolist(), few.images.tolist(), few.labels.tolist(), t.tolist())
    np.testing.assert_allclose(found, wanted, rtol=1e-8, atol=1e-8)


def test_batches_of_256_are_drawn_anew_each_epoch():
    _, few, t = made(100)
    batches = list(FewShots.of(few, t, 100.0, 3).batches(2, 256))
    assert [len(batch) for batch in batches] == [256, 44, 256, 44]
    assert sorted(np.concatenate(batches[:2]).tolist()) == list(range(300))
    assert batches[0].tolist() != batches[2].tolist()


def test_zero_shot_is_cosines():
    x, few, t = made(1)
    np.testing.assert_allclose(parse("zero-shot").fit(few, t).logits(x), oracles.zero_shot(x.tolist(), t.tolist()))


def test_gda_at_one_shot_is_zero_shot():
    x, few, t = made(1, images=50)
    gda, zero = (parse(name).fit(few, t).logits(x) for name in ("gda", "zero-shot"))
    np.testing.assert_allclose(gda - zero, np.log(1 / C), rtol=0, atol=1e-9)


ALL = [
    "zero-shot",
    "tip-adapter",
    "tip-adapter-f",
    "tip-x",
    "taskres",
    "gda",
    "proker",
    "lp++",
    "clap:0.01",
    "clip-adapter",
]
#: Adam's steps are taken by coordinate, as are the units of a network.
TURNED = [name for name in ALL if name not in ("tip-adapter-f", "taskres", "clip-adapter")]


@settings(max_examples=5, deadline=None)
@given(st.permutations(range(C)), st.integers(1, 3), st.integers(0, 99))
@pytest.mark.parametrize("name", ALL)
def test_renumbered_classes_renumber_the_logits(name, order, shots, seed):
    x, few, t = made(shots, seed)
    order = np.array(order)
    renumbered = LabelledVectors(few.images, np.argsort(order)[few.labels])
    a, b = (parse(name).fit(*some, seed=1).logits(x) for some in ((few, t), (renumbered, t[order])))
    np.testing.assert_allclose(a[:, order], b, rtol=1e-7, atol=1e-7)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 99), st.integers(1, 4))
@pytest.mark.parametrize("name", TURNED)
def test_turning_everything_changes_nothing(name, seed, shots):
    x, few, t = made(shots, seed)
    turn = ortho_group.rvs(D, random_state=seed)
    a = parse(name).fit(few, t).logits(x)
    b = parse(name).fit(LabelledVectors(few.images @ turn, few.labels), t @ turn).logits(x @ turn)
    np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)
