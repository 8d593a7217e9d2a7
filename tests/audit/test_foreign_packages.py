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
    pytest.importorskip(package, reason=f"pip install {pip}")
    done = audited(*found(name))
    allowed = BELOW_ZERO if name in DROPS_BELOW_ZERO else set()
    assert {one.kind for one in done.findings} <= allowed
    assert done.computes or done.findings
