"""Preparing that is killed goes on where it stopped, and processes that want the same store make it once."""

import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from mmgap.datasets import preparing
from mmgap.datasets.images import open_rgb
from mmgap.datasets.preparing import prepare, prepared
from mmgap.datasets.resizing import Preparation
from mmgap.datasets.store import BROKEN, READY, UNSEEN, Store, StoreError
from tests.support import pictures_for_stores as pictures

SMALL = Preparation(32)
COUNT = 40

#: Prepares a folder, prints how many pictures it opened, and kills itself at number KILL.
SCRIPT = """
import glob, os, signal, sys, threading
from mmgap.datasets import preparing
from mmgap.datasets.resizing import Preparation
from mmgap.datasets.store import Store

folder, root, kill = sys.argv[1], sys.argv[2], int(sys.argv[3])
lock, opened, really = threading.Lock(), [], preparing.open_rgb

def counted(path):
    with lock:
        opened.append(path)
        if len(opened) == kill:
            os.kill(os.getpid(), signal.SIGKILL)
    return really(path)

preparing.open_rgb = counted
from pathlib import Path
preparing.prepare(Store.of(glob.glob(folder + "/*.png"), Preparation(32), "made-up", Path(root)), workers=2)
print(len(opened))
"""


def start(folder, root, kill=0):
    arguments = [sys.executable, "-c", SCRIPT, str(folder), str(root), str(kill)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def files(tmp_path):
    files = pictures.draw(tmp_path / "photos", COUNT)
    (tmp_path / "photos" / "7.png").write_bytes(b"no picture")
    return files


@pytest.fixture
def opened(monkeypatch):
    """Paths that this process opens."""
    seen, lock = [], threading.Lock()

    def counted(path):
        with lock:
            seen.append(path)
        return open_rgb(path)

    monkeypatch.setattr(preparing, "open_rgb", counted)
    return seen


@pytest.mark.parametrize("kill", [1, 25])
def test_killed_and_taken_up_again(files, tmp_path, opened, kill):
    killed = start(tmp_path / "photos", tmp_path / "cache", kill)
    killed.communicate(timeout=300)
    assert killed.returncode == -9
    store = Store.of(files, SMALL, "made-up", tmp_path / "cache")
    assert not store.finished
    states = np.load(store.rows_file)["state"]
    done = {store.files[row] for row in np.flatnonzero(states == READY)}
    assert max(0, kill - 4) <= len(done) < kill
    prepare(store)
    assert set(opened) == set(files) - done
    assert len(opened) == COUNT - len(done)
    whole = prepare(Store.of(files, SMALL, "made-up", tmp_path / "another"))
    np.testing.assert_array_equal(np.load(store.images_file), np.load(whole.images_file))
    np.testing.assert_array_equal(np.load(store.rows_file), np.load(whole.rows_file))
    first, second = (json.loads(s.manifest_file.read_text()) for s in (store, whole))
    for manifest in (first, second):
        del manifest["seconds"], manifest["created"], manifest["sha256"]
    assert first == second
    assert list(store.broken) == [files[7]]
    assert (np.load(store.rows_file)["state"] == BROKEN).sum() == 1


def test_what_lies_ready_is_not_opened_again(files, tmp_path, opened, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path))
    data = pictures.dataset(files)
    prepared(data, SMALL)
    assert len(opened) == COUNT
    assert prepared(data, SMALL).skipped == (
        ("7.png", "not a picture in a format that is read (JPEG, PNG, WebP, TIFF …)"),
    )
    assert len(opened) == COUNT


def unfinished(files, tmp_path):
    store = prepare(Store.of(files, SMALL, "made-up", tmp_path))
    store.manifest_file.unlink()
    return Store.of(files, SMALL, "made-up", tmp_path)


def test_a_row_that_a_kill_tore_is_made_again(files, tmp_path, opened):
    store = unfinished(files, tmp_path)
    np.lib.format.open_memmap(store.images_file, mode="r+")[5, 16:] = 0
    np.lib.format.open_memmap(store.rows_file, mode="r+")["state"][9] = UNSEEN
    opened.clear()
    prepare(store)
    assert sorted(opened) == sorted([store.files[5], store.files[9], files[7]])
    np.testing.assert_array_equal(store.read(5), SMALL(open_rgb(store.files[5])))


@pytest.mark.parametrize("name", ["images.npy", "rows.npy"])
@pytest.mark.parametrize("keep", [0, 60, 3000, None])
def test_files_of_an_unfinished_store_that_were_cut(files, tmp_path, name, keep):
    store = unfinished(files, tmp_path)
    file = store.folder / name
    content = file.read_bytes()[:keep]
    file.unlink()
    if keep is not None:
        file.write_bytes(content)
    prepare(store)
    for row, path in enumerate(store.files):
        if path != files[7]:
            np.testing.assert_array_equal(store.read(row), SMALL(open_rgb(path)))


def test_processes_that_want_the_same_store_make_it_once(files, tmp_path):
    several = [start(tmp_path / "photos", tmp_path / "cache") for _ in range(3)]
    told = [process.communicate(timeout=300) for process in several]
    assert [process.returncode for process in several] == [0, 0, 0], told
    assert sorted(int(out) for out, _ in told) == [0, 0, COUNT]


def test_threads_that_want_the_same_store_make_it_once(files, tmp_path, opened, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path))
    parts = [pictures.dataset(files[k : k + 20], tuple(files), split=f"s{k}") for k in range(0, 20, 5)]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda data: prepared(data, SMALL, workers=2), parts))
    assert len(opened) == COUNT
    for data in made:
        for identifier, picture in zip(data.image_ids, data.images.arrays, strict=True):
            np.testing.assert_array_equal(picture, SMALL(open_rgb(tmp_path / "photos" / identifier)))


def test_an_error_of_our_own_is_not_taken_for_a_broken_picture(files, tmp_path, monkeypatch):
    def wrong(self, image):
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(Preparation, "__call__", wrong)
        with pytest.raises(ZeroDivisionError):
            prepare(Store.of(files, SMALL, "made-up", tmp_path))
    store = Store.of(files, SMALL, "made-up", tmp_path)
    with pytest.raises(StoreError, match="cannot be read"):
        store.broken  # noqa: B018
    assert len(prepare(Store.of(files, SMALL, "made-up", tmp_path)).broken) == 1
