"""What others take for their job beside mmgap asked for the same alone: same vectors, threads and process, by turns.

Rows stand in the report beside the other timings. Nothing fails for being slow, and nothing runs unasked:
``pytest benchmarks/test_rivals.py``. A package that is absent skips its rows with the line that installs it.
"""

import pytest

ROUNDS = 3

#: Job, the package whose job it is, its module, the function of `workloads.rivals`, and how far results may differ.
JOBS = {
    "alignment and uniformity": ("align_uniform", "torch", "align_uniform", 1e-4),
    "recall both ways": ("CLIP_benchmark", "torch", "clip_benchmark", 1e-3),
    "accuracy among the first k": ("torchmetrics", "torchmetrics", "torchmetrics_accuracy", 1e-3),
    "recall of texts": ("sentence-transformers", "sentence_transformers", "sentence_transformers", 1e-3),
    "ten nearest both ways": ("faiss flat", "faiss", "faiss_flat", 1e-4),
}
INSTALLED_BY = {"faiss": "'mmgap[index]'"}


def rivals(n):
    """Marker of timings with n pairs of 512 dimensions."""
    named = [{"what": job, "against": rival, "pairs": n} for job, (rival, *_) in JOBS.items()]
    return pytest.mark.experiment("speed", version=1, variants=named, seeded=False, unasked=False, rounds=ROUNDS, d=512)


def compare(cell, against, n):
    import numpy as np

    from .workloads import rivals as ways
    from .workloads.vectors import cones

    _, module, way, close = JOBS[cell.value("what")]
    pytest.importorskip(module, reason=f"pip install {INSTALLED_BY.get(module, module.replace('_', '-'))}")
    ours, other = getattr(ways, way)(*cones(n, 512))
    np.testing.assert_allclose(ours(), other(), atol=close)
    against(ours, other, ROUNDS)


@rivals(5000)
def test_others_on_5000_pairs(cell, against):
    """Each job in seconds; torchmetrics takes the longest."""
    compare(cell, against, 5000)


@rivals(20_000)
def test_others_on_20000_pairs(cell, against):
    """Minutes on two cores, and several gigabytes, because others hold the whole matrix."""
    compare(cell, against, 20_000)
