"""R@1 from spoiled vectors against slow loops, and the share of other wordings that find the image too."""

import builtins

import numpy as np
import pytest

from mmgap.core.faiss_library import NoFaissError
from mmgap.evaluation.robustness import KINDS, spoiled_recalls, wording
from mmgap.evaluation.spoiled_vectors import code_bits, eight_bits, noisy, product_codes, signs
from mmgap.metrics.relevance import relevance_of
from tests.support.made_vectors import random_unit

pytestmark = pytest.mark.usefixtures("one_thread")


def pairs(n=60, d=16, noise=0.8, seed=0):
    rng = np.random.default_rng(seed)
    x = random_unit(rng, n, d, shift=0.3)
    y = x + noise * random_unit(rng, n, d) + 0.3
    return x, y / np.linalg.norm(y, axis=1, keepdims=True)


def slow(queries, gallery):
    """R@1 of row i's own item, ties shared out."""
    scores = queries.astype(np.float64) @ gallery.T.astype(np.float64)
    total = 0.0
    for i, row in enumerate(scores):
        ties = int((np.abs(row - row[i]) < 1e-6).sum())
        total += 0.0 if (row > row[i] + 1e-6).any() else 1 / ties
    return total / len(scores)


def test_each_way_of_spoiling_is_what_a_slow_loop_gives():
    x, y = pairs()
    train = pairs(n=400, seed=1)
    found, omitted = spoiled_recalls(x, y, relevance_of(None, 60, 60), train, draws=2)
    assert not omitted
    assert set(found) == {f"{way}_r1_own_{kind}" for way in ("t2i", "i2t") for kind in KINDS}
    coders = {"int8": (eight_bits(train[0]), eight_bits(train[1])), "pq": tuple(map(product_codes, train))}
    for kind, (images, texts) in coders.items():
        assert found[f"t2i_r1_own_{kind}"].hits.mean() == pytest.approx(slow(y, images(x)))
        assert found[f"i2t_r1_own_{kind}"].hits.mean() == pytest.approx(slow(x, texts(y)))
    assert found["t2i_r1_own_binary"].hits.mean() == pytest.approx(slow(np.sign(y), np.sign(x)))
    drawn = []
    for seed in range(2):
        spoil = noisy(0.5, seed)
        drawn.append(slow(spoil(y.astype(np.float32)), spoil(x.astype(np.float32))))
    assert found["t2i_r1_own_noise"].hits.mean() == pytest.approx(np.mean(drawn))


def test_what_is_spoiled_more_finds_less():
    x, y = pairs(n=300)
    relation, train = relevance_of(None, 300, 300), pairs(n=400, seed=1)
    plain = slow(y, x)
    found, _ = spoiled_recalls(x, y, relation, train, sigma=1.0)
    recalls = {kind: found[f"t2i_r1_own_{kind}"].hits.mean() for kind in KINDS}
    assert abs(recalls["int8"] - plain) < 0.02
    assert max(recalls[kind] for kind in ("noise", "binary", "pq")) < plain
    interval = found["t2i_r1_own_binary"].interval("t2i", relation.clusters)
    assert interval.low < recalls["binary"] == interval.value < interval.high


class Biased:
    """A scorer that takes more off the first images."""

    def extended(self, queries, gallery, by):
        return (
            np.concatenate([queries, np.ones((len(queries), 1))], axis=1),
            np.concatenate([gallery, -np.linspace(0.3, 0, len(gallery))[:, None]], axis=1),
        )


def test_what_a_scorer_adds_stays_exact_and_sign_bits_have_no_place_for_it():
    x, y = pairs()
    train = pairs(n=400, seed=1)
    found, omitted = spoiled_recalls(x, y, relevance_of(None, 60, 60), train, scorer=Biased())
    assert {name.rpartition("_")[2] for name in omitted} == {"binary"}
    q, g = Biased().extended(y, eight_bits(train[0])(x), "text")
    assert found["t2i_r1_own_int8"].hits.mean() == pytest.approx(slow(q, g))


def test_quantisers_need_train_and_enough_of_it():
    x, y = pairs()
    relation = relevance_of(None, 60, 60)
    assert "no train split" in spoiled_recalls(x, y, relation, None)[1]["i2t_r1_own_int8"]
    omitted = spoiled_recalls(x, y, relation, (x, y))[1]
    assert set(omitted) == {"t2i_r1_own_pq", "i2t_r1_own_pq"}
    assert "160 vectors" in omitted["t2i_r1_own_pq"]
    assert [code_bits(n) for n in (160, 319, 320, 2560, 10**6)] == [4, 4, 5, 8, 8]


def test_a_width_that_eight_does_not_divide_is_coded_all_the_same():
    x, _ = pairs(n=300, d=13)
    coded = product_codes(x)(x)
    assert coded.shape == x.shape
    assert np.linalg.norm(coded - x, axis=1).mean() < 0.9


def test_without_faiss_one_line_names_the_extra(monkeypatch):
    imported = builtins.__import__

    def without(name, *rest):
        if name == "faiss":
            raise ImportError(name)
        return imported(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(NoFaissError, match=r"pip install 'mmgap\[index\]'"):
        eight_bits(np.eye(3))


def test_sign_bits_order_as_hamming_distances_do():
    x, y = pairs(n=20, d=12)
    hamming = ((x[:, None] > 0) != (y[None] > 0)).sum(axis=2)
    assert np.allclose(signs(x) @ signs(y).T, 1 - 2 * hamming / 12, atol=1e-6)


def test_other_wordings_are_what_a_slow_loop_over_pairs_of_captions_gives():
    rng = np.random.default_rng(0)
    owner = np.sort(rng.integers(0, 40, size=120))
    hits = (rng.random(120) < 0.6).astype(float)
    top = bottom = 0.0
    several = [a for a in range(120) if (owner == owner[a]).sum() > 1]
    for a in several:
        others = [b for b in several if owner[b] == owner[a] and b != a]
        top += hits[a] * sum(hits[b] for b in others) / len(others)
        bottom += hits[a]
    value, items = wording(hits, owner, np.arange(40))
    assert value.value == pytest.approx(top / bottom)
    assert items.mean() == pytest.approx(value.value)
    assert len(items) == len(several)
    assert value.low < value.value < value.high


def test_intervals_of_other_wordings_hold_the_truth():
    """Captions of one image hit independently of each other at the image's own rate."""
    covered = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        rate = np.repeat(rng.beta(2, 1, size=80), 5)
        found, _ = wording((rng.random(400) < rate).astype(float), np.repeat(np.arange(80), 5), np.arange(80))
        covered += found.low <= (1 / 2) / (2 / 3) <= found.high  # E[rate²]/E[rate]
    assert covered >= 184


def test_other_wordings_need_a_second_caption_and_a_hit():
    with pytest.raises(ValueError, match="--captions all"):
        wording(np.ones(3), np.arange(3), np.arange(3))
    with pytest.raises(ValueError, match="no caption finds its image"):
        wording(np.zeros(4), np.array([0, 0, 1, 1]), np.arange(2))
