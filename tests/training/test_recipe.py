"""A recipe: every wrong value is named with its cure, text becomes values, the rate rises and falls as asked."""

import math

import numpy as np
import pytest

from mmgap.core.registry import UnknownNameError
from mmgap.losses.expression import LossExpressionError
from mmgap.training.recipe import Recipe, TrainingError, recipe_values

WRONG = [
    ("tuning", "last-0", "last-N"),
    ("tuning", "last-N", "last-2, say"),
    ("tuning", "adapter", "full, head, last-N, lora, dora"),
    ("towers", "all", "both, image, text"),
    ("schedule", "linear", "constant, cosine"),
    ("precision", "fp16", "float32, bfloat16, float16"),
    ("scale", "fixed", "learned, frozen"),
    ("train_captions", "random", "all, first"),
    ("copositives", "drop", "keep, apart"),
    ("start", "closed", "as-is, amended"),
    ("keep", "all", "last, best"),
    ("seed", -1, "from 0"),
    ("epochs", 0, "from 1"),
    ("epochs", 2.5, "a whole number"),
    ("epochs", True, "a whole number"),
    ("batch_size", 1, "from 2"),
    ("rate", 0.0, "above 0"),
    ("rate", -1e-3, "from 0 to 10"),
    ("rate", math.nan, "from 0 to 10"),
    ("rate", "fast", "a number"),
    ("head_rate", 0.0, "above 0"),
    ("head_rate", math.inf, "from 0 to 10"),
    ("warmup", 1.1, "from 0 to 1"),
    ("weight_decay", -0.1, "from 0"),
    ("clip", 0.0, "clip"),
    ("chunk", 0, "from 1"),
    ("scale_start", 0.0, "scale_start"),
    ("scale_start", 200.0, "scale_max"),
    ("scale_max", 1e9, "scale_max"),
    ("rank", 0, "from 1"),
    ("alpha", 0.0, "alpha"),
    ("dropout", 1.0, "from 0 to 0.99"),
    ("feature_dropout", -0.1, "from 0 to 0.99"),
    ("patience", 0, "from 1"),
    ("checkpointing", "yes", "true or false"),
    ("epochs", None, "a whole number"),
]


@pytest.mark.parametrize(("name", "value", "cure"), WRONG)
def test_a_wrong_value_is_named_with_its_cure(name, value, cure):
    with pytest.raises(TrainingError) as raised:
        Recipe("ce", **{name: value})
    assert name in str(raised.value)
    assert cure in str(raised.value)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"epochs": "3"}, {"epochs": 3}),
        ({"epochs": 3.0}, {"epochs": 3}),
        ({"rate": "1e-3"}, {"rate": 1e-3}),
        ({"rate": 1}, {"rate": 1.0}),
        ({"clip": "none"}, {"clip": None}),
        ({"clip": "1"}, {"clip": 1.0}),
        ({"patience": None}, {"patience": None}),
        ({"checkpointing": "TRUE", "deterministic": "0"}, {"checkpointing": True, "deterministic": False}),
        ({"train_heads": True}, {"train_heads": True}),
        ({"tuning": "last-2", "targets": "q_proj+v_proj"}, {"tuning": "last-2", "targets": "q_proj+v_proj"}),
    ],
)
def test_text_becomes_values(given, meant):
    assert Recipe.of(given, loss="ce") == Recipe("ce", **meant)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"lr": "1"}, "no 'lr'; there are tuning"),
        ({"seed": "1"}, "--seeds"),
        ({"loss": "ce"}, "--loss"),
        ({"epochs": "3.5"}, "epochs must be a whole number, got '3.5'"),
        ({"epochs": 3.5}, "epochs must be a whole number, got 3.5"),
        ({"epochs": "none"}, "epochs must be a whole number, got 'none'"),
        ({"rate": [1]}, "rate must be a number"),
        ({"rate": "fast"}, "rate must be a number"),
        ({"checkpointing": "yes"}, "checkpointing must be true or false"),
        ({"epochs": "0"}, "epochs must be from 1"),
    ],
)
def test_text_that_is_no_value_is_named(given, told):
    with pytest.raises(TrainingError, match=told.replace("'", ".")):
        Recipe.of(given, loss="ce")


def test_entries_of_the_command_line():
    assert recipe_values(["epochs=3, rate=1e-4,", "epochs=5"]) == {"epochs": "5", "rate": "1e-4"}
    with pytest.raises(TrainingError, match=r"--recipe epochs: expected NAME=VALUE"):
        recipe_values(["epochs"])


def test_the_loss_has_one_spelling():
    assert Recipe("0.50*var + ce") == Recipe("ce+0.5*var")
    assert Recipe("0.50*var + ce").loss == "ce+0.5*var"


def test_a_wrong_loss_is_refused():
    with pytest.raises(UnknownNameError, match="'cee'"):
        Recipe("cee")
    with pytest.raises(LossExpressionError):
        Recipe("ce+")


def test_it_goes_to_json_and_back():
    recipe = Recipe("ce", clip=1.0, patience=3, tuning="last-2")
    assert Recipe(**recipe.to_dict()) == recipe


def test_the_constant_rate_warms_up():
    recipe = Recipe("ce", warmup=0.25)
    assert [recipe.rate_at(step, 8) for step in range(8)] == [0.5, *[1.0] * 7]
    assert Recipe("ce").rate_at(0, 10) == 1.0


def test_cosine_falls_from_the_peak_towards_zero():
    recipe = Recipe("ce", schedule="cosine", warmup=0.2)
    rates = [recipe.rate_at(step, 100) for step in range(100)]
    assert rates[0] == 1 / 20
    assert rates[19] == rates[20] == 1.0
    assert all(np.diff(rates[20:]) < 0)
    assert rates[60] == pytest.approx(0.5)
    assert 0 < rates[-1] < 1e-3


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize("warmup", [0.0, 0.5, 1.0])
def test_rates_of_short_trainings_are_shares(schedule, steps, warmup):
    recipe = Recipe("ce", schedule=schedule, warmup=warmup)
    assert all(0 < recipe.rate_at(step, steps) <= 1 for step in range(steps))
