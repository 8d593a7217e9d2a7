"""ARASAAC and OpenMoji from made-up copies: every field optional, broken records named, splits that do not leak."""

import json

import pytest
from PIL import Image

from mmgap import datasets
from mmgap.core.paths import MissingDataError
from mmgap.datasets import DatasetError


def record(identifier, *keywords, **more):
    return {"_id": identifier, "keywords": [{"keyword": keyword} for keyword in keywords], **more}


ENGLISH = [
    record(10, "house", " home", "House", categories=["building"], tags=["place"]),
    record(11, "tree", tags=["plant", "nature"]),
    record(12, "house", "shed"),
    record(13, "grandma"),
]
SPANISH = [record(10, "casa"), record(11, "árbol"), record(12, "caseta"), record(14, "sol"), record(15, "casa")]


def images(folder, names):
    (folder / "images").mkdir(parents=True, exist_ok=True)
    for name in names:
        Image.new("P", (6, 6), 3).save(folder / "images" / f"{name}.png")


@pytest.fixture
def arasaac(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_DATA", str(tmp_path))
    folder = tmp_path / "arasaac"
    images(folder, range(10, 16))
    write(folder, "en", ENGLISH)
    write(folder, "es", SPANISH)
    return folder


def write(folder, language, content):
    (folder / f"metadata_{language}.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def test_captions_and_facts(arasaac):
    data = datasets.load("arasaac-en", split="all")
    assert data.image_ids == ("10", "11", "12", "13")
    assert data.captions[:2] == ("A picture of house, home", "A picture of tree")
    assert data.categories == ("building", "plant", None, None)
    assert (data.language, data.prompt) == ("en", "A picture of {}")
    assert "CC BY-NC-SA" in data.licence
    assert data.notes == data.skipped == ()
    assert data.images[0].mode == "RGB"
    assert datasets.load("arasaac-es", split="all").captions[1] == "Una imagen de árbol"


def test_dict_keyed_by_id_is_the_same_set(arasaac):
    before = datasets.load("arasaac-en", split="all")
    write(arasaac, "en", {str(r["_id"]): {"keywords": r["keywords"]} for r in ENGLISH})
    after = datasets.load("arasaac-en", split="all")
    assert after.image_ids == before.image_ids
    assert after.captions == before.captions


def test_options_for_a_fair_comparison(arasaac):
    english = datasets.load("arasaac-en:both,keywords=first", split="all")
    spanish = datasets.load("arasaac-es:keywords=first,both", split="all")
    assert english.name == "arasaac-en:both,keywords=first"
    assert english.image_ids == spanish.image_ids == ("10", "11", "12")
    assert english.captions == ("A picture of house", "A picture of tree", "A picture of house")
    assert any("both languages" in note for note in english.notes)
    assert any("first keyword" in note for note in english.notes)
    with pytest.raises(DatasetError, match="unknown option 'half'"):
        datasets.load("arasaac-en:half")


def test_a_pictogram_has_one_split_in_both_languages(arasaac):
    many = [record(100 + k, f"word {k % 50}", f"more {k}") for k in range(200)]
    write(arasaac, "en", many)
    write(arasaac, "es", [record(r["_id"], f"palabra {r['_id'] % 67}") for r in many[::2]])
    images(arasaac, range(100, 300))
    where = {}
    for spec in ("arasaac-en", "arasaac-es", "arasaac-en:both", "arasaac-es:keywords=first"):
        for split in ("train", "validation", "test"):
            for i in datasets.load(spec, split=split).image_ids:
                assert where.setdefault(i, split) == split
    assert len(where) == 200


def test_broken_records_are_named(arasaac):
    broken = [
        {"keywords": [{"keyword": "x"}]},
        "text",
        record("../up", "x"),
        record(20),
        record(21, ""),
        record(22, "x"),
    ]
    broken += [record(10, "again"), {"_id": 23, "keywords": "x"}, {"_id": 24, "keywords": [None, {"keyword": 3}]}]
    write(arasaac, "en", ENGLISH + broken)
    data = datasets.load("arasaac-en", split="all")
    assert len(data.image_ids) == 4
    assert data.skipped == (
        ("record 4", "no usable _id"),
        ("record 5", "no usable _id"),
        ("record 6", "no usable _id"),
        ("20", "no keyword"),
        ("21", "no keyword"),
        ("10", "the _id appears a second time"),
        ("23", "no keyword"),
        ("24", "no keyword"),
        ("22", "no image file"),
    )
    assert data.notes[-1].startswith("9 records left out: record 4 (no usable _id)")


def test_one_language_alone(arasaac):
    (arasaac / "metadata_es.json").unlink()
    assert len(datasets.load("arasaac-en", split="all").image_ids) == 4
    with pytest.raises(DatasetError, match=r"metadata_es\.json is missing"):
        datasets.load("arasaac-es")
    with pytest.raises(DatasetError, match=r"metadata_es\.json is missing"):
        datasets.load("arasaac-en:both")


@pytest.mark.parametrize(("content", "words"), [("{", "is not JSON"), ("3", "list of records or a dict")])
def test_unreadable_metadata(arasaac, content, words):
    (arasaac / "metadata_en.json").write_text(content)
    with pytest.raises(DatasetError, match=words):
        datasets.load("arasaac-en")


def test_without_images_nothing_is_measured(arasaac):
    for file in (arasaac / "images").iterdir():
        file.unlink()
    (arasaac / "images").rmdir()
    data = datasets.load("arasaac-en", split="all")
    assert len(data.image_ids) == 0
    assert len(data.skipped) == 4


def test_revision_holds_records_and_files(arasaac):
    revision = datasets.load("arasaac-en").revision
    assert revision == datasets.load("arasaac-es", split="train").revision
    Image.new("RGB", (60, 60), "red").save(arasaac / "images" / "10.png")
    changed = datasets.load("arasaac-en").revision
    assert changed != revision
    write(arasaac, "en", ENGLISH[:3])
    assert datasets.load("arasaac-en").revision not in (revision, changed)


@pytest.mark.parametrize("spec", ["arasaac-en", "openmoji-es:folder", "flickr8k"])
def test_absent_data_names_the_cure(tmp_path, monkeypatch, spec):
    monkeypatch.setenv("MMGAP_DATA", str(tmp_path / "none"))
    with pytest.raises(MissingDataError, match="MMGAP_DATA"):
        datasets.load(spec)


MOJI = [
    {
        "id": "1F3E0",
        "image": "images/1F3E0.png",
        "keywords_en": ["house", "home"],
        "keywords_es": ["casa"],
        "category": "T",
    },
    {"id": "1F333", "image": "images/1F333.png", "keywords_en": ["tree"], "keywords_es": ["árbol", "árbol"]},
]


@pytest.fixture
def openmoji(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_DATA", str(tmp_path))
    images(tmp_path / "openmoji", ["1F3E0", "1F333"])
    return tmp_path / "openmoji"


def test_openmoji(openmoji):
    broken = [
        3,
        {"id": "up", "image": "../x.png", "keywords_en": ["x"], "keywords_es": ["x"]},
        {"id": "mute", "image": "images/1F333.png", "keywords_en": ["x"], "keywords_es": []},
        {"id": "gone", "image": "images/gone.png", "keywords_en": ["x"], "keywords_es": ["x"]},
        MOJI[0],
    ]
    (openmoji / "metadata.json").write_text(json.dumps(MOJI + broken))
    data = datasets.load("openmoji-es:folder", split="all")
    assert data.captions == ("Una imagen de casa", "Una imagen de árbol")
    assert data.categories == ("T", None)
    assert data.skipped == (
        ("record 2", "no id"),
        ("up", "no image path inside the folder"),
        ("mute", "no es keyword"),
        ("gone", "no image file"),
        ("1F3E0", "the id appears a second time"),
    )
    assert data.images[1].mode == "RGB"
    first = datasets.load("openmoji-en:folder,keywords=first", split="all")
    assert first.captions[0] == "A picture of house"


@pytest.mark.parametrize(("content", "words"), [(None, "is missing"), ("[", "is not JSON"), ("{}", "list of records")])
def test_openmoji_metadata(openmoji, content, words):
    if content is not None:
        (openmoji / "metadata.json").write_text(content)
    with pytest.raises(DatasetError, match=words):
        datasets.load("openmoji-en:folder")
