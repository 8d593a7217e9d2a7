"""``mmgap playground``: the whole app opened on a state, or one file."""

import pytest
from typer.testing import CliRunner

from mmgap.cli.main import app


def run(*arguments):
    return CliRunner().invoke(app, ["playground", *map(str, arguments)])


@pytest.fixture
def served(monkeypatch):
    calls = []
    monkeypatch.setattr("mmgap.app.shell.server.serve", lambda *arguments: calls.append(arguments))
    monkeypatch.setattr("mmgap.app.playground.playground_tab.warm_up", lambda: None)
    return calls


def test_the_whole_app_opens_on_the_state(served):
    result = run("--state", "n=90&loss=ce+anti", "--language", "es", "--port", "0", "--no-browser")
    assert result.exit_code == 0, result.output
    made, path, port, browser, _ = served[0]
    assert (path, port, browser) == ("/playground?n=90&loss=ce%2Banti&lang=es", 0, False)
    rules = {rule.rule for rule in made.server.url_map.iter_rules()}
    assert {"/atlas/map", "/playground/readings", "/picture/<key>/<int:place>"} <= rules


def test_neither_data_nor_encoder_is_loaded_before_a_page_shows_them(served, monkeypatch):
    asked = []
    monkeypatch.setattr("mmgap.encoders.load", lambda *given, **options: asked.append(given))
    assert run("--no-browser").exit_code == 0
    assert asked == []


def test_a_state_that_makes_no_sense_is_named_and_the_page_opens_all_the_same(served):
    result = run("--state", "n=1&loss=nothing", "--no-browser")
    assert result.exit_code == 0
    assert "n=1 makes no sense here; 500 is taken instead" in result.output
    assert "unknown loss 'nothing'" in result.output
    assert served[0][1] == "/playground?lang=en"


def test_one_file_is_written_and_nothing_served(served, tmp_path):
    file = tmp_path / "playground.html"
    result = run("--export", file, "--state", "n=20", "--language", "es")
    assert result.exit_code == 0, result.output
    assert (result.stdout.strip(), served) == (str(file), [])
    content = file.read_text(encoding="utf-8")
    assert '<html lang="es">' in content
    assert '"query": "n=20"' in content
    assert len(content.encode()) <= 6e6


def test_a_file_that_cannot_be_written_is_one_line(served, tmp_path):
    (tmp_path / "taken").write_text("")
    result = run("--export", tmp_path / "taken" / "playground.html")
    assert result.exit_code != 0
    assert "taken" in result.output
    assert "Traceback" not in result.output


def test_a_name_that_is_no_control_is_told(served):
    result = run("--state", "n=90&size=3&%%%&lang=es", "--no-browser")
    assert result.exit_code == 0
    for name in ("size", "%%%", "lang"):
        assert f"--state: {name} is no control, and passed over; there are n, seed, dim" in result.stderr
    assert served[0][1] == "/playground?n=90&lang=en"


@pytest.mark.parametrize("name", ["p.png", "page"])
def test_a_page_has_the_name_of_one(tmp_path, name):
    result = run("--export", tmp_path / name)
    assert result.exit_code == 2
    assert "a page ends in .html: give it such a name" in result.stderr
    assert list(tmp_path.iterdir()) == []
