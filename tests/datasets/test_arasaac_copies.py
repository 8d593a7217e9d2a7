"""Copies of ARASAAC under other names, by path, as a dict; labels; and every prepared language from one store."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmgap import datasets
from mmgap.core.paths import MissingDataError
from mmgap.datasets import SPLITS, DatasetError
from mmgap.datasets.arasaac_files import pictogram_files
from mmgap.datasets.preparing import prepared
from mmgap.datasets.resizing import Preparation
from tests.support import made_up_copies as copies


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_DATA", str(tmp_path))
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    copies.arasaac(tmp_path / "arasaac")
    return tmp_path / "arasaac"


def everything(spec="arasaac-es"):
    return datasets.load(spec, split="all")


@pytest.fixture
def whole(folder):
    """What the portal's own names give."""
    data = everything()
    return data.image_ids, data.captions, [image.size for image in data.images]


def same(spec="arasaac-es"):
    data = everything(spec)
    return data.image_ids, data.captions, [image.size for image in data.images]


@pytest.mark.parametrize("name", ["arasaac_es.json", "pictograms_es.json", "es.json"])
def test_other_names_of_the_list(folder, whole, name):
    (folder / "metadata_es.json").rename(folder / name)
    assert same() == whole
    (folder / "metadata_es.json").write_text("[]")
    assert everything().image_ids == ()


@pytest.mark.parametrize("spec", ["arasaac-es", "arasaac-en"])
def test_a_single_list_of_any_name_is_the_language_that_is_asked_for(folder, spec):
    (folder / "metadata_en.json").unlink()
    (folder / "metadata_es.json").rename(folder / "Mis Pictogramas.json")
    data = everything(spec)
    assert len(data.image_ids) == 60
    assert data.captions[0].endswith("palabra 0, dog")
    other = "es" if spec == "arasaac-en" else "en"
    with pytest.raises(DatasetError, match=r"metadata_..\.json is missing"):
        everything(f"{spec}:both")
    (folder / "Mis Pictogramas.json").rename(folder / f"{other}.json")
    with pytest.raises(DatasetError, match=rf"mmgap data fetch arasaac --language {spec[-2:]}"):
        everything(spec)


def test_several_lists_of_other_names_are_not_chosen_from(folder):
    (folder / "metadata_es.json").rename(folder / "a.json")
    (folder / "metadata_en.json").rename(folder / "b.json")
    with pytest.raises(DatasetError, match=r"metadata_es\.json is missing"):
        everything()


def test_a_dict_lends_its_keys(folder, whole):
    records = json.loads((folder / "metadata_es.json").read_text())
    copies.write(folder / "metadata_es.json", {str(r.pop("_id")): r for r in records} | {"x": 3})
    assert same() == whole
    assert everything().skipped == (("record 60", "no usable _id"),)


@pytest.mark.parametrize("place", ["images", "pictograms", ""])
@pytest.mark.parametrize("name", ["{}.png", "{}_500.png", "{}.PNG", "{}_2500.PNG"])
def test_other_names_of_the_pictograms(folder, whole, place, name):
    (folder / place).mkdir(exist_ok=True)
    for file in list((folder / "images").iterdir()):
        file.rename(folder / place / name.format(file.stem))
    if place != "images":
        (folder / "images").rmdir()
    assert same() == whole
    assert everything().skipped == ()


def test_of_several_sizes_the_plain_one_counts_then_the_widest(tmp_path):
    for name in ("1_300.png", "1_2500.png", "1_500.png", "2_300.png", "2.webp", "2_2500.png", "notes_1.txt", "a b.png"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "3.png").mkdir()
    files, sizes = pictogram_files(tmp_path)
    assert {i: path.name for i, path in files.items()} == {"1": "1_2500.png", "2": "2.webp"}
    assert set(sizes) == {"1_300.png", "1_2500.png", "1_500.png", "2_300.png", "2.webp", "2_2500.png", "a b.png"}


def test_a_path_of_ones_own(folder, whole, tmp_path, monkeypatch):
    own = tmp_path / "Mis pictos, años 80"
    folder.rename(own)
    for spec in (f"arasaac-es:{own}", f"arasaac-es:{own}/"):
        assert same(spec) == whole
        assert everything(spec).name == "arasaac-es"
    for spec in (f"arasaac-es:{own},keywords=first", f"arasaac-es:keywords=first,{own}"):
        data = everything(spec)
        assert data.name == "arasaac-es:keywords=first"
        assert data.captions[0] == "Una imagen de palabra 0"
    both = everything(f"arasaac-es:both,{own},keywords=first")
    assert len(both.image_ids) == 30
    assert both.name == "arasaac-es:both,keywords=first"
    monkeypatch.chdir(own)
    assert same("arasaac-es:.") == whole
    monkeypatch.chdir(tmp_path)
    own.rename(tmp_path / "pictos")
    assert same("arasaac-es:pictos") == same("arasaac-es:./pictos") == whole
    monkeypatch.setenv("HOME", str(tmp_path))
    assert same("arasaac-es:~/pictos") == whole


def test_a_path_that_is_none(folder):
    with pytest.raises(MissingDataError, match=r"arasaac: /no/where is not a folder"):
        everything("arasaac-es:/no/where,both")
    with pytest.raises(DatasetError, match="unknown option 'half'"):
        everything("arasaac-es:half,both")


def test_labels(folder):
    records = json.loads((folder / "metadata_en.json").read_text())
    records[1] |= {"categories": None, "tags": ["x", 3, None], "synsets": "02084071-n"}
    del records[2]["categories"], records[2]["tags"], records[2]["synsets"]
    copies.write(folder / "metadata_en.json", records)
    data = everything("arasaac-en")
    assert data.labels["categories"][0] == ("c0",)
    assert data.labels["tags"][:3] == (("t0", "all"), ("x",), ())
    assert data.labels["synsets"][:3] == (("00000000-n",), (), ())
    assert data.categories[:3] == ("c0", "x", None)
    chosen = data.select([2, 0])
    assert chosen.labels["tags"] == ((), ("t0", "all"))
    assert data.first_captions().labels == data.labels


def test_languages_and_splits_lie_in_one_store(folder):
    made = [
        prepared(datasets.load(spec, split=split), Preparation(16))
        for spec in ("arasaac-es", "arasaac-en", "arasaac-es:both,keywords=first")
        for split in SPLITS
    ]
    (store,) = {data.images.arrays.store.folder for data in made}
    assert store.name.startswith("arasaac-16-crop-")
    assert np.load(store / "images.npy").shape == (60, 16, 16, 3)
    assert len(list(store.glob("arasaac-*.json"))) == 12
    spanish, english = made[11], made[7]
    assert spanish.image_ids == english.image_ids
    assert spanish.fingerprint("image") == english.fingerprint("image")
    for identifier, image in zip(english.image_ids, english.images, strict=True):
        with Image.open(folder / "images" / f"{identifier}.png") as original:
            assert image.getpixel((8, 8)) == original.getpixel((8, 8))


def test_a_broken_pictogram_is_left_out_of_both_languages(folder):
    Path(folder / "images" / "4.png").write_bytes(b"<html>404</html>")
    for spec, count in (("arasaac-es", 59), ("arasaac-en", 29)):
        data = prepared(everything(spec), Preparation(16))
        assert len(data.image_ids) == len(data.labels["tags"]) == count
        assert data.skipped == (("4", "not a picture in a format that is read (JPEG, PNG, WebP, TIFF …)"),)
