"""Cut into blocks of a few rows, with borders in groups of captions, copies and shards, numbers are those of memory."""

from __future__ import annotations

import numpy as np
import pytest

from mmgap.evaluation.measuring import measure_all
from mmgap.evaluation.streaming import streamed_answers
from mmgap.evaluation.streaming.sampled_measure import measure_sampled
from mmgap.evaluation.streaming.stored_spaces import stored_pairs
from mmgap.evaluation.streaming.streamed_measure import measure_stored
from mmgap.spaces import Pairs, parse
from tests.support.small_blocks import shrink_blocks
from tests.support.stored_pairs import made_pair, sharded, stored

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(autouse=True)
def _small_blocks(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    shrink_blocks(monkeypatch, 37)


def assert_same(found, wanted):
    assert list(found) == list(wanted)
    for key, value in found.items():
        assert value == pytest.approx(wanted[key], rel=1e-12, abs=1e-15), key


@pytest.mark.parametrize(("texts", "kind"), [(1, "f2"), (5, "f2"), (5, "f4"), (3, "f8")])
def test_measuring(tmp_path, texts, kind):
    x, y, owner = made_pair(700, texts=texts, kind=kind)
    found, wanted = measure_stored(stored(tmp_path, x, y, owner)), measure_all(x, y, owner=owner)
    assert_same(found.metrics, wanted.metrics)
    assert found.duplicates == wanted.duplicates


def test_measuring_where_most_lists_of_nearest_items_end_in_ties(tmp_path, monkeypatch):
    monkeypatch.setattr(streamed_answers, "_CROWDED", 19)
    x = np.repeat(made_pair(30)[0], 25, axis=0)
    y = x[np.random.default_rng(1).permutation(len(x))] + np.float32(0.2)
    assert_same(measure_stored(stored(tmp_path, x, y)).metrics, measure_all(x, y).metrics)


def test_a_relation_whose_owners_do_not_rise(tmp_path):
    x, y, _ = made_pair(500)
    partner = np.random.default_rng(3).permutation(500)
    pairs = np.stack([partner, np.arange(500)], axis=1)
    found = measure_stored(stored(tmp_path, x, y), relevance=pairs)
    assert_same(found.metrics, measure_all(x, y, relevance=pairs).metrics)


@pytest.mark.parametrize("texts", [1, 4])
def test_a_sample_of_all(tmp_path, texts):
    x, y, owner = made_pair(300, texts=texts)
    found, wanted = measure_sampled(stored(tmp_path, x, y, owner), 300).metrics, measure_all(x, y, owner=owner).metrics
    for key, value in found.items():
        assert value == pytest.approx(wanted[key], rel=1e-12), key


@pytest.mark.parametrize(("spec", "rel"), [("cca", 0), ("zca", 0), ("nnn:bank=200", 0), ("centre+cca", 1e-10)])
def test_fitting_with_a_fifth_held_out_of_each_rows(tmp_path, spec, rel):
    x, y, owner = made_pair(700, texts=3, kind="f8")
    sharded(tmp_path / "img_emb", "img_emb", x, (100, 101, 555))
    for name, rows in (("y", y), ("owner", owner)):
        np.save(tmp_path / f"{name}.npy", rows)
    there = stored_pairs(f"{tmp_path}/img_emb,{tmp_path}/y.npy", str(tmp_path / "owner.npy"), "train")
    here = Pairs(there.name, "train", x, y, owner)
    for mine, theirs in zip(there.fifths, here.fifths, strict=True):
        np.testing.assert_array_equal(mine.images[:], theirs.images)
        np.testing.assert_array_equal(mine.texts[:], theirs.texts)
        np.testing.assert_array_equal(mine.owner[:], theirs.owner)
    found, wanted = (parse(spec).fit(pairs) for pairs in (there, here))
    assert found.strength == wanted.strength
    for name, array in wanted.map.arrays().items():
        np.testing.assert_allclose(found.map.arrays()[name], array, rtol=rel, atol=rel)
