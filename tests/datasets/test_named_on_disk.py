"""A path where the name of a data set is meant: every door says how what lies there is named."""

import numpy as np
import pytest
from typer.testing import CliRunner

from mmgap import datasets
from mmgap.cli.main import app
from mmgap.core.registry import UnknownNameError
from mmgap.datasets.named_on_disk import named_on_disk
from tests.support.pictures_for_stores import noise


@pytest.fixture
def files(tmp_path, monkeypatch):
    (tmp_path / "my photos").mkdir()
    noise().save(tmp_path / "my photos" / "red.png")
    (tmp_path / "my photos" / "red.txt").write_text("a red picture\n")
    for name in ("a", "b"):
        np.save(tmp_path / f"{name}.npy", np.eye(4) + 1)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    "command",
    [
        ("data", "card"),
        ("data", "prepare"),
        ("train", "--encoder", "tiny", "--out", "out", "--dataset"),
        ("card", "--encoder", "tiny", "--dataset"),
    ],
)
@pytest.mark.parametrize(("name", "cure"), [("my photos", "folder:my photos"), ("a.npy,b.npy", "vectors:a.npy,b.npy")])
def test_every_door_says_how_it_is_named(command, name, cure):
    found = CliRunner().invoke(app, [*command, name])
    assert found.exit_code == 2
    (line,) = found.stderr.splitlines()
    assert line.startswith(f"mmgap: unknown dataset '{name}': ")
    assert line.endswith(f"named {cure}")
    assert datasets.load(cure, split="test").image_ids


@pytest.mark.usefixtures("files")
def test_of_one_file_the_texts_are_asked_for_and_other_names_stay_unknown():
    assert named_on_disk("a.npy") == "files of vectors are named vectors:a.npy,TEXTS"
    assert named_on_disk("") is None
    with pytest.raises(UnknownNameError, match="did you mean 'glyphs-en'"):
        datasets.load("glyphs-eng")
