"""What lies in a store, what its key holds, and what is said when it is damaged or cannot be made."""

import json
import logging
import os
import pickle
import shutil
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmgap.core import integrity
from mmgap.core.integrity import SEAL, CacheWarning, DamagedError, check_file
from mmgap.datasets.images import ImageFiles, open_rgb
from mmgap.datasets.preparing import prepare, prepared, screened
from mmgap.datasets.resizing import Preparation
from mmgap.datasets.store import READY, ROW, Store, StoreError, checksum
from mmgap.datasets.stored_images import StoredImages
from tests.support import pictures_for_stores as pictures

SMALL = Preparation(32)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def files(tmp_path):
    return pictures.draw(tmp_path / "photos")


@pytest.fixture
def made(files):
    return prepare(Store.of(files, SMALL, "made"), workers=2)


def test_one_array_that_any_program_reads(files, made):
    array = np.load(made.images_file)
    assert (array.dtype, array.shape) == (np.uint8, (5, 32, 32, 3))
    rows = np.load(made.rows_file)
    assert (rows["state"] == READY).all()
    for k, file in enumerate(files):
        np.testing.assert_array_equal(array[k], SMALL(open_rgb(file)))
        np.testing.assert_array_equal(made.read(k), array[k])
        assert rows["crc"][k] == checksum(array[k])
    manifest = json.loads(made.manifest_file.read_text())
    assert manifest["files"] == [f"{k}.png" for k in range(5)]
    assert (manifest["pictures"], manifest["broken"], manifest["preparation"]) == (5, {}, SMALL.to_dict())


def test_captions_lie_beside_their_pictures(files):
    data = pictures.dataset(
        files[1:4],
        tuple(files),
        captions=("una", "dos", "tres", "cuatro ñ"),
        owner=np.array([0, 0, 1, 2]),
        categories=("a", None, "b"),
        prompt="{}",
        notes=("A note.",),
    )
    made = prepared(data, SMALL)
    store = made.images.arrays.store
    (file,) = store.folder.glob("made-up-test-all-*.json")
    about = json.loads(file.read_text(encoding="utf-8"))
    images = about.pop("images")
    assert check_file(file)
    del about[SEAL]
    facts = {"dataset": "made-up", "split": "test", "revision": "0", "language": "en", "licence": "mine"}
    assert about == {**facts, "prompt": "{}", "notes": ["A note."]}
    assert [image["captions"] for image in images] == [["una", "dos"], ["tres"], ["cuatro ñ"]]
    assert [(image["id"], image["category"]) for image in images] == [("1.png", "a"), ("2.png", None), ("3.png", "b")]
    array = np.load(store.images_file)
    for image, path in zip(images, files[1:4], strict=True):
        np.testing.assert_array_equal(array[image["row"]], SMALL(open_rgb(path)))
    prepared(data, SMALL)
    prepared(replace(data, split="all"), SMALL)
    assert len(list(store.folder.glob("made-up-*.json"))) == 2


def test_stored_images_are_a_sequence(files):
    images = prepared(pictures.dataset(files), SMALL).images
    assert isinstance(images, StoredImages)
    assert (len(images), images.size, images[0].mode, images[-1].size) == (5, 32, "RGB", (32, 32))
    assert [np.asarray(i).tolist() for i in images[3:]] == [images.arrays[k].tolist() for k in (3, 4)]
    copy = pickle.loads(pickle.dumps(images))
    np.testing.assert_array_equal(copy.arrays[4], images.arrays[4])
    assert len(pickle.dumps(images)) < 2000
    with pytest.raises(IndexError):
        images[5]


def test_a_choice_of_pictures_stays_what_it_was(files):
    data = pictures.dataset(files, tuple(files))
    whole = prepared(data, SMALL)
    before, after = prepared(data.select([3, 1]), SMALL), whole.select([3, 1])
    assert isinstance(after.images, StoredImages)
    assert before.images.arrays.rows == after.images.arrays.rows == (3, 1)
    assert before.images.arrays.store.folder == whole.images.arrays.store.folder
    assert data.select([3, 1]).images.paths == (files[3], files[1])
    np.testing.assert_array_equal(np.asarray(after.images[0]), SMALL(open_rgb(files[3])))


def key(files, preparation=SMALL, **more):
    return Store.of(files, preparation, "x", **more).folder.name


def test_order_and_repetition_are_no_other_store(files):
    assert key(files) == key([*reversed(files), files[0]])


