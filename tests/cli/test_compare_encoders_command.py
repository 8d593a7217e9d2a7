"""``mmgap compare-encoders``: what cannot be measured is one line and status 2, before pytest begins."""

import pytest
from typer.testing import CliRunner

from mmgap.cli.main import app
from mmgap.encoders.weights import no_download
from tests.support.pictures_for_stores import noise


@pytest.fixture
def folders(tmp_path, monkeypatch):
    (tmp_path / "junk").mkdir()
    (tmp_path / "junk" / "a.txt").write_text("hello")
    (tmp_path / "empty").mkdir()
    (tmp_path / "photos").mkdir()
    for name in ("red", "blue"):
        noise().save(tmp_path / "photos" / f"{name}.png")
        (tmp_path / "photos" / f"{name}.txt").write_text(f"a {name} picture\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("junk", "--encoder", "tiny"), "no usable picture in"),
        (("empty", "--encoder", "tiny"), "empty"),
        (("absent", "--encoder", "tiny"), "absent: no such folder"),
        (("photos", "--encoder", "nothing"), "unknown encoder 'nothing'"),
        (("photos", "--encoder", "two-towers:a,b"), "two-towers needs IMAGE,TEXT,PROJECTION"),
        (("photos", "--encoder", "tiny", "--encoder", "tiny:x"), "tiny takes no argument"),
        (("photos", "--encoder", "tiny", "--device", "cudaa"), "device must be cpu"),
    ],
)
def test_what_cannot_be_measured_is_one_line(folders, arguments, told):
    found = CliRunner().invoke(app, ["compare-encoders", *arguments])
    assert found.exit_code == 2, found.output
    assert found.stderr.startswith("mmgap: ")
    assert told in found.stderr
    assert len(found.stderr.splitlines()) == 1
    assert found.stdout == ""
    assert not (folders / "reports").exists()


@pytest.mark.parametrize(
    ("encoder", "model"),
    [
        ("hf:openai/absent-model", "openai/absent-model"),
        ("two-towers:absent-net,minilm,random", "absent-net"),
        ("trained:absent", "absent"),
    ],
)
def test_encoders_that_are_all_absent_are_one_line_with_the_cure(folders, monkeypatch, encoder, model):
    for name in ("WEIGHTS", "CACHE"):
        monkeypatch.setenv(f"MMGAP_{name}", str(folders / name))
    with no_download("a test asks for none"):
        found = CliRunner().invoke(app, ["compare-encoders", "photos", "--encoder", encoder])
    assert found.exit_code == 2, found.output
    assert found.stderr.startswith("mmgap: ")
    assert model in found.stderr
    assert len(found.stderr.splitlines()) == 1
    assert found.stdout == ""
    assert not (folders / "reports").exists()
