"""The jobs of other packages on two sets of unit vectors, and the same asked of mmgap alone. Imports torch.

Each gives two ways to one result, so that a test can hold them against each other before they are timed.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from mmgap import metrics
from mmgap.core.defaults import RECALLS_AT
from mmgap.metrics.nearest import nearest_both
from mmgap.metrics.pass_cross import cross
from mmgap.metrics.relevance import relevance_of
from mmgap.metrics.retrieval import hits

Way = Callable[[], np.ndarray]

#: Queries that CLIP_benchmark looks at together, by default.
BATCH = 64


def align_uniform(x: torch.Tensor, y: torch.Tensor) -> tuple[Way, Way]:
    """Alignment of the pairs and uniformity of both sets, as its published formulas are: ``pdist`` of all rows."""

    def uniformity(v: torch.Tensor) -> torch.Tensor:
        return torch.pdist(v, p=2).pow(2).mul(-2).exp().mean().log()

    def other() -> np.ndarray:
        return np.array([(x - y).norm(p=2, dim=1).pow(2).mean(), uniformity(x), uniformity(y)])

    return lambda: np.array([metrics.misalignment(x, y), metrics.uniformity(x), metrics.uniformity(y)]), other


def clip_benchmark(x: torch.Tensor, y: torch.Tensor) -> tuple[Way, Way]:
    """Recalls both ways, as published: top k of the whole matrix, one-hot times positive pairs, in batches."""

    def recall(scores: torch.Tensor, positive: torch.Tensor, k: int) -> torch.Tensor:
        found = torch.nn.functional.one_hot(torch.topk(scores, k, dim=1)[1], num_classes=scores.shape[1])
        return (found * positive[:, None]).sum(dim=(1, 2)) / positive.sum(dim=1)

    def other() -> np.ndarray:
        scores, positive = y @ x.T, torch.eye(len(x), dtype=torch.bool)
        means = []
        for s, p in ((scores.T, positive.T), (scores, positive)):
            for k in RECALLS_AT:
                parts = [recall(s[i : i + BATCH], p[i : i + BATCH], k) for i in range(0, len(s), BATCH)]
                means.append(float((torch.cat(parts) > 0).float().mean()))
        return np.array(means)

    return lambda: _recalls(x, y), other


def torchmetrics_accuracy(x: torch.Tensor, y: torch.Tensor) -> tuple[Way, Way]:
    """Recalls both ways as accuracies among the first k, a class for each pair."""
    from torchmetrics.functional.classification import multiclass_accuracy

    def other() -> np.ndarray:
        scores, right = x @ y.T, torch.arange(len(x))
        options = {"num_classes": len(x), "average": "micro", "validate_args": False}
        return np.array(
            [float(multiclass_accuracy(s, right, top_k=k, **options)) for s in (scores, scores.T) for k in RECALLS_AT]
        )

    return lambda: _recalls(x, y), other


def sentence_transformers(x: torch.Tensor, y: torch.Tensor) -> tuple[Way, Way]:
    """Recalls of texts that look for images, by `InformationRetrievalEvaluator` on vectors that are there."""
    from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator
    from sentence_transformers.util import dot_score

    class OfVectors(InformationRetrievalEvaluator):
        def embed_inputs(self, *arguments: object, **options: object) -> torch.Tensor:
            return y

    names, ks = [str(i) for i in range(len(x))], list(RECALLS_AT)
    found = dict.fromkeys(names, "")
    evaluator = OfVectors(
        queries=found, corpus=found, relevant_docs={name: {name} for name in names}, score_functions={"dot": dot_score},
        accuracy_at_k=ks, precision_recall_at_k=ks, mrr_at_k=[10], ndcg_at_k=[10], map_at_k=[10], write_csv=False,
    )  # fmt: skip

    def other() -> np.ndarray:
        scores = evaluator.compute_all_metrics(None, corpus_embeddings=x)["dot"]["accuracy@k"]
        return np.array([scores[k] for k in ks])

    return lambda: _recalls(x, y)[len(ks) :], other


def faiss_flat(x: torch.Tensor, y: torch.Tensor) -> tuple[Way, Way]:
    """The ten nearest both ways, by exact search."""
    import faiss

    def search(gallery: torch.Tensor, queries: torch.Tensor) -> np.ndarray:
        index = faiss.IndexFlatIP(gallery.shape[1])
        index.add(gallery.numpy())
        return index.search(queries.numpy(), 10)[0]

    return (
        lambda: np.stack([side.scores[:, :10] for side in nearest_both(x, y, 10)]),
        lambda: np.stack([search(y, x), search(x, y)]),
    )


def _recalls(x: torch.Tensor, y: torch.Tensor) -> np.ndarray:
    """R@1, R@5, R@10 from images to texts, and the other way round."""
    measured = cross(x, y, relevance_of(None, len(x), len(y)))
    return np.array([float(hits(side, k).mean()) for side in (measured.i2t, measured.t2i) for k in RECALLS_AT])
