"""What the doctor finds some rows at a time is what all rows at once give."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmgap.core import scratch_array
from mmgap.core.messages import Message
from mmgap.core.row_files import open_faulty
from mmgap.diagnosis.chosen_rows import ChosenRows, in_sizes
from mmgap.diagnosis.middle_value import middle_value
from mmgap.diagnosis.norms import NEAR, two_norms
from mmgap.diagnosis.pairing import pairing
from mmgap.diagnosis.shuffled_rows import _gathered
from mmgap.diagnosis.surveyed_rows import evenly, survey
from mmgap.diagnosis.swapped_modalities import _shared
from mmgap.diagnosis.text_order import numbers_as_text, places_as_text
from tests.support.small_blocks import shrink_blocks


@given(st.lists(st.booleans(), max_size=50), st.integers(1, 60), st.integers(1, 9))
def test_chosen_rows_are_those_of_a_mask(mask, most, size):
    rows = np.flatnonzero(np.array(mask, dtype=bool))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scratch_array, "BLOCK", 7)
        found = ChosenRows(len(mask), lambda some: np.array(mask[some], dtype=bool))
        assert len(found) == len(rows)
        assert list(found) == rows.tolist()
        assert found[:most].tolist() == rows[:most].tolist()
        assert found.evenly(most).tolist() == evenly(rows, most).tolist()
        parts = list(in_sizes(found.parts(), size))
        assert [len(part) for part in parts] == [len(rows[k : k + size]) for k in range(0, len(rows), size)]
        assert np.concatenate([np.zeros(0), *parts]).tolist() == rows.tolist()


@given(st.lists(st.floats(0, allow_nan=False, allow_infinity=False), min_size=1, max_size=60))
def test_the_median_by_counting(values):
    with np.errstate(over="ignore"):
        wanted = float(np.median(values))
    found = middle_value(lambda: iter(np.array_split(np.array(values), 4)), len(values))
    assert found == pytest.approx(wanted, rel=1e-15) or not np.isfinite(wanted)


@pytest.mark.parametrize("n", [1, 2, 9, 10, 11, 99, 101, 1234])
def test_numbers_sorted_as_text(n):
    order = sorted(range(n), key=str)
    assert numbers_as_text(np.arange(n), n).tolist() == order
    assert places_as_text(np.arange(n), n).tolist() == np.argsort(order).tolist()


@given(st.integers(2, 10**12), st.data())
def test_places_and_numbers_of_a_text_order_too_long_to_be_made(n, data):
    number = np.array([data.draw(st.integers(0, n - 1))])
    assert numbers_as_text(places_as_text(number, n), n) == number


@pytest.mark.parametrize(("n", "processes"), [(10, 3), (7, 4), (12, 4), (9, 8)])
def test_rows_gathered_from_processes(n, processes):
    order = np.concatenate([np.arange(n)[start::processes] for start in range(processes)])
    forth, back = _gathered(np.arange(n), n, processes)
    assert forth.tolist() == order.tolist()
    assert back.tolist() == np.argsort(order).tolist()


def slow_two_norms(lengths):
    """The smaller group by the definition: two means of the logarithms."""
    off = np.abs(lengths / np.median(lengths) - 1) > NEAR
    rest = lengths[~off]
    usual = np.quantile(np.abs(lengths / np.median(lengths) - 1), 0.5)
    if off.mean() < 0.5 and np.ptp(rest) / rest.mean() < 2 * NEAR and usual < NEAR / 4:
        return np.flatnonzero(off)
    logs = np.log(lengths)
    upper = logs > (logs.min() + logs.max()) / 2
    for _ in range(30):
        moved = logs > (logs[~upper].mean() + logs[upper].mean()) / 2
        if (moved == upper).all():
            break
        upper = moved
    fewer = upper if 2 * upper.sum() <= len(logs) else ~upper
    apart = logs[upper].mean() - logs[~upper].mean()
    spread = np.sqrt((logs[upper].var() + logs[~upper].var()) / 2)
    return np.flatnonzero(fewer) if apart > 7 * spread and fewer.sum() >= max(3, 0.01 * len(logs)) else fewer[:0]


@pytest.mark.parametrize("kind", ["one", "constant", "both", "few", "half"])
def test_two_groups_of_norms(tmp_path, monkeypatch, kind):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    shrink_blocks(monkeypatch, 30)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 16))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    if kind != "constant":
        x *= rng.lognormal(0, 0.05, (400, 1))
    x[{"one": slice(0), "few": slice(3, 9), "constant": slice(5, 9), "both": slice(90, 150)}.get(kind, slice(200))] *= 9
    side = survey(x, Message("images"))
    assert list(two_norms(side)) == slow_two_norms(np.linalg.norm(x, axis=1)).tolist()


def test_what_is_known_of_rows_on_disk(tmp_path, monkeypatch):
    """Faults at the borders of blocks, copies in far blocks, several texts an image in no order."""
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    shrink_blocks(monkeypatch, 30)
    rng = np.random.default_rng(0)
    x, owner = (
        rng.normal(size=(300, 16)).astype("f4"),
        rng.permutation(np.r_[np.arange(300), rng.integers(0, 300, 300)]),
    )
    y = x[owner] + rng.normal(size=(600, 16)).astype("f4")
    x[[29, 30]], x[299], y[60], y[[3, 500, 571]], y[100:130] = np.nan, 0, np.inf, y[4], y[0]
    for name, rows in (("x", x), ("y", y), ("owner", owner)):
        np.save(tmp_path / f"{name}.npy", rows)
    there = open_faulty(f"{tmp_path}/x.npy,{tmp_path}/y.npy,{tmp_path}/owner.npy", None, tmp_path)
    for rows, stored in ((x, there.images), (y, there.texts)):
        here, found = survey(rows, Message("rows")), survey(stored, Message("rows"))
        finite = np.isfinite(rows).all(axis=1)
        np.testing.assert_array_equal(found.finite[:], finite)
        np.testing.assert_array_equal(found.norms[:], here.norms)
        wanted = [min(j for j in range(k + 1) if j == k or (rows[j] == rows[k]).all()) for k in range(len(rows))]
        assert found.equal[:].tolist() == wanted
        usable = finite & rows.any(axis=1)
        assert found.distinct == len({row.tobytes() for row in rows[usable]})
        assert found.distinct_rows[:999].tolist() == [k for k in range(len(rows)) if usable[k] and wanted[k] == k]
        assert _shared(found) == _shared(here)
    sides = survey(there.images, Message("images")), survey(there.texts, Message("texts"))
    memory = survey(x, Message("images")), survey(y, Message("texts"))
    found = pairing(*sides, scratch_array.scratch_of([owner], len(owner), np.int64))
    wanted = pairing(*memory, owner)
    np.testing.assert_array_equal(found.of_image[:], wanted.of_image)
    np.testing.assert_array_equal(found.asked, wanted.asked)
    np.testing.assert_array_equal(found.best, wanted.best)
    np.testing.assert_allclose(found.places, wanted.places, atol=1e-12)
