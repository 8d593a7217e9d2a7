"""Counts of unmatched cosines by image, text and bin against loops over all pairs."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmgap.metrics.cosine_counts import cosine_counts, nice_step
from mmgap.metrics.pass_cross import cross
from mmgap.metrics.relevance import relevance_of


def made(seed, images, each, d=5):
    rng = np.random.default_rng(seed)
    owner = rng.permutation(np.repeat(np.arange(images), each))
    x, y = rng.normal(size=(images, d)), rng.normal(size=(len(owner), d))
    x, y = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x, y))
    return x, y, relevance_of(None, images, len(y), owner)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), images=st.integers(2, 25), each=st.integers(1, 3), bins=st.sampled_from((7, 60)))
def test_counts_are_those_of_a_loop(seed, images, each, bins):
    x, y, relation = made(seed, images, each)
    found = cosine_counts(cross(torch.from_numpy(x), torch.from_numpy(y), relation), bins)
    scores = x @ y.T
    np.testing.assert_allclose(found.matched, [scores[relation.owner[j], j] for j in range(len(y))])
    for edge in range(len(found.edges)):
        above = scores >= found.edges[edge]
        above[relation.owner, np.arange(len(y))] = False
        assert found.of_image[:, edge:].sum(axis=1).tolist() == above.sum(axis=1).tolist()
        assert found.of_text[:, edge:].sum(axis=1).tolist() == above.sum(axis=0).tolist()
    assert found.edges[0] <= scores.min()
    assert scores.max() < found.edges[-1] + 1e-12


def test_what_is_relevant_beside_own_pairs_is_in_neither():
    x = np.eye(4)
    relation = relevance_of((["a", "a", "b", "c"], ["a", "a", "b", "c"]), 4, 4, np.arange(4))
    found = cosine_counts(cross(torch.from_numpy(x), torch.from_numpy(x), relation))
    assert len(found.matched) == 4
    assert found.of_image.sum() == 16 - 6
    assert found.of_image.sum(axis=1).tolist() == [2, 2, 3, 3]


def test_parts_and_large_sets_say_the_same(monkeypatch):
    x, y, relation = made(1, 60, 2)
    crossed = cross(torch.from_numpy(x), torch.from_numpy(y), relation)
    whole = cosine_counts(crossed)
    monkeypatch.setattr("mmgap.metrics.cosine_counts._CHUNK_ELEMENTS", 500)
    parts = cosine_counts(crossed)
    np.testing.assert_array_equal(whole.of_image, parts.of_image)
    np.testing.assert_array_equal(whole.of_text, parts.of_text)


def test_edges_are_round_and_thresholds_stand_on_them():
    x, y, relation = made(2, 40, 1)
    found = cosine_counts(cross(torch.from_numpy(x), torch.from_numpy(y), relation))
    assert found.step == 0.005
    assert 0.25 in found.edges.tolist()
    assert found.edges[found.place(0.25)] == 0.25
    assert found.place(-2) == 0
    assert found.place(2) == len(found.edges) - 1


def test_a_narrow_cone_has_narrow_bins():
    rng = np.random.default_rng(0)
    x = 1 + 1e-3 * rng.normal(size=(30, 64))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    found = cosine_counts(cross(torch.from_numpy(x), torch.from_numpy(x), relevance_of(None, 30, 30)))
    assert found.step < 1e-7 * 100
    assert (found.of_image.sum(axis=0) > 0).sum() > 1


def test_all_relevant_is_refused():
    relation = relevance_of((["a", "a"], ["a", "a"]), 2, 2, np.arange(2))
    with pytest.raises(ValueError, match="no pair is unmatched"):
        cosine_counts(cross(torch.eye(2).double(), torch.eye(2).double(), relation))


@pytest.mark.parametrize(("width", "step"), [(0.0011, 0.002), (0.002, 0.002), (0.0049, 0.005), (0.006, 0.01), (3, 0.5)])
def test_steps_are_one_two_or_five(width, step):
    assert nice_step(width) == step
