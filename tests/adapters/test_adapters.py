"""Adapters by name, their options, what is chosen by validation, and that nobody measures what was fitted on."""

import numpy as np
import pytest
import torch

from mmgap import adapters
from mmgap.adapters import ENSEMBLE, Adapter, AdapterError, LabelledVectors, class_vectors, parse
from mmgap.adapters.tip_adapter_f import TipAdapterF
from mmgap.core.registry import UnknownNameError


def drawn(count, seed, classes=4, d=12):
    """``count`` images a class."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(0).normal(size=(classes, d))
    labels = np.repeat(np.arange(classes), count)
    return LabelledVectors(centres[labels] + 1.2 * rng.normal(size=(len(labels), d)), labels)


T = np.random.default_rng(0).normal(size=(4, 12)) + 0.7 * np.random.default_rng(9).normal(size=(4, 12))
SHOTS, VALIDATION, TEST = drawn(2, 1), drawn(2, 2), drawn(30, 3)
TUNED = [name for name in adapters.registry.names() if adapters.registry.get(name).grid]


def accuracy(fitted, some):
    return float((fitted.logits(some.images).argmax(axis=1) == some.labels).mean())


def test_every_adapter_is_listed():
    assert adapters.registry.names() == sorted(
        [
            "zero-shot",
            "clip-adapter",
            "tip-adapter",
            "tip-adapter-f",
            "tip-x",
            "taskres",
            "gda",
            "proker",
            "lp++",
            "clap",
        ]
    )


@pytest.mark.parametrize(
    ("spec", "spelled"),
    [
        ("tip-adapter:1.17,beta=1", "tip-adapter"),
        ("tip-adapter:alpha=2.0", "tip-adapter:2"),
        ("clip-adapter:variant=thesis", "clip-adapter:thesis"),
        ("lp-plus-plus", "lp++"),
        ("lp++:200", "lp++:200"),
        ("gda:select=val", "gda:select=val"),
        ("tip-adapter-f:select=test,protocol=legacy", "tip-adapter-f:select=test,protocol=legacy"),
    ],
)
def test_an_adapter_has_one_spelling(spec, spelled):
    assert adapters.canonical(spec) == spelled
    assert adapters.canonical(spelled) == spelled


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("gda:beta=3", "gda has no option 'beta'"),
        ("clip-adapter:book", "variant must be paper or thesis"),
        ("gda:select=test", "select=test tunes on what is measured, which is a leak"),
        ("gda:protocol=legacy", "select=test,protocol=legacy alone"),
        ("lp++:select=val", "lp\\+\\+ has nothing to choose"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(spec, words):
    with pytest.raises(AdapterError, match=words):
        parse(spec)


def test_a_plus_is_part_of_a_name():
    with pytest.raises(UnknownNameError, match="did you mean"):
        parse("gda+clap")


@pytest.mark.parametrize("name", adapters.registry.names())
def test_shots_and_validation_cannot_be_measured(name):
    fitted = parse(name).fit(SHOTS, T, VALIDATION)
    for seen in (SHOTS, VALIDATION):
        with pytest.raises(AdapterError, match="LEAK: 1 of the 2 measured vectors"):
            fitted.logits(np.concatenate([seen.images[3:4] * 7, TEST.images[:1]]).astype(np.float32))
    assert fitted.logits(TEST.images).shape == (120, 4)


@pytest.mark.parametrize("name", TUNED)
def test_validation_is_chosen_by_and_must_be_given(name):
    chooser = parse(f"{name}:select=val")
    with pytest.raises(AdapterError, match="give validation"):
        chooser.fit(SHOTS, T)
    with pytest.raises(AdapterError, match="as many as shots"):
        chooser.fit(SHOTS, T, drawn(3, 2))
    fitted = chooser.fit(SHOTS, T, VALIDATION)
    assert set(chooser.grid) <= set(fitted.chosen)
    assert not fitted.leaky
    options = {name: value for name, value in fitted.chosen.items() if name != "epoch"}
    assert all(options[name] in chooser.grid[name] for name in options)


@pytest.mark.parametrize("name", ["gda", "proker", "taskres"])
def test_what_is_chosen_is_the_first_best_of_its_grid(name):
    from dataclasses import replace
    from itertools import product

    adapter = parse(name)
    tried = {}
    for values in product(*adapter.grid.values()):
        options = dict(zip(adapter.grid, values, strict=True))
        tried[values] = accuracy(replace(adapter, **options).fit(SHOTS, T), VALIDATION)
    found = parse(f"{name}:select=val").fit(SHOTS, T, VALIDATION)
    assert tuple(found.chosen.values()) == max(tried, key=tried.__getitem__)


def test_the_4000_values_of_tip_adapter_are_tried_and_the_first_best_is_taken():
    found = parse("tip-adapter:select=val").fit(SHOTS, T, VALIDATION)
    x, y, t = VALIDATION.images, VALIDATION.labels, T / np.linalg.norm(T, axis=1, keepdims=True)
    best = -1
    for beta in parse("tip-adapter").grid["beta"]:
        kept = np.exp(-beta * (1 - x @ SHOTS.images.T)) @ np.eye(4)[SHOTS.labels]
        for alpha in parse("tip-adapter").grid["alpha"]:
            right = ((100 * x @ t.T + alpha * kept).argmax(axis=1) == y).sum()
            if right > best:
                best, first = right, {"alpha": alpha, "beta": beta}
    assert found.chosen == first
    again = parse(f"tip-adapter:{first['alpha']!r},beta={first['beta']!r}").fit(SHOTS, T)
    np.testing.assert_allclose(found.logits(TEST.images), again.logits(TEST.images))


@pytest.mark.parametrize("name", adapters.registry.names())
@pytest.mark.parametrize(
    ("shots", "classes"),
    [
        (SHOTS.part([0]), T[:1]),  # one class, one shot
        (SHOTS.part([0, 1]), T[:1]),
        (SHOTS.part([0, 2, 4, 6]), T),  # one shot a class
        (LabelledVectors(SHOTS.images.astype(np.float16), SHOTS.labels), T.astype(np.float16)),
        (LabelledVectors(np.eye(12)[:4], range(4)), np.eye(12)[4:8]),  # at right angles to the classes
        (LabelledVectors(SHOTS.images.repeat(3, axis=0), SHOTS.labels.repeat(3)).part(range(0, 24, 2)), T),
    ],
    ids=["one-class-one-shot", "one-class", "one-shot", "float16", "right-angles", "equal-shots"],
)
def test_few_or_odd_shots_give_numbers_of_an_ordinary_size(name, shots, classes):
    found = parse(name).fit(shots, classes).logits(TEST.images.astype(np.float16))
    assert np.isfinite(found).all()
    assert np.abs(found).max() < 1e6


def test_equal_shots_leave_gda_at_zero_shot():
    shots = LabelledVectors(SHOTS.images[::2].repeat(3, axis=0), SHOTS.labels[::2].repeat(3))
    given = [parse(name).fit(shots, T).logits(TEST.images) for name in ("gda", "zero-shot")]
    differences = given[0] - given[1]
    np.testing.assert_allclose(differences, differences[0, 0])


@pytest.mark.parametrize("name", TUNED)
def test_a_leak_needs_the_legacy_protocol_and_is_marked(name):
    legacy = parse(f"{name}:select=test,protocol=legacy")
    with pytest.raises(AdapterError, match="needs the images that it is measured on"):
        legacy.fit(SHOTS, T)
    with pytest.raises(AdapterError, match="must not see them"):
        parse(name).fit(SHOTS, T, test=TEST)
    fitted = legacy.fit(SHOTS, T, test=TEST)
    assert fitted.leaky
    assert accuracy(fitted, TEST) >= accuracy(parse(name).fit(SHOTS, T), TEST) - 0.02


def test_the_epoch_that_is_best_on_the_measured_images_is_what_the_authors_took():
    fitted = parse("tip-adapter-f:select=test,protocol=legacy").fit(SHOTS, T, test=TEST)
    assert 1 <= fitted.chosen["epoch"] <= 20


def test_shots_among_validation_or_test_are_refused():
    with pytest.raises(AdapterError, match="LEAK: 8 of the validation images are among the shots"):
        parse("gda").fit(SHOTS, T, SHOTS)
    with pytest.raises(AdapterError, match="LEAK: 8 of the test images are among the shots"):
        parse("gda:select=test,protocol=legacy").fit(SHOTS, T, test=SHOTS)


def test_nothing_outside_is_changed_and_a_seed_says_all():
    torch.manual_seed(4)
    state = torch.random.get_rng_state()
    for name in ("clip-adapter", "tip-adapter-f"):
        one, same, other = (parse(name).fit(SHOTS, T, seed=seed).logits(TEST.images) for seed in (0, 0, 1))
        np.testing.assert_array_equal(one, same)
        assert name != "clip-adapter" or not np.array_equal(one, other)
    assert torch.random.get_rng_state().equal(state)
    assert torch.is_grad_enabled()


@pytest.mark.parametrize(
    ("shots", "classes", "words"),
    [
        (SHOTS, T[:, :5], "shots have 12 dimensions, the classes 5"),
        (SHOTS, T[:3], "label 3 of the shots: there are 3 classes"),
        (SHOTS.part(np.arange(6)), T, "class 3 has no shot: leave the class out"),
        (SHOTS, T * [[1], [0], [1], [1]], "row 1 of the classes is zero or not finite"),
    ],
)
def test_what_does_not_fit_is_named(shots, classes, words):
    with pytest.raises(AdapterError, match=words):
        parse("gda").fit(shots, classes)


def test_labels_are_numbers_of_classes():
    with pytest.raises(AdapterError, match="one class number from 0 an image"):
        LabelledVectors(np.ones((2, 3)), [0.5, 1])
    with pytest.raises(AdapterError, match="row 1 of the images is zero or not finite"):
        LabelledVectors([[1.0, 2.0], [np.nan, 1.0]], [0, 1])


def test_an_ensemble_is_the_mean_of_unit_vectors():
    rng = np.random.default_rng(0)
    known: dict[str, np.ndarray] = {}

    def encode(texts):
        return np.stack([known.setdefault(text, rng.normal(size=5) * rng.uniform(1, 9)) for text in texts])

    found = class_vectors(encode, ["cat", "dog"], ENSEMBLE)
    for name, row in zip(("cat", "dog"), found, strict=True):
        total = np.zeros(5)
        for template in ENSEMBLE:
            vector = known[template.replace("{}", name)]
            total += vector / np.sqrt((vector**2).sum())
        np.testing.assert_allclose(row, total / np.sqrt((total**2).sum()))


@pytest.mark.parametrize(
    ("templates", "names", "words"),
    [(("a {} {}",), ["cat"], "exactly one"), ((), ["cat"], "need a prompt"), (("{}",), ["cat", " "], "none of which")],
)
def test_prompts_that_say_nothing_are_refused(templates, names, words):
    with pytest.raises(AdapterError, match=words):
        class_vectors(lambda texts: np.ones((len(texts), 2)), names, templates)


@pytest.fixture
def two_threads():
    """Two of torch; their number is given back."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize(("shared", "inside"), [(97, 1), (96, 2)])
@pytest.mark.parametrize("select", ["fixed", "val"])
def test_small_ones_are_learned_on_one_thread(monkeypatch, select, shared, inside):
    """8 shots of 12 numbers and 4 classes are 384 multiplications."""
    monkeypatch.setattr("mmgap.adapters.few_shots.SHARED", 4 * shared)
    seen = []

    def learn(self, few):
        seen.append(torch.get_num_threads())
        return TipAdapterF._cache(self, few, few.x)

    monkeypatch.setattr(TipAdapterF, "learn", learn)
    monkeypatch.setattr(TipAdapterF, "tries", Adapter.tries)
    parse(f"tip-adapter-f:select={select}").fit(SHOTS, T, VALIDATION)
    assert set(seen) == {inside}
    assert torch.get_num_threads() == 2


@pytest.mark.usefixtures("two_threads")
def test_an_error_of_learning_gives_the_threads_back(monkeypatch):
    def learn(self, few):
        raise ZeroDivisionError(torch.get_num_threads())

    monkeypatch.setattr(TipAdapterF, "learn", learn)
    with pytest.raises(ZeroDivisionError, match="1"):
        parse("tip-adapter-f").fit(SHOTS, T)
    assert torch.get_num_threads() == 2
