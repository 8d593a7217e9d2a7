"""Metrics of packages that people use: honest by some definition, but for scores below zero in torchmetrics."""

import pytest

from mmgap.testing.audit.audited import audited
from mmgap.testing.audit.subject import found

PACKAGES = {
    "torchmetrics": [
        "torchmetrics.functional.retrieval:retrieval_recall",
        "torchmetrics.functional.retrieval:retrieval_normalized_dcg",
        "torchmetrics.functional.retrieval:retrieval_reciprocal_rank",
        "torchmetrics.retrieval:RetrievalRecall",
        "torchmetrics.retrieval:RetrievalMAP",
    ],
    "sklearn": ["sklearn.metrics:ndcg_score", "sklearn.metrics:label_ranking_average_precision_score"],
    "sentence_transformers": [
        "sentence_transformers.sentence_transformer.evaluation:InformationRetrievalEvaluator",
    ],
    "mteb": [
        "mteb._evaluators.retrieval_metrics:calculate_retrieval_scores",
        "mteb._evaluators.retrieval_metrics:mrr",
        "mteb._evaluators.retrieval_metrics:recall_cap",
    ],
    "pytorch_metric_learning": ["pytorch_metric_learning.utils.accuracy_calculator:AccuracyCalculator"],
}

#: Of torchmetrics 1.9: ``retrieval_recall(tensor([-0.5]), tensor([1]), top_k=1)`` is 0, though the only item is right.
DROPS_BELOW_ZERO = {name for name in PACKAGES["torchmetrics"] if "dcg" not in name}
BELOW_ZERO = {"below_zero_dropped", "negative_scores"}


@pytest.mark.parametrize(
    ("package", "name"), [(package, name) for package, names in PACKAGES.items() for name in names], ids=str
)
def test_a_metric_of_another_package_is_honest(package, name):
    pip = package.replace("_", "-")
    pytest.importorskip(package, reason=f"{package} is not installed: pip install {pip}")
    done = audited(*found(name))
    allowed = BELOW_ZERO if name in DROPS_BELOW_ZERO else set()
    assert {one.kind for one in done.findings} <= allowed
    assert done.computes or done.findings


@pytest.fixture(scope="module")
def of_mteb():
    pytest.importorskip("mteb", reason="mteb is not installed: pip install mteb")
    return lambda name: audited(*found(f"mteb._evaluators.retrieval_metrics:{name}"))


def test_every_kind_of_number_of_mteb_is_known_and_areas_are_not_accused(of_mteb):
    done = of_mteb("calculate_retrieval_scores")
    computes = {one.partition(";")[0] for one in map(str, done.computes)}
    assert {
        "hit_rate.HitRate@5: recall@5, any relevant item, as a share",
        "recall.Recall@5: recall@5, share of the relevant items, as a share",
        "map.MAP@10: mAP@10, by the relevant items, as a share",
        "all_scores.mean.ndcg_cut_10: NDCG@10, as a share",
    } <= computes
    assert any("nAUC" in str(one) for one in done.untold)


def test_a_mean_that_lacks_the_queries_that_miss_is_no_recall(of_mteb):
    done = of_mteb("top_k_accuracy")
    assert (done.findings, done.computes) == ((), ())
    assert any("some queries have no value in it" in str(one) for one in done.untold)


def accuracies_of_hits(similarity):
    """What mteb's does: a query that misses is given no value."""
    hits = similarity.argmax(axis=1) == range(len(similarity))
    return {"accuracy": [1.0 for hit in hits if hit]}


def test_values_of_hits_alone_are_no_accuracy():
    done = audited(accuracies_of_hits)
    assert done.computes == ()
