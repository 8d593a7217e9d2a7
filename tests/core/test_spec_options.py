"""Options of a spec: the bare one first, others by name, one spelling, and one line for what cannot be."""

from dataclasses import dataclass
from typing import Literal

import pytest

from mmgap.core.spec_options import WithOptions, made


@dataclass(frozen=True)
class Kite(WithOptions):
    length: float = 2.0
    tails: int = 1
    colour: Literal["red", "blue"] = "red"


def kite(given):
    return made(Kite, "kite", given, "toy", ToyError)


class ToyError(ValueError):
    """What a toy cannot be."""


@pytest.mark.parametrize(
    ("given", "spec"),
    [("", "kite"), ("3.50", "kite:3.5"), ("length=2,tails=4", "kite:tails=4"), ("1,colour=blue", "kite:1,colour=blue")],
)
def test_options_have_one_spelling(given, spec):
    assert kite(given).spec == spec
    assert kite(spec.partition(":")[2]) == kite(given)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("lenght=3", "toy 'kite:lenght=3': kite has no option 'lenght'; did you mean 'length'"),
        ("long", "length must be a number, got 'long'"),
        ("tails=1.5", "tails must be a whole number"),
        ("colour=green", "colour must be red or blue, got 'green'"),
        ("inf", "length must be a number"),
    ],
)
def test_what_cannot_be_is_the_error_that_was_named(given, words):
    with pytest.raises(ToyError, match=words):
        kite(given)
