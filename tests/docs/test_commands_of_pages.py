"""Every command line of the pages is one that mmgap and pytest take: the options exist, and so do the names."""

import re
import shlex

import pytest
import typer

from mmgap.cli.main import app
from mmgap.training.recipe import Recipe, recipe_values
from tests.support.site import written_pages

LINES = [
    (page, line.partition("#")[0].strip())
    for page in written_pages()
    for block in re.findall(r"^```bash\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for line in block.replace("\\\n", " ").splitlines()
]
MMGAP = [(page, line) for page, line in LINES if line.startswith("mmgap ")]
PYTEST = [(page, line) for page, line in LINES if line.startswith("pytest ")]


def unknown_words(line):
    """Return what of a command line mmgap does not know: a command, or options of one; nothing is run."""
    command, words = typer.main.get_command(app), shlex.split(line)[1:]
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        name, *words = words
        if name not in command.commands:
            return [name]
        command = command.commands[name]
    known = {"--help", *(name for option in command.params for name in (*option.opts, *option.secondary_opts))}
    return [word for word in words if word.startswith("--") and word.partition("=")[0] not in known]


def test_there_are_commands():
    assert len(MMGAP) > 80
    assert len(PYTEST) > 30


@pytest.mark.parametrize(("page", "line"), MMGAP, ids=[f"{page.stem}-{line[:40]}" for page, line in MMGAP])
def test_a_command_of_a_page_can_be_given(page, line):
    assert unknown_words(line) == []


@pytest.mark.parametrize(
    ("line", "unknown"),
    [
        ("mmgap measur a.npy b.npy", ["measur"]),
        ("mmgap card a.npy --no-such-option", ["--no-such-option"]),
        ("mmgap rows nothing", ["nothing"]),
        ("mmgap rows export a --to=b", []),
    ],
)
def test_what_mmgap_does_not_know_is_found(line, unknown):
    assert unknown_words(line) == unknown


def test_options_of_pytest_lines_exist(request):
    known = {name for option in request.config._parser._anonymous.options for name in option.names()}
    for group in request.config._parser._groups:
        known |= {name for option in group.options for name in option.names()}
    for page, line in PYTEST:
        used = [word.partition("=")[0] for word in shlex.split(line) if word.startswith("-")]
        unknown = [word for word in used if word.startswith("--") and word not in known]
        assert unknown == [], f"{page}: {line}"


def test_recipes_of_the_pages_are_recipes():
    recipes = [(page, found) for page, line in LINES for found in re.findall(r"--recipe[ =](\S+)", line)]
    assert len(recipes) >= 5
    for _, found in recipes:
        Recipe.of(recipe_values([found]), loss="ce", seed=0)
