"""Values that no file and no number can have are refused by name, by every option and argument of every command."""

import typing
from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from mmgap.cli.checked_command import CheckedCommand
from mmgap.cli.main import app
from tests.cli.test_unused_options import commands

#: What stands for the values of parameters that a call must have besides.
USUAL = {Path: "somewhere", int: "1", float: "1", str: "somewhere"}


def kind(parameter):
    """Of a parameter's values: a class."""
    kind = parameter.type_descriptor.annotation
    return next(iter(typing.get_args(kind)), kind)


def parameters(wanted):
    return [
        pytest.param(name, command, parameter, id=f"{name} {parameter.name}")
        for name, command in commands()
        for parameter in command.params
        if getattr(parameter, "type_descriptor", None) is not None and kind(parameter) is wanted
    ]


def call(command, parameter, value):
    """The words of a call with the value in its place, and what the others need."""
    words, behind = [], []
    for one in command.params:
        if one is not parameter and not one.required:
            continue
        given = value if one is parameter else USUAL.get(kind(one), "1")
        if one.param_type_name == "option":
            words += [max(one.opts, key=len), given]
        else:
            behind.append(given)
    return [*words, "--", *behind]


def refused(name, command, parameter, value, told):
    found = CliRunner().invoke(app, [*name.split(), *call(command, parameter, value)], terminal_width=200)
    assert found.exit_code == 2, found.output
    names = (*parameter.opts, parameter.metavar or "")
    assert any(name in found.stderr for name in names if name)
    assert told in " ".join(found.stderr.replace("│", " ").split())
    assert found.stdout == ""


@pytest.mark.parametrize(("name", "command", "parameter"), parameters(Path))
def test_an_empty_path_is_not_the_folder_of_the_call(name, command, parameter, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused(name, command, parameter, "", "it is empty: name a file or a folder")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "command", "parameter"), parameters(int))
def test_a_number_of_more_than_64_bits_is_refused(name, command, parameter):
    largest = parameter.max
    refused(name, command, parameter, str(2**63), "at most 64 bits" if largest is None else "less than or equal to")


@pytest.mark.parametrize(("name", "command", "parameter"), parameters(float))
@pytest.mark.parametrize("value", ["nan", "1e400"])
def test_a_number_that_is_not_finite_is_refused(name, command, parameter, value):
    bounded = (parameter.min if value == "nan" else parameter.max) is not None
    refused(name, command, parameter, value, "Input should be" if bounded else "it is not finite")


alone = typer.Typer()


@alone.command(cls=CheckedCommand)
def told(place: Path = Path("usual"), number: int = 3, share: float = 0.5, many: list[int] | None = None) -> None:
    typer.echo(repr((str(place), number, share, many)))


@given(
    number=st.integers(-(2**63) + 1, 2**63 - 1),
    share=st.floats(allow_nan=False, allow_infinity=False),
    many=st.lists(st.integers(-(2**63) + 1, 2**63 - 1), max_size=3),
)
def test_every_other_value_arrives_as_it_was_typed(number, share, many):
    words = [f"--number={number}", f"--share={share!r}", "--place=.", *(f"--many={one}" for one in many)]
    found = CliRunner().invoke(alone, words)
    assert found.exit_code == 0, found.output
    assert found.stdout.strip() == repr((".", number, share, many or None))
    assert CliRunner().invoke(alone, [*words, f"--many={2**63}"]).exit_code == 2


def test_defaults_are_not_what_was_typed():
    assert CliRunner().invoke(alone, []).stdout.strip() == repr(("usual", 3, 0.5, None))
