from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmgap.metrics import probes
from mmgap.metrics.probes import consistency_k, knn_accuracy, linear_probe
from tests.support.made_vectors import random_unit


def slow_vote(query, bank, labels, k, leave_out=None):
    order = [j for j in sorted(range(len(bank)), key=lambda j: -np.dot(query, bank[j])) if j != leave_out][:k]
    votes = Counter(labels[j] for j in order)
    tied = {label for label, count in votes.items() if count == max(votes.values())}
    return next(labels[j] for j in order if labels[j] in tied)


@pytest.fixture
def blobs():
    rng = np.random.default_rng(0)
    centres = random_unit(rng, 4, 8) * 1.2
    labels = rng.integers(0, 4, 120)
    x = rng.normal(size=(120, 8)) * 0.5 + centres[labels]
    return x / np.linalg.norm(x, axis=1, keepdims=True), labels, random_unit(rng, 4, 8) * 0.3 + centres


@given(n=st.integers(1, 25), m=st.integers(1, 10), k=st.integers(1, 8), seed=st.integers(0, 999))
def test_knn_equals_the_slow_vote(n, m, k, seed):
    rng = np.random.default_rng(seed)
    train, test = random_unit(rng, n, 3), random_unit(rng, m, 3)
    labels, expected = rng.integers(0, 3, n), rng.integers(0, 3, m)
    if k > n:
        with pytest.raises(ValueError, match="k must be between"):
            knn_accuracy(train, labels, test, expected, k=k)
        return
    slow = np.mean([slow_vote(q, train, labels, k) == e for q, e in zip(test, expected, strict=True)])
    assert knn_accuracy(train, labels, test, expected, k=k) == pytest.approx(slow)


@pytest.mark.parametrize("k", [1, 3, 4, 10])
@pytest.mark.parametrize("tile", [7, 1024])
def test_consistency_equals_the_slow_vote(blobs, k, tile, monkeypatch):
    monkeypatch.setattr(probes, "_TILE", tile)
    x, labels, texts = blobs
    texts = texts / np.linalg.norm(texts, axis=1, keepdims=True)
    zero_shot = [int(np.argmax([np.dot(v, t) for t in texts])) for v in x]
    slow = np.mean([slow_vote(x[i], x, labels, k, leave_out=i) == zero_shot[i] for i in range(120)])
    assert consistency_k(x, texts, labels, k=k) == pytest.approx(slow)
    held = np.mean([slow_vote(x[i], x[40:], labels[40:], k) == zero_shot[i] for i in range(40)])
    assert consistency_k(x[:40], texts, labels[40:], k=k, bank=x[40:]) == pytest.approx(held)


def test_ties_go_to_the_nearest():
    bank = np.array([[1.0, 0.0], [0.96, 0.28], [0.8, 0.6], [0.6, 0.8]])
    assert knn_accuracy(bank, ["far", "near", "near", "far"], bank[:1], ["far"], k=4) == 1


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_any_float_type(blobs, dtype):
    x, labels, _ = blobs
    narrow = torch.from_numpy(x).to(dtype)
    wide = narrow.double().numpy()
    expected = np.mean([slow_vote(wide[i], wide[60:], labels[60:], 5) == labels[i] for i in range(60)])
    assert knn_accuracy(narrow[60:], labels[60:], narrow[:60], labels[:60], k=5) == pytest.approx(expected)
    assert linear_probe(narrow[60:], labels[60:], narrow[:60], labels[:60]) > 0.6


def test_linear_probe_learns_names_and_ignores_scale_and_offset(blobs):
    x, labels, _ = blobs
    names = np.array(["ant", "bee", "cat", "dog"])[labels]
    accuracy = linear_probe(x[:80], names[:80], x[80:], names[80:])
    assert 0.6 < accuracy <= 1
    assert linear_probe(5 * x[:80] + 2, names[:80], 5 * x[80:] + 2, names[80:]) == accuracy
    weak = linear_probe(x[:80], names[:80], x[80:], names[80:], regularisation=1e-9)
    assert weak < accuracy
    assert linear_probe(x[:80], names[:80], x[80:], ["newt"] * 40) == 0


def test_refusals(blobs):
    x, labels, texts = blobs
    texts = texts / np.linalg.norm(texts, axis=1, keepdims=True)
    with pytest.raises(ValueError, match="120 labels"):
        linear_probe(x, labels[1:], x, labels)
    with pytest.raises(ValueError, match="at least 2 classes"):
        linear_probe(x, np.zeros(120), x, labels)
    with pytest.raises(ValueError, match="train has 8 dimensions, test 3"):
        knn_accuracy(x, labels, np.eye(3), [0, 1, 2])
    with pytest.raises(ValueError, match="norm"):
        knn_accuracy(2 * x, labels, x, labels)
    with pytest.raises(ValueError, match=r"integers in \[0, 3\)"):
        consistency_k(x, texts[:3], labels)
    with pytest.raises(ValueError, match="integers"):
        consistency_k(x, texts, labels.astype(float))
    with pytest.raises(ValueError, match="between 1 and the 119"):
        consistency_k(x, texts, labels, k=120)
    assert 0 <= knn_accuracy(2 * x, labels, x, labels, raw=True) <= 1


def test_vectors_of_two_precisions():
    bank, queries = np.eye(3), np.eye(3, dtype=np.float32)[[2, 0]]
    assert knn_accuracy(bank, ["a", "b", "c"], queries, ["c", "a"], k=1) == 1
