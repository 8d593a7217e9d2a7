"""``mmgap atlas``: what it exports, what it serves, and what it refuses in one line."""

import numpy as np
import pytest
from typer.testing import CliRunner

from mmgap.cli.main import app
from tests.support.made_atlases import cones

parquet = pytest.importorskip("pyarrow.parquet", reason="pip install 'mmgap[app]'")

pytestmark = pytest.mark.usefixtures("one_thread")


def run(*arguments):
    return CliRunner().invoke(app, ["atlas", *(str(argument) for argument in arguments)])


@pytest.fixture
def files(tmp_path):
    cones(tmp_path, 20, captions=2)
    return tmp_path / "images.npy", tmp_path / "texts.npy", "--owner", tmp_path / "owner.npy"


def test_two_files_become_a_page(files, tmp_path):
    result = run(*files, "--space", "centre", "--export", tmp_path / "atlas.html")
    assert result.exit_code == 0, result.output
    assert "names and categories, no captions, no pictures" in result.output
    assert "<title>vectors:images.npy" in (tmp_path / "atlas.html").read_text()


def test_two_files_become_a_table_and_the_command_that_shows_it_is_said(files, tmp_path):
    out = tmp_path / "my atlas.parquet"
    result = run(*files, "--export", out)
    assert result.exit_code == 0, result.output
    assert f"embedding-atlas '{out}' --x x --y y shows it" in result.output
    assert parquet.read_table(out).num_rows == 60


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--export", "atlas.png"], "ends in .html or .parquet"),
        (["--export", "atlas.parquet", "--pictures"], "leave --pictures out, or export .html"),
        (["--export", "atlas.html", "--pictures"], "has no pictures"),
        (["--export", "atlas.html", "--space", "nowhere"], "unknown space 'nowhere'"),
        (["--encoder", "tiny"], "saved vectors have no encoder"),
    ],
)
def test_what_cannot_be_done_is_one_line(files, arguments, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run(*files, *arguments)
    assert result.exit_code != 0
    assert said in result.output
    assert "Traceback" not in result.output
    assert not list(tmp_path.glob("atlas.*"))


def test_a_data_set_has_two_encoders_at_most_and_no_owner():
    assert "two encoders stand side by side, not 3" in run("glyphs-en", *["--encoder", "tiny"] * 3).output
    assert "--owner belongs to two files" in run("glyphs-en", "--owner", "owner.npy").output


def test_umap_that_is_not_installed_is_said_before_anything_is_served(files, monkeypatch):
    monkeypatch.setattr("mmgap.app.atlas.plane_places.umap_is_there", lambda: False)
    result = run(*files, "--map", "umap", "--no-browser")
    assert result.exit_code != 0
    assert "pip install 'mmgap[maps]'" in result.output


def test_the_whole_app_is_served_and_opens_on_the_atlas(files, monkeypatch):
    served = []
    monkeypatch.setattr("mmgap.app.shell.server.serve", lambda *arguments: served.append(arguments))
    result = run(*files, "--space", "centre", "--map", "tsne", "--language", "es", "--port", "0", "--no-browser")
    assert result.exit_code == 0, result.output
    made, path, port, browser, _ = served[0]
    assert (path, port, browser) == ("/atlas?lang=es", 0, False)
    rules = {rule.rule for rule in made.server.url_map.iter_rules()}
    assert {"/atlas/map", "/playground/readings", "/picture/<key>/<int:place>"} <= rules
    found = made.server.test_client().get("/atlas/map?space=centre", base_url="http://127.0.0.1").json
    assert {"maps", "progress"} & found.keys()


def test_a_row_of_zeros_is_named(files):
    images = np.load(files[0])
    images[3] = 0
    np.save(files[0], images)
    result = run(*files, "--export", files[0].with_suffix(".html"))
    assert result.exit_code != 0
    assert "row 3" in result.output
