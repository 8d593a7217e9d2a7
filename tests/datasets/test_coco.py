"""COCO from made-up copies: both releases and their mixtures, Karpathy's splits, what is missing or broken."""

import json

import pytest

from mmgap import datasets
from mmgap.core.paths import MissingDataError, data_dir
from mmgap.datasets import SPLITS, DatasetError
from mmgap.datasets.coco import KARPATHY
from tests.support import made_up_copies as copies


@pytest.fixture
def coco(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_DATA", str(tmp_path))
    return tmp_path / "coco"


def load(split="test", **more):
    return datasets.load("coco", split=split, **more)


@pytest.mark.parametrize("year", [2014, 2017])
def test_splits_and_captions(coco, year):
    copies.coco(coco, year)
    parts = {split: load(split) for split in SPLITS}
    assert parts["test"].image_ids == ("41", "42", "43", "44", "45")
    assert len(parts["train"].image_ids) + len(parts["validation"].image_ids) == 40
    assert 0 < len(parts["validation"].image_ids) < 15
    assert set(parts["all"].image_ids) == {str(k) for k in range(1, 46)}
    assert parts["test"].captions[:4] == ("dog 41.", "cat 41.", "tree 41.", "dog 42.")
    assert load(captions="first").captions == tuple(f"dog {k}." for k in range(41, 46))
    assert parts["test"].skipped == ()
    assert parts["test"].images[0].width == 20 + 41 % 7
    assert any("official val set" in note for note in parts["test"].notes)


@pytest.mark.parametrize("place", ["images", "images/val2017", "val2014"])
def test_photos_lie_where_they_lie(coco, place):
    copies.coco(coco)
    before = load()
    (coco / place).mkdir(parents=True, exist_ok=True)
    for file in (coco / "val2017").iterdir():
        file.rename(coco / place / file.name)
    assert load().image_ids == before.image_ids
    assert {path.rpartition("/")[0] for path in load().images.paths} == {str(coco / place)}


def test_a_photo_is_found_under_the_name_of_the_other_release(coco):
    copies.coco(coco, 2017)
    for file in (coco / "annotations").iterdir():
        file.unlink()
    entries = [copies.coco_entry(number, "val", 2014) for number in (3, 41, 99)]
    copies.write(coco / "annotations" / "captions_val2014.json", copies.coco_captions(entries))
    data = load()
    assert data.image_ids == ("3", "41")
    assert data.images.paths[1].endswith("val2017/000000000041.jpg")
    assert data.skipped == (("99", "no image file"),)


def test_numbers_are_not_guessed_from_other_names(coco):
    entries = [{"id": 1, "file_name": "mine_1.jpg"}]
    copies.write(coco / "annotations" / "captions_val.json", copies.coco_captions(entries))
    copies.photo(coco / "images" / "other_1.jpg", 1)
    assert load().skipped == (("1", "no image file"),)


def test_files_are_joined(coco):
    """Both releases at once, and a subset: a photo keeps one split, its captions count once, caption 0 is the first."""
    copies.coco(coco, 2017)
    own = [copies.coco_entry(number, "val", 2014) for number in (1, 2, 41)]
    copies.write(coco / "annotations" / "captions_val2014.json", copies.coco_captions(own))
    subset = [copies.coco_entry(number, "val" if number > 40 else "train", 2017) for number in (45, 3)]
    copies.write(coco / "annotations" / "captions_subset.json", copies.coco_captions(subset, each=4))
    data = load("all")
    assert len(data.image_ids) == len(set(data.image_ids)) == 45
    assert data.image_ids[:2] == ("45", "3")  # captions_subset.json is the first
    captions = dict(zip(data.image_ids, (data.captions[k : k + 4] for k in range(0, 8, 4)), strict=False))
    assert captions["45"] == ("dog 45.", "cat 45.", "tree 45.", "house 45.")
    assert load(captions="first", split="all").captions[:2] == ("dog 45.", "dog 3.")
    parts = [set(load(split).image_ids) for split in SPLITS[:3]]
    assert sum(map(len, parts)) == len(set.union(*parts)) == 45
    assert "3" not in parts[2]
    assert data.skipped == ()


def test_broken_records_and_missing_photos_are_named(coco):
    copies.coco(coco)
    (coco / "val2017" / "000000000042.jpg").unlink()
    file = coco / "annotations" / "captions_val2017.json"
    content = json.loads(file.read_text())
    content["images"] += [{"id": 50}, "text", {"file_name": "x.jpg"}, copies.coco_entry(51, "val", 2017)]
    copies.photo(coco / "val2017" / "000000000051.jpg", 51)
    content["annotations"] += [
        {"id": 1, "image_id": 41, "caption": "  "},
        {"id": 2, "image_id": 77, "caption": "of no image"},
        {"id": 3, "image_id": 41},
        "text",
        {"id": 10_000 - 410, "image_id": 41, "caption": "a second one under the first's id"},
        {"image_id": 41, "caption": "without \n an id"},
    ]
    copies.write(file, content)
    data = load()
    assert data.image_ids == ("41", "43", "44", "45")
    assert data.captions[3] == "without an id"
    name = file.name
    assert data.skipped == (
        *((f"{name} images[{k}]", "no id or file_name") for k in (5, 6, 7)),
        *((f"{name} annotations[{k}]", "no caption, or no such image") for k in range(15, 19)),
        (f"{name} annotations[19]", "its id belongs to another caption"),
        ("42", "no image file"),
        ("51", "no caption"),
    )
    assert data.notes[-1].startswith("10 records left out: ")


def karpathy(coco, *more):
    images = [
        {
            "cocoid": number,
            "filename": f"COCO_val2014_{number:012}.jpg",
            "filepath": "val2014",
            "split": split,
            "sentences": [{"raw": f"dog {number}.\n"}, {"raw": f"cat {number} ."}],
        }
        for number, split in ((41, "test"), (1, "train"), (2, "restval"), (42, "val"), (99, "test"))
    ]
    copies.write(coco / KARPATHY, {"images": [*images, *more], "dataset": "coco"})


@pytest.mark.parametrize("year", [2014, 2017])
def test_karpathys_splits(coco, year):
    copies.coco(coco, year)
    before = load().revision
    karpathy(coco)
    assert load().image_ids == ("41",)
    assert load().captions == ("dog 41.", "cat 41 .")
    assert load("train").image_ids == ("1", "2")
    assert load("validation").image_ids == ("42",)
    assert load("all").image_ids == ("41", "1", "2", "42")
    assert load().skipped == (("99", "no image file"),)
    assert "Karpathy" in load().notes[0]
    assert load().revision != before
    (coco / KARPATHY).rename(coco / "annotations" / KARPATHY)
    assert load().image_ids == ("41",)


def test_karpathys_file_alone_is_enough(coco):
    copies.coco(coco, 2014)
    for file in (coco / "annotations").iterdir():
        file.unlink()
    karpathy(coco)
    assert len(load("all").captions) == 8


def test_broken_records_of_karpathys_file(coco):
    copies.coco(coco, 2014)
    sound = {"cocoid": 43, "filename": "COCO_val2014_000000000043.jpg", "split": "test"}
    broken = [
        {"cocoid": 5},
        "text",
        {**sound, "sentences": [{"raw": None}]},
        {**sound, "split": "other", "sentences": []},
        {**sound, "sentences": [{"raw": " "}, {"raw": "kept"}]},
        {**sound, "cocoid": 44, "sentences": []},
    ]
    karpathy(coco, *broken)
    data = load()
    assert data.image_ids == ("41", "43")
    assert data.captions[2:] == ("kept",)
    reason = "no cocoid, filename, split or sentences"
    assert data.skipped == (
        *((f"{KARPATHY} images[{k}]", reason) for k in (5, 6, 7, 8)),
        ("99", "no image file"),
        ("44", "no caption"),
    )
    for content in ({}, {"images": None}, {"images": broken[:4]}):
        copies.write(coco / KARPATHY, content)
        with pytest.raises(DatasetError, match=r"is not Karpathy's dataset_coco\.json"):
            load()


def test_the_split_is_told_by_the_files_name_where_no_address_tells_it(coco):
    for split, number in (("train", 1), ("val", 2), ("mine", 3)):
        entries = [{"id": number, "file_name": f"{number}.jpg"}]
        copies.write(coco / "annotations" / f"captions_{split}.json", copies.coco_captions(entries))
        copies.photo(coco / "images" / f"{number}.jpg", number)
    assert set(load().image_ids) == {"2", "3"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is not JSON"),
        (b"\xff\xfe\xff", "is not JSON"),
        ("[]", "holds list, expected an object"),
        ('{"images": []}', "has not COCO's captions schema"),
        ('{"images": {}, "annotations": []}', "has not COCO's captions schema"),
    ],
)
def test_files_that_are_not_cocos(coco, content, words):
    copies.coco(coco)
    file = coco / "annotations" / "captions_val2017.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DatasetError, match=words) as caught:
        load()
    assert str(file) in str(caught.value)