def change_content(file):
    """Another picture of the same size in bytes, dated as before."""
    before = os.stat(file)
    content = bytearray(Path(file).read_bytes())
    content[-20] ^= 1
    with open(file, "r+b") as stream:
        stream.write(content)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize(
    "change",
    [
        change_content,
        lambda file: os.utime(file, (1, 1)),
        lambda file: Path(file).write_bytes(Path(file).read_bytes() + b"\0"),
        lambda file: os.remove(file),
        lambda file: os.rename(file, file + ".png"),
    ],
    ids=["content", "mtime", "size", "removed", "renamed"],
)
def test_the_key_follows_the_files(files, change):
    before = key(files)
    change(files[2])
    assert key(files) != before


def test_the_key_follows_the_rest(files, tmp_path, monkeypatch):
    keys = [key(files), key(files, Preparation(33)), key(files, Preparation(32, "pad")), key(files[1:])]
    keys.append(key([*files, *pictures.draw(tmp_path / "photos" / "more", 1)]))
    monkeypatch.setattr("PIL.__version__", "99.1")
    keys.append(key(files))
    monkeypatch.setattr("mmgap.datasets.store.FORMAT", 99)
    keys.append(key(files))
    assert len(set(keys)) == len(keys)


def test_two_folders_of_equal_names_sizes_and_dates_are_two_collections(tmp_path):
    both = []
    for name, colour in (("a", "red"), ("b", "blue")):
        (tmp_path / name).mkdir()
        Image.new("RGB", (9, 9), colour).save(tmp_path / name / "1.bmp")
        os.utime(tmp_path / name / "1.bmp", (10**9, 10**9))
        both.append(prepared(pictures.dataset([str(tmp_path / name / "1.bmp")]), SMALL))
    assert [data.images[0].getpixel((5, 5)) for data in both] == [(255, 0, 0), (0, 0, 255)]
    assert both[0].fingerprint("image") != both[1].fingerprint("image")


def test_the_label_is_a_folder_name(files, tmp_path):
    store = Store.of(files, SMALL, "Mis Fotos/../" + "ñ" * 300, root=tmp_path)
    assert store.folder.parent == tmp_path
    assert len(store.folder.name) < 100


def test_splits_and_languages_share_a_store(files):
    collection = tuple(files)
    one = prepared(pictures.dataset(files[:2], collection, name="set-en"), SMALL)
    other = prepared(pictures.dataset(files[1:], collection, name="set-es", split="train"), SMALL)
    assert one.images.arrays.store.folder == other.images.arrays.store.folder
    np.testing.assert_array_equal(one.images.arrays[1], other.images.arrays[0])


def test_fingerprint_says_what_the_pictures_are(files):
    data = pictures.dataset(files)
    made = prepared(data, SMALL)
    again = prepared(data, SMALL)
    assert made.fingerprint() == again.fingerprint()
    assert made.preparation == {**SMALL.to_dict(), "content": made.preparation["content"]}
    assert made.fingerprint("text") == data.fingerprint("text")
    assert "dataset" not in made.fingerprint("image")
    same_pictures = prepared(replace(data, name="other", revision="9", split="all"), SMALL)
    assert same_pictures.fingerprint("image") == made.fingerprint("image")
    assert same_pictures.fingerprint() != made.fingerprint()
    for other in (Preparation(33), Preparation(32, "squash"), Preparation(32, "pad")):
        assert prepared(data, other).fingerprint("image") != made.fingerprint("image")
    change_content_of = pictures.noise((20, 14), 99)
    change_content_of.save(files[0])
    assert prepared(data, SMALL).fingerprint("image") != made.fingerprint("image")


def test_what_is_not_in_files_comes_back_as_it_is(files):
    drawn = pictures.dataset(files, images=[pictures.noise() for _ in files])
    assert prepared(drawn) is screened(drawn) is drawn
    nothing = pictures.dataset([])
    assert prepared(nothing) is screened(nothing) is nothing


def test_screened_keeps_the_originals(files, tmp_path):
    (tmp_path / "photos" / "1.png").write_bytes(b"text")
    data = screened(pictures.dataset(files, tuple(files)))
    assert data.image_ids == ("0.png", "2.png", "3.png", "4.png")
    assert isinstance(data.images, ImageFiles)
    assert data.images.collection == tuple(files)
    assert [image.width for image in data.images] == [20, 22, 23, 24]
    assert [i for i, _ in data.skipped] == ["1.png"]
    assert data.preparation["resize"] == "none"
    assert data.preparation["content"] == prepared(pictures.dataset(files, tuple(files))).preparation["content"]
    (tmp_path / "photos" / "1.png").unlink()
    good = pictures.dataset(files[2:])
    assert screened(good) is not good
    assert screened(good).images.paths == tuple(files[2:])


