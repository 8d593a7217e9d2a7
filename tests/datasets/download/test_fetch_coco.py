import hashlib
import io
import json
import zipfile
from dataclasses import replace

import pytest

import mmgap.datasets.download.coco_archives as coco
from mmgap.datasets.download import FetchError, WrongContentError, download
from mmgap.datasets.download.client import Downloader
from tests.support.hostile_portal import changes, cut, html, status

PHOTOS = [f"{i:012}.jpg" for i in (139, 285, 632)]


def zipped(members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def captions(names):
    return json.dumps({"images": [{"id": i, "file_name": name} for i, name in enumerate(names)], "annotations": []})


ZIPS = {
    "annotations": zipped(
        {
            "annotations/captions_val2017.json": captions(PHOTOS),
            "annotations/captions_train2017.json": captions(["1.jpg"]),
            "annotations/instances_val2017.json": "{}",
        }
    ),
    "val": zipped({"val2017/": "", **{f"val2017/{name}": f"photo {name}" for name in PHOTOS}}),
    "train": zipped({"train2017/1.jpg": "photo 1"}),
    "karpathy": zipped({"dataset_coco.json": "{}", "dataset_flickr8k.json": "{}"}),
}


def path_of(part):
    return "/" + coco.ARCHIVES[part].path


@pytest.fixture
def bucket(portal, monkeypatch):
    """A made-up COCO of three photos, with digests that fit."""
    small = {
        part: replace(coco.ARCHIVES[part], size=len(body), sha256=hashlib.sha256(body).hexdigest())
        for part, body in ZIPS.items()
    }
    monkeypatch.setattr(coco, "ARCHIVES", small)
    monkeypatch.setenv("MMGAP_COCO_URL", portal.url)
    for part, body in ZIPS.items():
        portal.serve(path_of(part), body)
    return portal


def call(folder, **options):
    return download("coco", folder=folder, client=Downloader(rate=10_000), tell=lambda line: None, **options)


def files(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and p.name[0] != ".")


VAL = ["LICENCE.txt", "annotations/captions_val2017.json", *(f"val2017/{name}" for name in PHOTOS)]


def test_only_what_is_needed_is_unpacked_and_archives_go(bucket, tmp_path):
    found = call(tmp_path)
    assert (found.new, found.present, found.failed) == (4, 0, ())
    assert files(tmp_path) == VAL
    assert (tmp_path / "val2017" / PHOTOS[1]).read_text() == f"photo {PHOTOS[1]}"
    assert "CC BY 4.0" in (tmp_path / "LICENCE.txt").read_text()
    again = call(tmp_path)
    assert (again.new, again.present) == (0, 4)
    assert [path for path, _ in bucket.log] == [path_of("annotations"), path_of("val")]


def test_all_parts_and_archives_kept(bucket, tmp_path):
    found = call(tmp_path, parts=("karpathy", "train", "val"), keep_archives=True)
    assert found.new == 7
    archives = ["annotations_trainval2017.zip", "caption_datasets.zip", "train2017.zip", "val2017.zip"]
    more = ["annotations/captions_train2017.json", "dataset_coco.json", "train2017/1.jpg"]
    assert files(tmp_path) == sorted([*VAL, *archives, *more])
    (tmp_path / "val2017" / PHOTOS[0]).unlink()
    assert call(tmp_path).new == 1
    assert bucket.count(path_of("val")) == 1


def test_an_archive_put_there_by_hand_is_used(bucket, tmp_path):
    (tmp_path / "val2017.zip").write_bytes(ZIPS["val"])
    assert call(tmp_path).new == 4
    assert bucket.count(path_of("val")) == 0


def test_troubles_on_the_way(bucket, tmp_path):
    bucket.trouble(path_of("annotations"), status(503), cut(100), cut(50))
    bucket.trouble(path_of("val"), html, changes(etag='"other"'))
    assert call(tmp_path).failed == ()
    assert bucket.ranges(path_of("annotations")) == [None, None, "bytes=100-", "bytes=150-"]


def test_another_archive_than_the_published_one(bucket, tmp_path):
    bucket.files[path_of("val")].body = zipped({"val2017/x.jpg": "another"})
    with pytest.raises(WrongContentError, match=r"expected.*--no-verify"):
        call(tmp_path)
    body = bytearray(ZIPS["val"])
    body[40] ^= 1
    bucket.files[path_of("val")].body = bytes(body)
    with pytest.raises(WrongContentError, match="SHA-256"):
        call(tmp_path)
    assert files(tmp_path) == VAL[:2]


def test_a_mirror_with_archives_of_its_own(bucket, tmp_path):
    names = [*PHOTOS, "000000000999.jpg", "../escape.jpg"]
    bucket.files[path_of("annotations")].body = zipped({"annotations/captions_val2017.json": captions(names)})
    found = call(tmp_path, verify=False, base_url=bucket.url + "/")
    assert found.new == 4
    assert found.failed == (("000000000999.jpg", "not in the archive"),)
    bucket.files[path_of("annotations")].body = zipped({"else": ""})
    assert call(tmp_path / "b", verify=False).failed == (("captions_val2017.json", "not in the archive"),)
    bucket.files[path_of("annotations")].body = b"PK no zip"
    with pytest.raises(FetchError, match="not a zip archive"):
        call(tmp_path / "c", verify=False)


@pytest.mark.parametrize("content", ["{", "[]", '{"images": [1]}'])
def test_a_captions_file_that_is_none(bucket, tmp_path, content):
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations" / "captions_val2017.json").write_text(content)
    with pytest.raises(FetchError, match=r"is not a COCO captions file.*delete it"):
        call(tmp_path)


def test_no_room_is_said_before_anything_is_fetched(bucket, tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 10}))
    with pytest.raises(FetchError, match=r"2017\.zip \(archive and contents\) needs .* 10 Bytes are free"):
        call(tmp_path)
    assert not bucket.log