def test_nothing_there_names_the_cure(coco, monkeypatch):
    with pytest.raises(MissingDataError, match="mmgap data fetch coco"):
        load()
    coco.mkdir()
    with pytest.raises(DatasetError, match=r"no captions_\*\.json in .*mmgap data fetch coco brings them"):
        load()
    with pytest.raises(DatasetError, match="coco takes no argument, got 'val'"):
        datasets.load("coco:val")


def test_without_photos_nothing_is_measured(coco):
    copies.coco(coco)
    for place in ("train2017", "val2017"):
        for file in (coco / place).iterdir():
            file.unlink()
    assert load("all").image_ids == ()
    assert len(load("all").skipped) == 45


def test_the_revision_follows_captions_and_photos(coco):
    copies.coco(coco)
    revisions = [load().revision]
    assert load("train").revision == revisions[0]
    copies.photo(coco / "val2017" / "new.jpg", 60)
    revisions.append(load().revision)
    file = coco / "annotations" / "captions_val2017.json"
    file.write_text(file.read_text().replace("dog 41", "fox 41"))
    revisions.append(load().revision)
    assert len(set(revisions)) == 3


@pytest.mark.skipif(not (data_dir() / "coco" / "images").is_dir(), reason="no coco in MMGAP_DATA")
def test_the_small_real_copy():
    data = load()
    if len(load("all").image_ids) != 213:
        pytest.skip("another copy of coco")
    assert len(data.image_ids) == 136
    assert all(count >= 5 for count in map(data.owner.tolist().count, range(136)))
    assert data.images[0].mode == "RGB"
    assert all(reason == "no image file" for _, reason in data.skipped)
    assert len(data.skipped) == 5000 - 136
