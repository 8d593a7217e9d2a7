"""Rows on disk answer as the array that was saved, in whatever shards, order and parts they are asked."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmgap.core.row_files import all_npy, open_rows
from mmgap.core.rows_on_disk import RowsOnDisk, WholeRowsError
from mmgap.core.stored_rows import StoredRows, npy_parts
from tests.support.stored_pairs import sharded

ROWS = np.random.default_rng(0).normal(size=(60, 3)).astype("f4")


@pytest.fixture(scope="module")
def stored():
    with tempfile.TemporaryDirectory() as folder:
        yield open_rows(str(sharded(Path(folder) / "img_emb", "img_emb", ROWS, (1, 20, 59))), "image", Path(folder))


PLACES = st.lists(st.integers(0, 59), max_size=80).map(lambda places: np.array(places, dtype=np.int64))


@given(places=PLACES)
@settings(deadline=None)
def test_any_rows_in_any_order(stored, places):
    np.testing.assert_array_equal(stored.taken(places), ROWS[places])
    np.testing.assert_array_equal(RowsOnDisk(stored)[places], ROWS[places])


@given(places=PLACES, start=st.integers(-70, 70), stop=st.integers(-70, 70), step=st.sampled_from([1, 2, -1]))
@settings(deadline=None)
def test_chosen_rows_are_sliced_as_an_array(stored, places, start, stop, step):
    rows, wanted = RowsOnDisk(stored).taken(places), ROWS[places]
    assert (len(rows), rows.shape, rows.dtype, rows.size) == (len(wanted), wanted.shape, wanted.dtype, wanted.size)
    np.testing.assert_array_equal(rows[start:stop:step], wanted[start:stop:step])
    again = np.arange(len(places))[::2]
    np.testing.assert_array_equal(rows.taken(again)[:], wanted[again])


@given(mask=st.lists(st.booleans(), min_size=60, max_size=60).map(np.array).filter(np.any))
@settings(deadline=None)
def test_kept_rows_are_those_of_a_mask(stored, mask):
    kept = stored.kept(mask)
    assert len(kept) == mask.sum()
    np.testing.assert_array_equal(kept.read(0, len(kept)), ROWS[mask])
    np.testing.assert_array_equal(RowsOnDisk(stored)[mask], ROWS[mask])


def test_near_rows_are_read_together_and_large_runs_in_pieces(stored, monkeypatch):
    monkeypatch.setattr("mmgap.core.stored_rows._TOGETHER", 12)
    places = np.arange(0, 60, 2)
    np.testing.assert_array_equal(stored.taken(places), ROWS[places])


def test_maps_go_over_what_is_read_and_readers_are_told(stored):
    told = []
    rows = RowsOnDisk(stored, tell=told.append).mapped(lambda some: some[:, :2].astype(float) * 2)
    assert (rows.shape, rows.dtype) == ((60, 2), np.float64)
    np.testing.assert_array_equal(rows[-1], ROWS[-1, :2].astype(float) * 2)
    np.testing.assert_array_equal(rows[5:9], ROWS[5:9, :2].astype(float) * 2)
    assert told[-1] == 4


@pytest.mark.parametrize(
    "whole",
    [np.asarray, np.mean, lambda rows: rows.mean(), lambda rows: np.ones(3) * rows, lambda rows: rows.T, np.isfinite],
)
def test_what_needs_all_rows_is_refused(stored, whole):
    with pytest.raises(WholeRowsError, match="--sample 100000"):
        whole(RowsOnDisk(stored))


def test_what_no_array_has_either_is_an_attribute_error(stored):
    with pytest.raises(AttributeError, match="has no 'widths'"):
        _ = RowsOnDisk(stored).widths  # type: ignore[attr-defined]


def test_formats_whose_rows_are_read_where_they_lie(tmp_path):
    np.save(tmp_path / "a.npy", ROWS)
    np.savez(tmp_path / "b.npz", images=ROWS)
    assert all_npy(str(tmp_path / "a.npy"))
    assert not all_npy(str(tmp_path / "b.npz"))
    assert len(StoredRows(npy_parts(tmp_path / "a.npy"))) == 60
