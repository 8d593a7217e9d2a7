"""Before CLIP against CLIP on a folder of one's own: ``pytest benchmarks/test_practices.py --dataset folder:PATH
--encoder A --encoder B``. It runs only when asked for; `mmgap compare-encoders PATH` is the same in one call.
"""

import pytest

LIMIT = 2000


@pytest.mark.experiment(
    "practices",
    version=1,
    axes=("encoder", "dataset"),
    unasked=False,
    split="test",
    images="original",
    limit=LIMIT,
    ties="expected value over random orders",
)
def test_practice(cell, dataset, vectors, record):
    """Similarity matrices, top-1, diagonal, categories and maps of one encoder; its own preprocessing of each photo."""
    # imported here, so that a session that only resumes loads no torch
    from mmgap.evaluation.encoder_comparison import record_practice
    from mmgap.evaluation.space_record import record_encoding

    record_encoding(record, vectors, dataset)
    with record.timed("measure"):
        record_practice(record, vectors.images, vectors.texts, dataset, limit=LIMIT, seed=cell.seed)
