"""Paths that people type: a home folder, a user who does not exist, names that no file system takes."""

import pytest

from mmgap import datasets
from mmgap.core.paths import MissingDataError, expanded
from mmgap.datasets import DatasetError

ODD = ("~no such user/photos", "~no such user", "x" * 300, "a\0b")


def test_home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert expanded("~/photos") == tmp_path / "photos"
    assert str(expanded("~no such user/photos")) == "~no such user/photos"


@pytest.mark.parametrize("path", ODD)
@pytest.mark.parametrize("name", ["folder", "arasaac-es", "vectors"])
def test_a_path_that_cannot_be(name, path, tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_DATA", str(tmp_path))
    with pytest.raises((MissingDataError, DatasetError)):
        datasets.load(f"{name}:{path}/" if name == "arasaac-es" else f"{name}:{path}")


def test_a_folder_whose_name_begins_with_a_tilde(tmp_path, monkeypatch):
    (tmp_path / "~mine").mkdir()
    (tmp_path / "~mine" / "a.ppm").write_bytes(b"P6 1 1 255\n123")
    monkeypatch.chdir(tmp_path)
    assert datasets.load("folder:~mine").image_ids == ("a.ppm",)
