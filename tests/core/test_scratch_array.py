"""Arrays on disk, and what is done with them some numbers at a time, are what NumPy gives of all at once."""

from __future__ import annotations

import io
import pickle
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmgap.core import disk_buckets, drawn_rows, scratch_array
from mmgap.core.disk_buckets import by_place, counts_of, first_equal
from mmgap.core.drawn_rows import held_fifth, some_of
from mmgap.core.numpy_arrays import write_npz
from mmgap.core.owned_texts import composed, kept_places, texts_of, texts_where
from mmgap.core.scratch_array import ScratchArray, gathered, scratch_of
from mmgap.core.stored_owner import stored_owner
from mmgap.core.vector_content import VectorFileError
from mmgap.core.vector_pairs import checked_owner


@pytest.fixture(autouse=True)
def _few_at_a_time(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.setattr(scratch_array, "BLOCK", 5)
    monkeypatch.setattr(scratch_array, "_NEAR", 2)
    monkeypatch.setattr(disk_buckets, "BUCKET", 7)
    monkeypatch.setattr(drawn_rows, "TOGETHER", 10)


def pieces(values):
    """Parts of unequal sizes, one of them empty."""
    return np.split(np.asarray(values), [len(values) // 3, len(values) // 3, len(values) // 2])


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=40), st.data())
def test_an_array_on_disk_answers_as_one_in_memory(values, data):
    here = np.array(values, dtype=np.int32)
    there = scratch_of(pieces(here), len(here), np.int32)
    start, stop = (data.draw(st.integers(-50, 50)) for _ in range(2))
    places = np.array(data.draw(st.lists(st.integers(0, len(values) - 1), max_size=60)), dtype=np.int64)
    np.testing.assert_array_equal(there[start:stop], here[start:stop])
    np.testing.assert_array_equal(there[places], here[places])
    assert there[-1] == here[-1]
    assert list(there) == values
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(there)), here)
    np.testing.assert_array_equal(gathered(pieces(here), len(here), np.int32, on_disk=False), here)
    assert there.cut(1)[:].tolist() == values[:1]


def test_rows_of_numbers_and_places_that_are_not_there():
    there = ScratchArray((4, 3), np.float32)
    there[1:3] = np.arange(6.0).reshape(2, 3)
    assert there[np.array([2, 0])].tolist() == [[3, 4, 5], [0, 0, 0]]
    for beyond in (np.array([0, 4]), np.array([-1, 0])):
        with pytest.raises(IndexError, match="there are"):
            there[beyond]
    stream = io.BytesIO()
    write_npz(stream, rows=there, none=ScratchArray((0, 3), np.int64))
    found = np.load(io.BytesIO(stream.getvalue()))
    np.testing.assert_array_equal(found["rows"], there[:])
    assert found["none"].shape == (0, 3)


@given(st.lists(st.one_of(st.integers(-3, 3), st.integers(-(2**63), 2**63 - 1)), min_size=1, max_size=60))
def test_the_first_of_equal_keys(keys):
    assert first_equal(pieces(np.array(keys)), len(keys))[:].tolist() == [keys.index(key) for key in keys]


@given(st.integers(1, 40), st.data())
def test_records_by_their_places(n, data):
    places = data.draw(st.lists(st.integers(0, n - 1), max_size=60))
    values, found = np.arange(len(places)), [[] for _ in range(n)]
    parts = zip(pieces(np.array(places, dtype=np.int64)), pieces(values), strict=True)
    for some, here, of in by_place(parts, len(places), n):
        assert all(some.start <= place < some.stop for place in here)
        for place, value in zip(here.tolist(), of.tolist(), strict=True):
            found[place].append(value)
    assert found == [[k for k, place in enumerate(places) if place == wanted] for wanted in range(n)]
    counts = counts_of(pieces(np.array(places, dtype=np.int64)), len(places), n)
    assert np.concatenate([some for _, some in counts]).tolist() == [places.count(place) for place in range(n)]


@settings(deadline=None)
@given(st.integers(1, 40), st.data())
def test_the_texts_of_some_images(n, data):
    owner = np.array(data.draw(st.lists(st.integers(0, n - 1), max_size=60)), dtype=np.int64)
    kept = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    there, mask = (scratch_of(pieces(some), len(some), some.dtype) for some in (owner, kept))
    texts = np.flatnonzero(kept[owner]) if len(owner) else np.zeros(0, dtype=np.int64)
    wanted = texts.tolist(), (np.cumsum(kept) - 1)[owner[texts]].tolist()
    images, places = kept_places(mask)
    assert images[:].tolist() == np.flatnonzero(kept).tolist()
    assert tuple(some[:].tolist() for some in texts_where(there, places)) == wanted
    assert tuple(some.tolist() for some in texts_of(there, np.flatnonzero(kept))) == wanted
    order = scratch_of([owner], len(owner), np.int64)
    assert composed(order, scratch_of([texts], len(texts), np.int64))[:].tolist() == owner[texts].tolist()


@pytest.mark.parametrize("n", [1, 4, 10, 11, 57])
def test_a_fifth_is_drawn_of_each_rows_by_themselves(n):
    held = np.concatenate(list(held_fifth(n)))
    for start in range(0, n, 10):
        count = min(10, n - start)
        wanted = np.random.default_rng(start).permutation(count)[: max(1, count // 5)]
        assert np.flatnonzero(held[start : start + 10]).tolist() == sorted(wanted.tolist())


def test_few_of_many_are_drawn_without_a_list_of_all():
    assert some_of(9, 4, np.random.default_rng(3)).tolist() == np.random.default_rng(3).permutation(9)[:4].tolist()
    many = some_of(10**12, 5, np.random.default_rng(3))  # a list of so many would not fit
    assert len(set(many.tolist())) == 5
    assert sorted(some_of(11, 20, np.random.default_rng(3)).tolist()) == list(range(11))


@pytest.mark.parametrize(
    ("owner", "n"),
    [
        (None, 12),
        (np.arange(12)[::-1], 12),
        (np.repeat(np.arange(4), 3).astype(np.uint8), 4),
        (None, 11),
        (np.arange(12), 11),
        (np.arange(12) - 3, 12),
        (np.arange(12) // 5 * 2, 5),
        (np.arange(11), 12),
        (np.arange(12.0), 12),
    ],
)
def test_owners_on_disk_are_those_of_memory_and_so_are_their_faults(tmp_path, owner, n):
    if owner is not None:
        np.save(tmp_path / "owner.npy", owner)
    mapped = None if owner is None else np.load(tmp_path / "owner.npy", mmap_mode="r")
    try:
        wanted = checked_owner(owner, n, 12, "x.npy,y.npy", "o.npy").tolist()
    except VectorFileError as error:
        told = re.escape(str(error))
        with pytest.raises(VectorFileError, match=f"^{told}$"):
            stored_owner(mapped, n, 12, "x.npy,y.npy", "o.npy")
    else:
        assert stored_owner(mapped, n, 12, "x.npy,y.npy", "o.npy")[:].tolist() == wanted
