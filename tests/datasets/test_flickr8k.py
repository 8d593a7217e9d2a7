"""Flickr8k from a made-up copy: five captions a photo, the authors' splits, squashed photos told."""

import os

import pytest
from PIL import Image

from mmgap import datasets
from mmgap.datasets import DatasetError
from mmgap.datasets.flickr8k import LISTS, TOKENS
from mmgap.datasets.preparing import prepared
from mmgap.datasets.resizing import Preparation


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_DATA", str(tmp_path))
    folder = tmp_path / "flickr8k"
    (folder / "images").mkdir(parents=True)
    names = [f"{k}_a.jpg" for k in range(6)]
    for k, name in enumerate(names[:5]):
        Image.new("RGB", (20 + k, 10)).save(folder / "images" / name)
    lines = [f"{name}#{n}\t Caption {n} of {name} ." for name in names for n in (1, 0, 2)]
    (folder / TOKENS).write_text("\n".join([*lines, "no tab here", ""]))
    for (_, file), part in zip(LISTS.items(), (names[:2], names[2:3], names[3:]), strict=True):
        (folder / file).write_text("\n".join(part) + "\n")
    return folder


def test_splits_and_captions(folder):
    data = datasets.load("flickr8k", split="train")
    assert data.image_ids == ("0_a.jpg", "1_a.jpg")
    assert data.captions[:3] == tuple(f"Caption {n} of 0_a.jpg ." for n in range(3))
    assert data.owner.tolist() == [0, 0, 0, 1, 1, 1]
    assert data.prompt == ""
    assert len(datasets.load("flickr8k", split="all").image_ids) == 5
    assert datasets.load("flickr8k", captions="first").captions == ("Caption 0 of 3_a.jpg .", "Caption 0 of 4_a.jpg .")


def test_what_is_missing_is_named(folder):
    (folder / LISTS["test"]).write_text("3_a.jpg\n5_a.jpg\n")
    Image.new("RGB", (5, 4)).save(folder / "images" / "new.jpg")
    (folder / LISTS["validation"]).write_text("2_a.jpg\nnew.jpg\n")
    assert datasets.load("flickr8k").skipped == (
        (f"{TOKENS} line 19", "not IMAGE#NUMBER<tab>CAPTION"),
        ("5_a.jpg", "no image file"),
    )
    assert ("new.jpg", "no caption") in datasets.load("flickr8k", split="validation").skipped


def test_squashed_photos_are_told(folder):
    assert not any("squashed" in note for note in datasets.load("flickr8k").notes)
    for file in (folder / "images").iterdir():
        Image.new("RGB", (24, 24)).save(file)
    assert "squashed to 24×24" in datasets.load("flickr8k").notes[0]
    for file in (folder / "images").iterdir():
        Image.new("RGB", (24, 16)).save(file)
    assert not any("squashed" in note for note in datasets.load("flickr8k").notes)


def test_broken_photos_stop_nothing(folder, monkeypatch, tmp_path):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    (folder / "images" / "3_a.jpg").write_bytes(b"<html>404</html>")
    data = datasets.load("flickr8k")
    assert data.image_ids == ("3_a.jpg", "4_a.jpg")
    made = prepared(data, Preparation(16))
    assert made.captions == tuple(f"Caption {n} of 4_a.jpg ." for n in range(3))
    assert ("3_a.jpg", "not a picture in a format that is read (JPEG, PNG, WebP, TIFF …)") in made.skipped


def test_splits_share_a_store(folder, monkeypatch, tmp_path):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    made = [prepared(datasets.load("flickr8k", split=split), Preparation(16)) for split in ("train", "test", "all")]
    assert len({data.images.arrays.store.folder for data in made}) == 1
    assert len(made[0].images.arrays.store.files) == 5


@pytest.mark.parametrize("name", [TOKENS, LISTS["train"]])
def test_text_that_is_not_utf8(folder, name):
    (folder / name).write_bytes(b"0_a.jpg#0\tni\xf1o\n")
    with pytest.raises(DatasetError, match=f"{name} is not UTF-8 text"):
        datasets.load("flickr8k")


def test_missing_list_and_needless_argument(folder):
    with pytest.raises(DatasetError, match="takes no argument"):
        datasets.load("flickr8k:x")
    (folder / LISTS["test"]).unlink()
    with pytest.raises(DatasetError, match=r"Flickr_8k\.testImages\.txt is missing"):
        datasets.load("flickr8k")


@pytest.mark.parametrize("photos", ["Flicker8k_Dataset", "Flickr8k_Dataset", "Images"])
def test_folders_of_the_archives(folder, photos):
    before = datasets.load("flickr8k")
    size = before.images[0].size
    (folder / "images").rename(folder / photos)
    (folder / "Flickr8k_text").mkdir()
    for file in folder.glob("*.txt"):
        file.rename(folder / "Flickr8k_text" / file.name)
    data = datasets.load("flickr8k")
    assert (data.image_ids, data.captions, data.revision) == (before.image_ids, before.captions, before.revision)
    assert data.images[0].size == size


@pytest.mark.parametrize("name", [TOKENS, LISTS["validation"]])
def test_a_pipe_is_not_waited_for(folder, name):
    (folder / name).unlink()
    os.mkfifo(folder / name)
    with pytest.raises(DatasetError, match=rf"{name}: it is no regular file"):
        datasets.load("flickr8k")
