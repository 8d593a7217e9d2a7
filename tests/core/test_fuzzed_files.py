"""Flipped, cut, spliced and rewritten files of the cache and of stores: made again with a warning, never used."""

import random
import warnings

import numpy as np
import pytest
from PIL import Image

from mmgap.core.cache import Cache, CacheWarning
from mmgap.datasets import Dataset
from mmgap.datasets.images import ImageFiles
from mmgap.datasets.preparing import prepared
from mmgap.datasets.resizing import Preparation
from mmgap.encoders import weights
from tests.support import mutated_files

KEY = {"encoder": "a", "made": {"by": ["mmgap", 1, None]}}


def quietly(read):
    """What is read, and whether a `CacheWarning` told of damage; no other warning and no error may come."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = read()
    assert {w.category for w in caught} <= {CacheWarning}
    assert all("damaged" in str(w.message) and "\n" not in str(w.message) for w in caught)
    return found, bool(caught)


@pytest.mark.parametrize("suffix", [".json", ".safetensors"])
def test_a_cache_entry(tmp_path, suffix):
    cache, wanted = Cache(tmp_path), np.arange(12, dtype=np.float32).reshape(3, 4)
    build = lambda: {"vectors": wanted}  # noqa: E731
    cache.arrays("vectors", KEY, build)
    file = cache.path("vectors", KEY).with_suffix(suffix)
    content, damaged = file.read_bytes(), 0
    for mutated in mutated_files.of(content, random.Random(suffix), 200):
        file.write_bytes(mutated)
        found, told = quietly(lambda: cache.arrays("vectors", KEY, build)["vectors"])
        np.testing.assert_array_equal(found, wanted)
        damaged += told
        assert not quietly(lambda: cache.arrays("vectors", KEY, build))[1]
        file.write_bytes(content)
    assert damaged > 120


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    files = []
    for k in range(4):
        files.append(str(tmp_path / f"{k}.png"))
        Image.fromarray(np.random.default_rng(k).integers(0, 255, (20, 20, 3), dtype=np.uint8)).save(files[-1])
    (tmp_path / "9.png").write_bytes(b"no picture")
    files.append(str(tmp_path / "9.png"))
    ids = tuple("abcde")
    return Dataset("made-up", "test", "0", ids, ImageFiles(tuple(files)), ids, np.arange(5))


@pytest.mark.parametrize("name", ["images.npy", "rows.npy", "manifest.json", "made-up-*.json"])
def test_a_store(data, name):
    first = prepared(data, Preparation(16))
    store = first.images.arrays.store
    wanted, key, skipped = list(first.images.arrays), first.fingerprint(), first.skipped
    [file] = store.folder.glob(name)
    content, damaged = file.read_bytes(), 0
    for mutated in mutated_files.of(content, random.Random(name), 60):
        file.write_bytes(mutated)

        def read():
            found = prepared(data, Preparation(16))
            return found, list(found.images.arrays)

        (found, pictures), told = quietly(read)
        np.testing.assert_array_equal(pictures, wanted)
        assert (found.fingerprint(), found.skipped) == (key, skipped)
        damaged += told
    assert damaged > 20


def test_a_kept_hash(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    large = tmp_path / "model.safetensors"
    large.write_bytes(bytes(weights._LARGE))
    wanted = weights.file_hash(large)
    [memo] = (tmp_path / "cache" / "hashes").iterdir()
    for mutated in mutated_files.of(memo.read_bytes(), random.Random(5), 60):
        memo.write_bytes(mutated)
        assert quietly(lambda: weights.file_hash(large))[0] == wanted
