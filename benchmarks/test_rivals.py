"""What others take for their job beside mmgap asked for the same alone: same vectors, threads and process, by turns.

Rows stand in the report beside the other timings. Nothing fails for being slow, and nothing runs unasked:
``pytest benchmarks/test_rivals.py``. A package that is absent skips its rows with the line that installs it.
"""

import pytest

ROUNDS = 3

#: Those that take minutes for each round of 20,000 pairs: they are timed with half as many, too, by one round.
SLOW = ("CLIP_benchmark", "torchmetrics")

#: Job, the package whose job it is, its module, the function of `workloads.rivals`, and how far results may differ.
JOBS = {
    "alignment and uniformity": ("align_uniform", "torch", "align_uniform", 1e-4),
    "recall both ways": ("CLIP_benchmark", "torch", "clip_benchmark", 1e-3),
    "accuracy among the first k": ("torchmetrics", "torchmetrics", "torchmetrics_accuracy", 1e-3),
    "recall of texts": ("sentence-transformers", "sentence_transformers", "sentence_transformers", 1e-3),
    "ten nearest both ways": ("faiss flat", "faiss", "faiss_flat", 1e-4),
}
INSTALLED_BY = {"faiss": "'mmgap[index]'"}


def rivals(n, named=None, rounds=ROUNDS):
    """Marker of timings with n pairs of 512 dimensions, of all rivals or of those that are named."""
    chosen = [(job, rival) for job, (rival, *_) in JOBS.items() if named is None or rival in named]
    cells = [{"what": job, "against": rival, "pairs": n} for job, rival in chosen]
    return pytest.mark.experiment("speed", version=1, variants=cells, seeded=False, unasked=False, rounds=rounds, d=512)


def compare(cell, against, n, rounds=ROUNDS):
    import numpy as np

    from .workloads import rivals as ways
    from .workloads.vectors import cones

    _, module, way, close = JOBS[cell.value("what")]
    pytest.importorskip(module, reason=f"pip install {INSTALLED_BY.get(module, module.replace('_', '-'))}")
    ours, other = getattr(ways, way)(*cones(n, 512))
    np.testing.assert_allclose(ours(), other(), atol=close)
    against(ours, other, rounds)


@rivals(5000)
def test_others_on_5000_pairs(cell, against):
    """Each job in seconds; torchmetrics takes the longest."""
    compare(cell, against, 5000)


@rivals(10_000, SLOW, rounds=1)
def test_slow_others_on_10000_pairs(cell, against):
    """The two that take the longest: minutes on two cores."""
    compare(cell, against, 10_000, rounds=1)


@rivals(20_000)
def test_others_on_20000_pairs(cell, against):
    """Minutes on two cores, half an hour the two of `SLOW`, and several gigabytes: others hold the whole matrix."""
    compare(cell, against, 20_000)