def test_no_readable_picture_at_all(tmp_path):
    for k in range(7):
        (tmp_path / f"{k}.png").write_bytes(b"")
    with pytest.raises(StoreError, match=r"none of its 7 pictures can be read.*0\.png \(the file is empty\).*2 more"):
        prepared(pictures.dataset([str(tmp_path / f"{k}.png") for k in range(7)]), SMALL)


# ----------------------------------------------------------------------------------------------------- damaged stores


def fresh(store):
    """The store as another process finds it."""
    return Store(store.folder, store.files, store.preparation)


def flip(store, row):
    np.lib.format.open_memmap(store.images_file, mode="r+")[row, 5, 5, 0] ^= 1


def test_a_damaged_row_is_made_again_from_its_file(files, made):
    wanted = made.images_file.read_bytes()
    flip(made, 3)
    store = fresh(made)
    with pytest.warns(CacheWarning, match=rf"row 3 \({files[3]}\) is damaged, and made again from its file"):
        found = store.read(3)
    np.testing.assert_array_equal(found, SMALL(open_rgb(files[3])))
    assert made.images_file.read_bytes() == wanted
    with warnings.catch_warnings(action="error"):
        fresh(made).read(3)


def test_a_damaged_row_of_somebody_else_is_read_from_its_file(files, made, monkeypatch):
    flip(made, 3)
    store, opened = fresh(made), integrity.open_npy

    def refused(path, mode="r", **options):
        if mode == "r+":
            raise DamagedError("Permission denied")
        return opened(path, mode, **options)

    monkeypatch.setattr("mmgap.datasets.store.open_npy", refused)
    with pytest.warns(CacheWarning, match=r"it cannot be put right \(Permission denied\)"):
        np.testing.assert_array_equal(store.read(3), SMALL(open_rgb(files[3])))


@pytest.mark.parametrize("change", ["gone", "another"])
def test_a_damaged_row_whose_file_is_no_longer_the_same_is_named(files, made, change):
    flip(made, 3)
    if change == "gone":
        os.unlink(files[3])
    else:
        shutil.copyfile(files[2], files[3])
    why = "its file cannot be read" if change == "gone" else "its file gives another picture"
    with pytest.raises(StoreError, match=rf"row 3 \({files[3]}\) is damaged, and {why}.*; delete {made.folder} and"):
        fresh(made).read(3)
    assert fresh(made).read(2).shape == (32, 32, 3)


def cut(file):
    file.write_bytes(file.read_bytes()[:-40])


def another_shape(store):
    np.save(store.images_file, np.zeros((5, 32, 32, 4), dtype=np.uint8))


def other_rows(store):
    np.save(store.rows_file, np.zeros(4, dtype=ROW))


def flipped(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))


