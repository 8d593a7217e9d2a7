"""``mmgap claims``: the page, its words in the terminal, JSON, and what cannot be read."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mmgap.cli.main import app

PUBLISHED = Path(__file__).parents[2] / "reports" / "published"


def run(*arguments):
    return CliRunner().invoke(app, ["claims", *map(str, arguments)])


@pytest.mark.usefixtures("one_thread")
def test_a_page_and_a_line_for_each_claim(tmp_path):
    done = run("--rows", PUBLISHED, "--out", tmp_path)
    assert done.exit_code == 0, done.output
    assert "Removing hubs gains more R@1 from text to image than closing the gap. Holds" in done.output
    assert f"page: {tmp_path / 'claims.html'}" in done.output
    assert (tmp_path / "claims.html").is_file()


def test_json_has_every_judgement(tmp_path):
    done = run("--rows", PUBLISHED, "--json")
    found = json.loads(done.stdout)
    assert {"claim", "verdict", "effect", "low", "high", "seen", "rows", "source", "data"} <= set(found[0])
    assert {one["verdict"] for one in found} == {"holds", "does not hold", "undecided"}
    assert not (tmp_path / "claims.html").exists()


@pytest.mark.parametrize("absent", [True, False])
def test_no_rows_are_named(tmp_path, absent):
    folder = tmp_path / "rows"
    if not absent:
        folder.mkdir()
    done = run("--rows", folder)
    assert done.exit_code != 0
    assert ("no such folder" if absent else "no rows in") in done.output
