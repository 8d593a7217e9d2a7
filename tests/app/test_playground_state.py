"""An address of the playground: what it says is taken, what makes no sense is replaced and named."""

from dataclasses import asdict
from urllib.parse import parse_qsl

import pytest

from mmgap.app.playground.presets import preset_states, presets
from mmgap.app.playground.state import LIMITS, PlaygroundState, checked_loss, read_state


def read(query):
    return read_state(dict(parse_qsl(query)), preset_states())


def test_nothing_said_is_the_default_and_the_default_says_nothing():
    assert read("") == (PlaygroundState(), [])
    assert PlaygroundState().query() == ""


@pytest.mark.parametrize(
    "query",
    [
        "n=90&seed=4294967295&dim=768&angle=0.5&kappa_image=0&kappa_text=100000&correlation=1&scale=0.01&rate=10&step=500",
        "loss=ce%2B0.5%2Aintra%28alpha%3D0.3%29-0.1%2Avar%28beta%3D2%29",
        "loss=ce%2Banti&preset=",
    ],
)
def test_a_query_says_the_whole_state_and_is_canonical(query):
    state, said = read(query)
    assert said == []
    assert read(state.query()) == (state, [])
    assert state.query() == query.removesuffix("&preset=")


@pytest.mark.parametrize("name", sorted(LIMITS))
@pytest.mark.parametrize("value", ["", "x", "nan", "inf", "-inf", "-1", "1e999", "99999999999", "٣x", "<b>", "0x10"])
def test_a_number_that_makes_no_sense_is_the_default_and_is_named(name, value):
    state, said = read_state({name: value})
    assert state == PlaygroundState()
    assert [f"{name}={value}" in line for line in said] == [True]


@pytest.mark.parametrize("name", ["n", "seed", "dim", "step"])
def test_a_part_of_a_point_is_none(name):
    assert read(f"{name}=2.5")[0] == PlaygroundState()


@pytest.mark.parametrize(
    ("loss", "word"),
    [
        ("", "empty"),
        ("foo", "unknown loss"),
        ("ce+ce", "stands twice"),
        ("ce(foo=1)", "no option"),
        ("ce+0.5*imsep", "caption_cosines"),
        ("+".join(["ce"] * 400), "too long"),
        ("<script>", "expected"),
    ],
)
def test_a_loss_that_cannot_be_is_named_with_the_parser_s_words(loss, word):
    with pytest.raises(ValueError, match=word):
        checked_loss(loss)
    state, said = read_state({"loss": loss})
    assert state.loss == "ce"
    assert len(said) == 1
    assert word in said[0]


def test_names_that_are_no_control_s_are_passed_over():
    assert read("lang=es&elsewhere=1") == (PlaygroundState(), [])


def test_a_preset_gives_the_values_that_are_not_said():
    state, said = read("preset=5.3/theta_deg=90&seed=4&step=2")
    assert (state.n, state.kappa_text, state.scale, state.seed, state.step) == (50, 500, 1, 4, 2)
    assert (state.preset, said) == ("5.3/theta_deg=90", [])


def test_a_state_that_leaves_its_preset_is_that_preset_no_longer():
    assert read("preset=5.3/theta_deg=90&n=51")[0].preset == ""
    assert "nowhere" in read("preset=nowhere")[1][0]


@pytest.mark.parametrize("name", sorted(presets()))
def test_every_preset_is_what_its_own_query_says(name):
    state = preset_states()[name]
    assert read(state.query()) == (state, [])
    assert read_state({key: str(value) for key, value in asdict(state).items()}, preset_states()) == (state, [])