DAMAGE = {
    "images cut": (lambda store: cut(store.images_file), r"images\.npy is damaged"),
    "images gone": (lambda store: store.images_file.unlink(), r"images\.npy cannot be read"),
    "images empty": (lambda store: store.images_file.write_bytes(b""), r"images\.npy is damaged"),
    "images of another shape": (another_shape, r"is uint8\(5, 32, 32, 4\), expected uint8\(5, 32, 32, 3\)"),
    "rows cut": (lambda store: cut(store.rows_file), r"rows\.npy is damaged"),
    "rows gone": (lambda store: store.rows_file.unlink(), r"rows\.npy cannot be read"),
    "rows empty": (lambda store: store.rows_file.write_bytes(b""), r"rows\.npy is damaged"),
    "rows of another store": (other_rows, r"rows\.npy is damaged"),
    "rows flipped": (lambda store: flipped(store.rows_file), r"rows\.npy is damaged"),
    "manifest cut": (lambda store: cut(store.manifest_file), r"manifest\.json is damaged"),
    "manifest empty": (lambda store: store.manifest_file.write_bytes(b""), r"manifest\.json is not JSON"),
    "manifest a list": (lambda store: store.manifest_file.write_text("[]"), r"manifest\.json is a list"),
    "manifest of another": (lambda store: store.manifest_file.write_text("{}"), r"manifest\.json lacks format"),
    "manifest too deep": (lambda store: store.manifest_file.write_text("[" * 9999), r"manifest\.json is nested"),
    "manifest flipped": (lambda store: flipped(store.manifest_file), r"manifest\.json is damaged"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_files_are_named_and_made_again(files, damage):
    data = pictures.dataset(files)
    store = prepared(data, SMALL).images.arrays.store
    wanted = [file.read_bytes() for file in (store.images_file, store.rows_file)]
    hurt, words = DAMAGE[damage]
    hurt(store)
    found = fresh(store)
    with pytest.raises(StoreError, match=words) as caught:
        found.manifest, found.checksums, found.array  # noqa: B018
    assert f"delete {store.folder} and it is made again" in str(caught.value)
    with pytest.warns(CacheWarning, match=rf"a store is damaged, and made again: .*{words}"):
        again = prepared(data, SMALL)
    assert again.images[0].size == (32, 32)
    assert [file.read_bytes() for file in (store.images_file, store.rows_file)] == wanted
    with warnings.catch_warnings(action="error"):
        prepared(data, SMALL)


def test_a_store_of_an_earlier_mmgap_is_read_as_it_is(files):
    """Its manifest has no seal and no checksum of the rows; its captions get a seal."""
    data = pictures.dataset(files)
    store = prepared(data, SMALL).images.arrays.store
    for file in store.folder.glob("*.json"):
        told = json.loads(file.read_text())
        file.write_text(json.dumps({name: value for name, value in told.items() if name not in (SEAL, "rows")}))
    before = store.manifest_file.read_bytes()
    with warnings.catch_warnings(action="error"):
        prepared(data, SMALL)
    assert store.manifest_file.read_bytes() == before
    (captions,) = store.folder.glob("made-up-*.json")
    assert check_file(captions)


def test_damaged_captions_are_written_again(files):
    data = pictures.dataset(files, captions=tuple("abcde"), owner=np.arange(5))
    store = prepared(data, SMALL).images.arrays.store
    (file,) = store.folder.glob("made-up-*.json")
    wanted = file.read_bytes()
    flipped(file)
    with pytest.warns(CacheWarning, match=r"made-up-.*json is damaged .*: it is written again"):
        prepared(data, SMALL)
    assert file.read_bytes() == wanted


# --------------------------------------------------------------------------------------------- no place to put a store


def test_too_little_room_is_said_before_work_begins(files, monkeypatch, cache):
    usage = shutil.disk_usage("/")._replace(free=10_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    big = Preparation(512)  # 4 MB
    with pytest.raises(StoreError, match=r"5 pictures needs 7\.9 MB in .* 0\.0 MB are free.*MMGAP_CACHE at a larger"):
        prepared(pictures.dataset(files), big)
    assert not list(cache.rglob("*.npy"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=8_000_000))  # a few pictures need little
    assert len(prepared(pictures.dataset(files), big).images) == 5


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="no posix_fallocate on this system")
def test_a_disk_that_fills_while_space_is_reserved(files, monkeypatch, cache):
    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "posix_fallocate", full)
        with pytest.raises(StoreError, match=r"could not be reserved.*No space left"):
            prepared(pictures.dataset(files), SMALL)
        assert not list(cache.rglob("*.npy"))
    assert len(prepared(pictures.dataset(files), SMALL).images) == 5


def test_a_cache_that_is_no_folder(files, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "file" / "below"))
    with pytest.raises(StoreError, match=r"cannot be used.*point MMGAP_CACHE at a folder of yours"):
        prepared(pictures.dataset(files), SMALL)


def test_a_cache_that_may_not_be_written(files, monkeypatch):
    def refused(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("filelock.FileLock.acquire", refused)
    with pytest.raises(StoreError, match=r"Permission denied.*point MMGAP_CACHE"):
        prepared(pictures.dataset(files), SMALL)


def test_a_finished_store_of_somebody_else_is_read(files, made, monkeypatch, caplog):
    def refused(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("filelock.FileLock.acquire", refused)
    monkeypatch.setattr("mmgap.datasets.store_captions.write_sealed_json", refused)
    with caplog.at_level(logging.WARNING):
        data = prepared(pictures.dataset(files), SMALL)
    assert data.images[0].size == (32, 32)
    assert "could not be kept: [Errno 13] Permission denied" in caplog.text


@pytest.mark.parametrize(
    "trouble", [MemoryError(), OSError(24, "Too many open files"), OSError(5, "Input/output error")]
)
def test_trouble_of_the_machine_costs_no_picture(files, monkeypatch, trouble):
    """It ends the run, and the next one reads what could not be read."""

    def troubled(path):
        if path == files[2]:
            raise trouble
        return open_rgb(path)

    monkeypatch.setattr("mmgap.datasets.preparing.open_rgb", troubled)
    with pytest.raises(type(trouble)):
        prepared(pictures.dataset(files), SMALL)
    monkeypatch.undo()
    assert len(prepared(pictures.dataset(files), SMALL).images) == len(files)


def test_trouble_of_the_machine_is_no_broken_picture(files, monkeypatch):
    def refused(*_, **__):
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("PIL.Image.open", refused)
    with pytest.raises(OSError, match="Too many open files"):
        open_rgb(files[0])
