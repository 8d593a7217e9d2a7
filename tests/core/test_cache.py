import json
import multiprocessing
import os

import numpy as np
import pytest

from mmgap.core.cache import Cache, CacheError, CacheWarning, canonical_json, key_digest, write_atomic

KEY = {"encoder": "a", "modality": "image"}


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path)


def build(value=1.0):
    return lambda: {"v": np.full((3, 2), value, dtype=np.float32)}


def must_not_build():
    raise AssertionError("built again")


def test_arrays_are_built_once_and_come_back_equal(cache):
    first = cache.arrays("vectors", KEY, build())
    second = cache.arrays("vectors", KEY, must_not_build)
    np.testing.assert_array_equal(first["v"], second["v"])
    assert second["v"].dtype == np.float32


def test_refresh_builds_again(cache):
    cache.arrays("vectors", KEY, build(1.0))
    assert cache.arrays("vectors", KEY, build(2.0), refresh=True)["v"][0, 0] == 2
    assert cache.read("vectors", KEY)["v"][0, 0] == 2


def test_every_key_field_counts(cache):
    assert cache.path("vectors", KEY) != cache.path("vectors", {**KEY, "encoder": "b"})
    assert cache.path("vectors", KEY) != cache.path("vectors", {**KEY, "more": None})
    assert cache.path("vectors", KEY) == cache.path("vectors", dict(reversed(KEY.items())))


def test_the_sidecar_is_readable_and_says_the_key(cache):
    cache.arrays("vectors", KEY, build())
    sidecar = json.loads(cache.path("vectors", KEY).with_suffix(".json").read_text())
    assert sidecar["key"] == {"format": 1, **KEY}
    assert sidecar["arrays"] == {"v": ["float32", [3, 2]]}


@pytest.mark.parametrize("damage", ["flip", "truncate", "empty", "sidecar", "payload gone"])
def test_a_damaged_entry_is_named_and_rebuilt(cache, damage):
    cache.arrays("vectors", KEY, build(1.0))
    path = cache.path("vectors", KEY)
    content = path.read_bytes()
    match damage:
        case "flip":
            path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        case "truncate":
            path.write_bytes(content[:-3])
        case "empty":
            path.write_bytes(b"")
        case "sidecar":
            path.with_suffix(".json").write_text("{")
        case "payload gone":
            path.unlink()
    with pytest.warns(CacheWarning, match=path.name):
        rebuilt = cache.arrays("vectors", KEY, build(5.0))
    assert rebuilt["v"][0, 0] == 5
    assert cache.arrays("vectors", KEY, must_not_build)["v"][0, 0] == 5


def test_a_payload_without_sidecar_is_no_entry(cache):
    cache.arrays("vectors", KEY, build())
    cache.path("vectors", KEY).with_suffix(".json").unlink()
    assert cache.read("vectors", KEY) is None


def test_a_failed_build_leaves_nothing_and_frees_the_lock(cache):
    with pytest.raises(ZeroDivisionError):
        cache.arrays("vectors", KEY, lambda: {"v": np.ones(1) / (1 // 0)})
    assert cache.arrays("vectors", KEY, build())["v"].shape == (3, 2)


def test_what_cannot_be_kept_is_still_returned(tmp_path):
    (tmp_path / "vectors").write_text("a file where the folder should be")
    with pytest.warns(CacheWarning, match="cannot be used"):
        assert Cache(tmp_path).arrays("vectors", KEY, build())["v"].shape == (3, 2)


def test_a_full_disk_is_told_and_loses_nothing(cache, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mmgap.core.cache.write_atomic", full)
    with pytest.warns(CacheWarning, match="No space left"):
        assert cache.arrays("vectors", KEY, build())["v"].shape == (3, 2)


def _build_slowly(root, log):
    def slow():
        with open(log, "a") as stream:
            stream.write(f"{os.getpid()}\n")
        return build()()

    Cache(root).arrays("vectors", KEY, slow)


def test_two_processes_build_once(tmp_path):
    log = tmp_path / "log"
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_build_slowly, args=(tmp_path / "cache", log)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [w.exitcode for w in workers] == [0, 0]
    assert len(log.read_text().splitlines()) == 1


def test_an_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "f"
    write_atomic(path, b"old")

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_keys_are_canonical():
    assert canonical_json({"b": 1, "a": "ñ"}) == '{"a":"ñ","b":1}'
    assert key_digest({"a": 1, "b": 2}) == key_digest({"b": 2, "a": 1})
    with pytest.raises(ValueError):
        canonical_json(float("nan"))
    with pytest.raises(TypeError):
        canonical_json({"a": np.float32(1)})


@pytest.mark.parametrize(
    "sidecar", ["[" * 99999, '{"sha256": NaN, "key": {}}', '{"key": [], "sha256": ""}', "[]", '{"key": {}}', "\xff"]
)
def test_a_sidecar_of_any_kind_is_named_and_the_entry_rebuilt(cache, sidecar):
    cache.arrays("vectors", KEY, build(1.0))
    cache.path("vectors", KEY).with_suffix(".json").write_text(sidecar, encoding="latin-1")
    with pytest.warns(CacheWarning, match="is damaged"):
        assert cache.arrays("vectors", KEY, build(5.0))["v"][0, 0] == 5


def test_the_entry_of_another_key_is_not_taken(cache):
    cache.arrays("vectors", KEY, build(1.0))
    theirs, ours = cache.path("vectors", KEY), cache.path("vectors", {"encoder": "b"})
    ours.parent.mkdir(parents=True, exist_ok=True)
    for suffix in (".json", ".safetensors"):
        ours.with_suffix(suffix).write_bytes(theirs.with_suffix(suffix).read_bytes())
    with pytest.warns(CacheWarning, match="of another key"):
        assert cache.arrays("vectors", {"encoder": "b"}, build(5.0))["v"][0, 0] == 5


def test_no_lock_file_is_left(cache):
    for number in range(5):
        cache.arrays("vectors", {"number": number}, build())
        cache.path("vectors", {"number": number}).with_suffix(".safetensors.lock").touch()  # as a kill leaves it
        cache.arrays("vectors", {"number": number}, must_not_build)
    assert len(list(cache.root.rglob("*.safetensors"))) == 5
    assert not list(cache.root.rglob("*.lock"))


def test_what_is_there_is_read_where_nothing_can_be_written(cache, monkeypatch):
    cache.arrays("vectors", KEY, build(1.0))
    monkeypatch.setattr("mmgap.core.cache.locked", lambda path: pytest.fail("no lock is needed"))
    assert cache.arrays("vectors", KEY, must_not_build)["v"][0, 0] == 1


def test_keeping_says_where_it_cannot(cache, monkeypatch):
    cache.keep("items", KEY, build(1.0)())

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mmgap.core.cache.write_atomic", full)
    with pytest.raises(CacheError, match=r"could not be kept: No space left on device\. Make room"):
        cache.keep("items", KEY, build(2.0)())
    assert cache.read("items", KEY) is None
