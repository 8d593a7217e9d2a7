"""Every definition of recall against a loop written from its formula, and against the libraries that print it."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmgap.metrics.pass_cross import cross
from mmgap.metrics.recall_definitions import defined_recalls
from mmgap.metrics.relevance import relevance_of

KS = (1, 5, 10)


def slow(scores, relevant, ks=KS):
    """Of one query, by sorting: any hit, share found, R-precision, mAP@R; nothing may tie."""
    order = sorted(range(len(scores)), key=lambda item: -scores[item])
    wanted = sum(relevant)
    hit = {k: float(any(relevant[item] for item in order[:k])) for k in ks}
    share = {k: sum(relevant[item] for item in order[:k]) / wanted for k in ks}
    r_precision = sum(relevant[item] for item in order[:wanted]) / wanted
    precision = 0.0
    for place in range(1, wanted + 1):
        if relevant[order[place - 1]]:
            precision += sum(relevant[item] for item in order[:place]) / place
    return hit, share, r_precision, precision / wanted


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def made(seed, images, each, d=6):
    """Images with ``each`` texts, near them, and a few more relevant pairs."""
    rng = np.random.default_rng(seed)
    x = unit(rng.normal(size=(images, d)))
    owner = np.repeat(np.arange(images), each)
    y = unit(x[owner] + 0.8 * rng.normal(size=(len(owner), d)))
    others = np.stack([rng.integers(images, size=images), rng.integers(len(owner), size=images)], axis=1)
    pairs = np.concatenate([np.stack([owner, np.arange(len(owner))], axis=1), others])
    return x, y, relevance_of(pairs, images, len(y), owner)


def matrix(relation):
    related = np.zeros((relation.n_images, relation.n_texts), dtype=bool)
    related[tuple(relation.pairs.T)] = True
    return related


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), images=st.integers(2, 30), each=st.integers(1, 6))
def test_every_definition_is_its_slow_loop(seed, images, each):
    x, y, relation = made(seed, images, each)
    crossed = cross(torch.from_numpy(x), torch.from_numpy(y), relation)
    scores, related = x @ y.T, matrix(relation)
    for way, rows, right in (("i2t", scores, related), ("t2i", scores.T, related.T)):
        found = defined_recalls(crossed, way, KS)
        expected = [slow(row, own) for row, own in zip(rows, right, strict=True)]
        for k in KS:
            np.testing.assert_allclose(found.hits[k], [one[0][k] for one in expected])
            np.testing.assert_allclose(found.shares[k], [one[1][k] for one in expected])
        np.testing.assert_allclose(found.r_precision, [one[2] for one in expected])
        np.testing.assert_allclose(found.ap_at_r, [one[3] for one in expected])


def test_ties_count_as_the_mean_over_all_orders():
    """Six texts on three spots: every order of tied items is gone through."""
    x = np.eye(3)
    y = np.eye(3)[[0, 0, 0, 1, 1, 2]]
    pairs = np.array([[0, 0], [0, 3], [1, 1], [1, 4], [2, 2], [2, 5]])
    relation = relevance_of(pairs, 3, 6, pairs[:, 0][np.argsort(pairs[:, 1])])
    found = defined_recalls(cross(torch.from_numpy(x), torch.from_numpy(y), relation), "i2t", KS)
    scores, related = x @ y.T, matrix(relation)
    for query in range(3):
        drawn = [
            slow(scores[query] - 1e-3 * np.array(shift), related[query]) for shift in itertools.permutations(range(6))
        ]
        for k in KS:
            assert found.hits[k][query] == pytest.approx(np.mean([one[0][k] for one in drawn]))
            assert found.shares[k][query] == pytest.approx(np.mean([one[1][k] for one in drawn]))
        assert found.r_precision[query] == pytest.approx(np.mean([one[2] for one in drawn]))
        assert found.ap_at_r[query] == pytest.approx(np.mean([one[3] for one in drawn]))


def test_a_collapsed_space_gives_chance():
    relation = relevance_of(None, 4, 8, np.repeat(np.arange(4), 2))
    found = defined_recalls(cross(torch.ones(4, 1).double(), torch.ones(8, 1).double(), relation), "i2t", (1, 5))
    np.testing.assert_allclose(found.shares[1], 1 / 8)
    np.testing.assert_allclose(found.r_precision, 1 / 4)
    np.testing.assert_allclose(found.shares[5], 5 / 8)


def test_large_sets_are_multiplied_in_float32_and_say_the_same():
    x, y, relation = made(3, 500, 5)
    wide = cross(torch.from_numpy(x), torch.from_numpy(y), relation)
    single = cross(torch.from_numpy(x).float(), torch.from_numpy(y).float(), relation)
    a, b = defined_recalls(wide, "i2t"), defined_recalls(single, "i2t")
    np.testing.assert_allclose(a.shares[5], b.shares[5], atol=1e-12)
    np.testing.assert_allclose(a.ap_at_r, b.ap_at_r, atol=1e-12)


def test_another_direction_is_refused():
    crossed = cross(torch.eye(2).double(), torch.eye(2).double(), relevance_of(None, 2, 2))
    with pytest.raises(ValueError, match="direction must be"):
        defined_recalls(crossed, "both")


@pytest.mark.parametrize(("way", "each"), [("i2t", 5), ("t2i", 5), ("i2t", 1)])
def test_torchmetrics_prints_these(way, each):
    retrieval = pytest.importorskip("torchmetrics.functional.retrieval", reason="pip install torchmetrics")
    x, y, relation = made(1, 20, each)
    found = defined_recalls(cross(torch.from_numpy(x), torch.from_numpy(y), relation), way, KS)
    scores, related = torch.from_numpy(x @ y.T + 1), torch.from_numpy(matrix(relation))  # it skips scores below 0
    if way == "t2i":
        scores, related = scores.T, related.T
    for query in range(len(scores)):
        asked = scores[query], related[query]
        for k in KS:
            assert float(retrieval.retrieval_hit_rate(*asked, top_k=k)) == pytest.approx(found.hits[k][query])
            assert float(retrieval.retrieval_recall(*asked, top_k=k)) == pytest.approx(found.shares[k][query])
        assert float(retrieval.retrieval_r_precision(*asked)) == pytest.approx(found.r_precision[query])


def test_sentence_transformers_prints_these(tmp_path):
    evaluation = pytest.importorskip("sentence_transformers.evaluation", reason="pip install sentence-transformers")
    x, y, relation = made(2, 20, 5)
    found = defined_recalls(cross(torch.from_numpy(x), torch.from_numpy(y), relation), "i2t", KS)
    related = matrix(relation)
    asked = evaluation.InformationRetrievalEvaluator(
        queries={str(i): str(i) for i in range(len(x))},
        corpus={str(j): str(j) for j in range(len(y))},
        relevant_docs={str(i): {str(j) for j in np.flatnonzero(row)} for i, row in enumerate(related)},
        accuracy_at_k=list(KS), precision_recall_at_k=list(KS), mrr_at_k=[10], ndcg_at_k=[10], map_at_k=[100],
    )  # fmt: skip
    order = np.argsort(-(x @ y.T), axis=1)
    ranked = [[{"corpus_id": str(j), "score": float(x[i] @ y[j])} for j in order[i]] for i in range(len(x))]
    told = asked.compute_metrics(ranked)
    for k in KS:
        assert told["accuracy@k"][k] == pytest.approx(found.hits[k].mean())
        assert told["recall@k"][k] == pytest.approx(found.shares[k].mean())


def test_mteb_prints_these():
    printed = pytest.importorskip("mteb._evaluators.retrieval_metrics", reason="pip install mteb")
    x, y, relation = made(4, 20, 5)
    found = defined_recalls(cross(torch.from_numpy(x), torch.from_numpy(y), relation), "i2t", KS)
    scores, related = x @ y.T, matrix(relation)
    told = printed.calculate_retrieval_scores(
        {str(i): {str(j): float(score) for j, score in enumerate(row)} for i, row in enumerate(scores)},
        {str(i): {str(j): 1 for j in np.flatnonzero(row)} for i, row in enumerate(related)},
        list(KS),
    )
    for k in KS:
        assert told.hit_rate[f"HitRate@{k}"] == pytest.approx(found.hits[k].mean(), abs=1e-5)
        assert told.recall[f"Recall@{k}"] == pytest.approx(found.shares[k].mean(), abs=1e-5)


def test_open_clip_prints_own_pairs():
    train = pytest.importorskip("open_clip_train.train", reason="pip install open_clip_torch")
    x, y, _ = made(5, 40, 1)
    told = train.get_clip_metrics(torch.from_numpy(x), torch.from_numpy(y), torch.tensor(1.0))
    crossed = cross(torch.from_numpy(x), torch.from_numpy(y), relevance_of(None, 40, 40))
    for way, name in (("i2t", "image_to_text"), ("t2i", "text_to_image")):
        for k in KS:
            assert told[f"{name}_R@{k}"] == pytest.approx(defined_recalls(crossed, way, KS).hits[k].mean())
