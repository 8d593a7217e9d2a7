"""Does a text query find images? One index of images and texts, searched from both sides, exactly and by faiss.

As the vectors are and in each space, fitted on train. Saved vectors have no train split: a space is fitted on one half
of them and measured on the other, both ways round.
"""

import pytest


@pytest.mark.experiment(
    "mixed_search",
    version=1,
    axes=("encoder", "dataset", "space"),
    split="test",
    first=10,
    ties="expected value over random orders",
    relevance="any-of; of one modality, what shares a match",
    indexes=("flat", "hnsw", "ivfpq"),
)
def test_mixed_search(cell, dataset, vectors, record):
    # imported here, so that a session that only resumes loads no torch
    from mmgap.evaluation.cross_fitting import CrossFitted
    from mmgap.evaluation.mixed_record import record_mixed

    if dataset.vectors is not None and cell.space is None:  # an index as large as that of the spaces
        vectors = CrossFitted(None).of(vectors, dataset)
    with record.timed("measure"):
        record_mixed(record, vectors, dataset)
