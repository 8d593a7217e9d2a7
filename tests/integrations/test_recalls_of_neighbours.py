"""Recalls equal those that the neighbours print on the same vectors: which of theirs is which of ours."""

import numpy as np
import pytest
import torch

from mmgap.integrations.pair_metrics import pair_metrics, same_words
from tests.support import small_models

pytestmark = pytest.mark.usefixtures("one_thread")

N, EACH, RANKS = 40, 2, (1, 5, 10)


@pytest.fixture(scope="module")
def several():
    """Images, two texts of each, the owners, and ours of them."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(N, 8))
    y = x.repeat(EACH, axis=0) + rng.normal(size=(N * EACH, 8))
    owner = np.arange(N).repeat(EACH)
    return torch.from_numpy(x), torch.from_numpy(y), owner, pair_metrics(x, y, owner)


def cosines(x, y):
    return torch.nn.functional.normalize(x, dim=1) @ torch.nn.functional.normalize(y, dim=1).T


def test_a_slow_loop_over_ranks(several):
    x, y, owner, ours = several
    c = cosines(x, y)
    for k in RANKS:
        i2t = np.mean([any(owner[t] == i for t in c[i].argsort(descending=True)[:k]) for i in range(N)])
        t2i = np.mean([owner[t] in c[:, t].argsort(descending=True)[:k] for t in range(N * EACH)])
        assert (ours[f"i2t_r{k}"], ours[f"t2i_r{k}"]) == pytest.approx((i2t, t2i), abs=1e-12)


def test_hit_rate_of_torchmetrics(several):
    pytest.importorskip("torchmetrics", reason="pip install 'mmgap[torchmetrics]'")
    from torchmetrics.retrieval import RetrievalHitRate

    x, y, owner, ours = several
    c = cosines(x, y)
    relevant = torch.arange(N)[:, None] == torch.from_numpy(owner)
    for way, scores, truth in (("i2t", c, relevant), ("t2i", c.T, relevant.T)):
        queries = torch.arange(len(scores))[:, None].expand_as(scores)
        for k in RANKS:
            theirs = RetrievalHitRate(top_k=k)(scores.flatten(), truth.flatten(), indexes=queries.flatten())
            assert ours[f"{way}_r{k}"] == pytest.approx(float(theirs), abs=1e-6)


def test_hit_rate_of_mteb(several):
    """Which pytrec_eval computes; mteb rounds to five digits, and its recall is a share of an image's texts."""
    pytest.importorskip("mteb", reason="mteb is not installed: pip install mteb")
    from mteb._evaluators.retrieval_metrics import calculate_retrieval_scores

    x, y, owner, ours = several
    c = cosines(x, y).numpy()
    found = {f"t{t}": {f"i{i}": float(c[i, t]) for i in range(N)} for t in range(N * EACH)}
    truth = {f"t{t}": {f"i{owner[t]}": 1} for t in range(N * EACH)}
    t2i = calculate_retrieval_scores(found, truth, list(RANKS))
    found = {f"i{i}": {f"t{t}": float(c[i, t]) for t in range(N * EACH)} for i in range(N)}
    truth = {f"i{i}": {f"t{t}": 1 for t in np.flatnonzero(owner == i)} for i in range(N)}
    i2t = calculate_retrieval_scores(found, truth, list(RANKS))
    for k in RANKS:
        assert ours[f"t2i_r{k}"] == pytest.approx(t2i.hit_rate[f"HitRate@{k}"], abs=1e-5)
        assert ours[f"t2i_r{k}"] == pytest.approx(t2i.recall[f"Recall@{k}"], abs=1e-5)
        assert ours[f"i2t_r{k}"] == pytest.approx(i2t.hit_rate[f"HitRate@{k}"], abs=1e-5)


def test_the_evaluators_of_sentence_transformers(tmp_path):
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.evaluation import (
        InformationRetrievalEvaluator,
        TranslationEvaluator,
    )

    model = SentenceTransformer(str(small_models.clip(tmp_path / "clip")), device="cpu")
    left, right = [f"thing {k}" for k in range(N)], [f"a thing {k} of {k % 7}" for k in range(N)]
    ours = pair_metrics(model.encode(left), model.encode(right), None, same_words(right))
    translated = TranslationEvaluator(left, right)(model)
    assert ours["i2t_r1"] == pytest.approx(translated["src2trg_accuracy"], abs=1e-9)
    assert ours["t2i_r1"] == pytest.approx(translated["trg2src_accuracy"], abs=1e-9)
    ids = list(map(str, range(N)))
    truth = {name: {name} for name in ids}
    evaluator = InformationRetrievalEvaluator(
        dict(zip(ids, right, strict=True)),
        dict(zip(ids, left, strict=True)),
        truth,
        accuracy_at_k=list(RANKS),
        precision_recall_at_k=list(RANKS),
    )
    found = evaluator(model)
    for k in RANKS:
        assert ours[f"t2i_r{k}"] == pytest.approx(found[f"cosine_accuracy@{k}"], abs=1e-9)
        assert ours[f"t2i_r{k}"] == pytest.approx(found[f"cosine_recall@{k}"], abs=1e-9)
