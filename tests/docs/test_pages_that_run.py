"""How-to pages and the Spanish introduction run as they stand; of the tutorials those that take seconds."""

import os
import re
import runpy
import subprocess
import sys

import pytest

from mmgap import losses
from tests.support.doc_pages import check_examples, check_picture
from tests.support.site import DOCS

HOW_TO = sorted(page for page in (DOCS / "how-to").glob("*.md") if page.stem != "index")
TUTORIALS = sorted(page for page in (DOCS / "tutorials").glob("*.md") if page.stem != "index")


@pytest.mark.parametrize("page", [*HOW_TO, DOCS / "es" / "introduccion.md"], ids=lambda page: page.stem)
def test_the_examples_of_a_page_run(page, one_thread):
    check_examples(page)


@pytest.mark.parametrize("pages", [HOW_TO, TUTORIALS], ids=["how-to", "tutorials"])
def test_every_page_stands_in_its_index(pages):
    index = (pages[0].parent / "index.md").read_text(encoding="utf-8")
    for page in pages:
        assert f"]({page.name})" in index
        assert f"\n{page.stem}\n" in index


@pytest.mark.parametrize("page", HOW_TO, ids=lambda page: page.stem)
def test_a_how_to_page_answers_names_a_command_and_shows_a_picture_first(page):
    title, answer, command, picture, _ = page.read_text(encoding="utf-8").split("\n\n", 4)
    assert title.startswith("# ")
    assert re.match(r"[A-Z].*[.:]", answer, flags=re.DOTALL)
    assert re.fullmatch(r"```bash\n(mmgap|pytest) .*\n```", command)
    assert re.fullmatch(rf"!\[.+\]\({page.stem}\.png\)", picture)


@pytest.mark.parametrize("page", HOW_TO, ids=lambda page: page.stem)
def test_a_how_to_page_is_short(page):
    assert len(page.read_text(encoding="utf-8").splitlines()) <= 65


def test_every_how_to_page_has_a_picture_that_its_script_draws(one_thread, monkeypatch):
    monkeypatch.syspath_prepend(DOCS / "how-to")  # as it is where the script is started
    script = runpy.run_path(str(DOCS / "how-to" / "draw.py"))
    assert sorted(script["PICTURES"]) == [page.stem for page in HOW_TO]
    for name in ("logit-scale", "close-the-gap"):
        check_picture(DOCS / "how-to" / f"{name}.png", script["png"](name))


def cells(page):
    return re.findall(r"^```\{code-cell\} ipython3\n(?::tags:.*?\n\n)?(.*?)^```", page.read_text(), flags=re.M | re.S)


def run(page, folder):
    """Run the cells of a tutorial in one namespace; a line ``!command`` in a process of its own."""
    names = {"__name__": "tutorial"}
    for cell in cells(page):
        if cell.startswith("!"):
            environment = {**os.environ, "MMGAP_CACHE": str(folder / "cache")}
            words = [sys.executable, "-m", *cell[1:].split()]
            done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
        else:
            exec(compile(cell, page.name, "exec"), names)
    return names


def test_every_tutorial_has_cells():
    assert len(TUTORIALS) == 5
    assert all(len(cells(page)) >= 3 for page in TUTORIALS)


def test_the_tutorial_of_the_first_card_runs(tmp_path, monkeypatch):
    pytest.importorskip("matplotlib").use("agg")
    monkeypatch.chdir(tmp_path)
    names = run(DOCS / "tutorials" / "first-card.md", tmp_path)
    assert (tmp_path / "card.html").exists()
    assert names["after"]["gap_corrected"] < 0.2 < names["before"]["gap_corrected"]


def test_the_tutorial_of_a_loss_of_ones_own_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    losses.registry.names()  # what is installed is looked for once: not where what is found is forgotten again
    monkeypatch.setattr(losses.registry, "_entries", dict(losses.registry._entries))
    for kept in ("_versions", "_own", "_shown"):
        monkeypatch.setattr(losses.registry, kept, type(getattr(losses.registry, kept))(getattr(losses.registry, kept)))
    names = run(DOCS / "tutorials" / "own-loss.md", tmp_path)
    assert names["total"].name == "ce+0.5*angle"
    x, y = (side.detach() for side in (names["x"], names["y"]))
    assert names["misalignment"](x, y) < 0.2
    written = {}
    exec((tmp_path / "my-losses/src/my_losses/angle.py").read_text(encoding="utf-8"), written)
    assert written["angle"](x, y) == names["angle"](x, y)


def test_no_tutorial_needs_a_clone():
    for page in TUTORIALS:
        assert "pytest benchmarks" not in page.read_text(encoding="utf-8"), page
