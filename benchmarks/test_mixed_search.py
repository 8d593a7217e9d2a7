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
    from mmgap.evaluation.mixed_record import record_mixed  # here, so that a session that only resumes loads no torch

    with record.timed("measure"):
        record_mixed(record, vectors, dataset)
