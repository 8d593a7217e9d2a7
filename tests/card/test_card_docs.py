"""The page of docs/card: its links exist, its example runs, it names every option and every definition."""

from pathlib import Path

from typer.testing import CliRunner

from mmgap.cli.main import app
from tests.support.doc_pages import check_examples, missing_links

PAGE = Path(__file__).parents[2] / "docs" / "card" / "README.md"


def test_the_page_holds():
    assert missing_links(PAGE) == []
    check_examples(PAGE)
    text = PAGE.read_text(encoding="utf-8")
    options = ("--owner", "--demo", "--dataset", "--encoder", "--pool", "--cosine", "--no-spaces", "--strict", "--json")
    for name in (*options, "--output", "--language"):
        assert name in text, name
    for name in ("any hit", "share of the right ones found", "R-precision", "mAP@R", "own pair", "pools of"):
        assert f"| {name}" in text, name


def test_the_help_names_what_the_page_names():
    help_text = CliRunner().invoke(app, ["card", "--help"], env={"COLUMNS": "200"}).stdout
    assert "--cosine" in help_text
    assert "--strict" in help_text
