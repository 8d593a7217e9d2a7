"""One's own folder, in each layout and with the names that people give, as prepared pictures."""

import json
import logging
import os
import shutil
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from mmgap import datasets
from mmgap.datasets import DatasetError
from mmgap.datasets.images import ImageFileError, ImageFiles, open_rgb
from mmgap.datasets.preparing import prepared, screened
from mmgap.datasets.resizing import Preparation
from mmgap.harness.cell_inputs import CellInputs
from mmgap.harness.neighbours import Neighbours
from mmgap.rows.cell import Cell
from tests.support import made_up_copies
from tests.support import pictures_for_stores as pictures

FILES = ("Vögel/Grün und blau.JPG", "niños y niñas/año 1.PNG", "niños y niñas/b.Jpeg", "Åse/ø.WebP", "日本/猫.png")
CAPTIONS = ("ein grüner Vogel, im Baum", "unos niños", "eine Straße", "et bilde", "猫")
SMALL = Preparation(32)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "the cache, größer"))


def draw(root, form="NFC"):
    for k, name in enumerate(FILES):
        path = root / unicodedata.normalize(form, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        pictures.noise((20 + k, 14), k).save(path)
    return root


def as_csv(root, form):
    rows = [f'{name.split("/")[1]},{name.split("/")[0]},"{text}"' for name, text in zip(FILES, CAPTIONS, strict=True)]
    text = "\n".join(["filename,category,caption", *rows])
    (root / "captions.CSV").write_text(unicodedata.normalize(form, text), encoding="utf-8")


def as_list(root, form):
    pairs = zip(FILES, CAPTIONS, strict=True)
    records = [{"image": unicodedata.normalize(form, name), "caption": text} for name, text in pairs]
    (root / "metadata.json").write_text(json.dumps(records), encoding="utf-8")


def as_groups(root, form):
    groups = {}
    for name, text in zip(FILES, CAPTIONS, strict=True):
        category, file = unicodedata.normalize(form, name).split("/")
        groups.setdefault(category, []).append({"filename": file, "description": text})
    (root / "metadata.json").write_text(json.dumps(groups, ensure_ascii=False), encoding="utf-8")


@pytest.mark.parametrize("write", [as_csv, as_list, as_groups])
@pytest.mark.parametrize(("on_disk", "in_file"), [("NFC", "NFD"), ("NFD", "NFC"), ("NFD", "NFD")])
def test_layouts(tmp_path, write, on_disk, in_file):
    root = draw(tmp_path / "meine Bilder ü", on_disk)
    write(root, in_file)
    data = datasets.load(f"folder:{root}")
    made = prepared(data, SMALL)
    assert made.image_ids == data.image_ids == FILES
    assert made.captions == CAPTIONS
    assert made.categories == tuple(name.split("/")[0] for name in FILES)
    assert made.skipped == ()
    for path, array in zip(data.images.paths, made.images.arrays, strict=True):
        np.testing.assert_array_equal(array, SMALL(open_rgb(path)))
    (file,) = made.images.arrays.store.folder.glob("folder-*-test-all-*.json")
    assert [image["id"] for image in json.loads(file.read_text(encoding="utf-8"))["images"]] == list(FILES)


def test_pictures_alone_have_pictures_and_no_captions(tmp_path):
    made = prepared(datasets.load(f"folder:{draw(tmp_path / 'x')}"), SMALL)
    assert sorted(made.image_ids) == sorted(FILES)
    assert made.captions == ()
    assert len(made.images) == 5
    assert made.prompted("ein Bild von {}").captions == ()


def test_a_picture_that_only_the_decoder_refuses(tmp_path, caplog):
    root = draw(tmp_path / "x")
    as_list(root, "NFC")
    broken = root / FILES[1]
    broken.write_bytes(broken.read_bytes()[:300])
    data = datasets.load(f"folder:{root}")
    assert len(data.image_ids) == 5  # its head is sound
    with caplog.at_level(logging.WARNING):
        made = prepared(data, SMALL)
    assert made.image_ids == (FILES[0], *FILES[2:])
    assert made.captions == (CAPTIONS[0], *CAPTIONS[2:])
    assert [i for i, _ in made.skipped] == [FILES[1]]
    assert str(broken) in caplog.text
    assert screened(data).image_ids == made.image_ids
    pictures.noise().save(broken)
    assert len(prepared(datasets.load(f"folder:{root}"), SMALL).image_ids) == 5


def test_a_new_picture_is_seen(tmp_path):
    root = draw(tmp_path / "x")
    before = prepared(datasets.load(f"folder:{root}"), SMALL)
    pictures.noise((9, 9), 7).save(root / "new.png")
    after = prepared(datasets.load(f"folder:{root}"), SMALL)
    assert set(after.image_ids) - set(before.image_ids) == {"new.png"}
    assert after.fingerprint() != before.fingerprint()


def test_splits_of_a_folder_share_a_store(tmp_path):
    root = draw(tmp_path / "x")
    splits = ("train", "train", "validation", "test", "test")
    records = [{"image": f, "caption": c, "split": s} for f, c, s in zip(FILES, CAPTIONS, splits, strict=True)]
    (root / "metadata.json").write_text(json.dumps(records))
    made = [prepared(datasets.load(f"folder:{root}", split=split), SMALL) for split in datasets.SPLITS]
    assert [len(data.image_ids) for data in made] == [2, 1, 2, 5]
    assert len({data.images.arrays.store.folder for data in made}) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text on this system")
def test_names_that_are_not_utf8(tmp_path, caplog):
    """What an old archive unpacks to: bytes of Windows-1252 in a name."""
    root = tmp_path / os.fsdecode("Urlaub \xfc".encode("cp1252"))
    folder = root / os.fsdecode("V\xf6gel".encode("cp1252"))
    folder.mkdir(parents=True)
    pictures.noise((12, 12)).save(folder / os.fsdecode("gr\xfcn.PNG".encode("cp1252")))
    (folder / os.fsdecode("gr\xe4u.PNG".encode("cp1252"))).write_bytes(b"")
    (root / "metadata.csv").write_text("filename,caption\nVögel/grün.PNG,ein Vogel\nVögel/gräu.PNG,nichts\n")
    data = datasets.load(f"folder:{root}")
    assert data.image_ids == ("Vögel/grün.PNG",)
    assert data.skipped == (("Vögel/gräu.PNG", "the file is empty"),)
    made = prepared(data, SMALL)
    assert made.images[0].size == (32, 32)
    assert made.fingerprint() == prepared(data, SMALL).fingerprint()
    broken = folder / os.fsdecode("hälfte.png".encode("cp1252"))
    pictures.noise((90, 90)).save(broken)
    broken.write_bytes(broken.read_bytes()[:999])
    with (root / "metadata.csv").open("a") as stream:
        stream.write("Vögel/hälfte.png,eine Hälfte\n")
    made = prepared(datasets.load(f"folder:{root}"), SMALL)
    assert len(made.skipped) == 2
    for text in (made.name, made.image_ids, made.skipped, made.notes, caplog.text):
        json.dumps(text, ensure_ascii=False).encode()  # nothing in them that could not be written
    with pytest.raises(ImageFileError) as caught:
        open_rgb(broken)
    str(caught.value).encode()
    (root / "metadata.csv").unlink()
    assert prepared(datasets.load(f"folder:{root}"), SMALL).categories == ("Vögel",)


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text on this system")
@pytest.mark.parametrize("name", ["arasaac", "flickr8k", "coco", "openmoji"])
def test_a_stray_name_that_is_not_utf8_changes_nothing(tmp_path, monkeypatch, name):
    monkeypatch.setenv("MMGAP_DATA", str(tmp_path))
    made_up_copies.COPIES[name](tmp_path / name)
    spec = {"arasaac": "arasaac-es", "openmoji": "openmoji-en:folder"}.get(name, name)
    before = datasets.load(spec)
    place = tmp_path / name / ("val2017" if name == "coco" else "images")
    (place / os.fsdecode(b"\xf1.png")).write_bytes(b"x")
    data = datasets.load(spec)
    assert data.image_ids == before.image_ids
    assert prepared(data, SMALL).image_ids == before.image_ids


def test_links_in_a_folder(tmp_path):
    root = draw(tmp_path / "x")
    (root / "to nowhere.png").symlink_to(root / "nowhere.png")
    (root / "round.png").symlink_to(root / "round.png")
    (root / "inside.png").symlink_to(root / FILES[1])
    (root / "outside.png").symlink_to("/etc/passwd")
    data = datasets.load(f"folder:{root}")
    assert set(data.image_ids) == {*FILES, "inside.png"}
    assert set(dict(data.skipped)) == {"to nowhere.png", "round.png", "outside.png"}
    assert len(prepared(data, SMALL).images) == 6


def test_a_copy_elsewhere_is_prepared_anew_and_equal(tmp_path):
    root = draw(tmp_path / "x")
    shutil.copytree(root, tmp_path / "other" / "x")
    one, two = (prepared(datasets.load(f"folder:{r}"), SMALL) for r in (root, tmp_path / "other" / "x"))
    assert one.images.arrays.store.folder != two.images.arrays.store.folder
    assert one.fingerprint() == two.fingerprint()


def test_the_cells_dataset(tmp_path, monkeypatch):
    """Prepared as the variant says; originals where the experiment or the option wants them."""
    root = draw(tmp_path / "x")
    as_list(root, "NFC")
    neighbours = Neighbours()

    def of(constants=None, **variant):
        cell = Cell("e", encoder="tiny-random", dataset=f"folder:{root}", variant=tuple(sorted(variant.items())))
        return CellInputs(cell, constants or {}, shared=neighbours).dataset

    assert of().images.size == 224
    assert of(image_size=32, resize="pad").preparation["resize"] == "pad"
    assert of(image_size=32).images.size == 32
    assert of() is of()
    for data in (of(resize="none"), of({"images": "original"}, image_size=32)):
        assert isinstance(data.images, ImageFiles)
        assert data.preparation["resize"] == "none"
    assert of(prompt="Ein Bild: {}!").captions[1] == "Ein Bild: unos niños!"
    with pytest.raises(DatasetError, match="resize must be"):
        of(resize="stretch")
    with pytest.raises(DatasetError, match="names no splits"):
        of({"split": "train"})
    assert Path(of(captions="first").images.arrays.store.folder) == Path(of().images.arrays.store.folder)


def test_an_empty_split_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_DATA", str(tmp_path))
    made_up_copies.arasaac(tmp_path / "arasaac", count=1)
    empty = [s for s in ("train", "validation", "test") if not datasets.load("arasaac-es", split=s).image_ids]
    with pytest.raises(DatasetError, match=rf"nothing in its '{empty[0]}' split.*folder:PATH"):
        _ = CellInputs(Cell("e", encoder="tiny-random", dataset="arasaac-es"), {"split": empty[0]}).dataset
