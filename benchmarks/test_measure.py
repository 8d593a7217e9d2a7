"""How large the modality gap of an encoder on a dataset is, and how well retrieval does beside it, untrained.

As the vectors are, and in each space between them and the measuring (`mmgap.spaces`).
"""

import pytest

from mmgap.core.defaults import POOL

LOGIT_SCALE = 100.0


@pytest.mark.experiment(
    "measure",
    version=1,
    axes=("encoder", "dataset", "space"),
    split="test",
    logit_scale=LOGIT_SCALE,
    pool=POOL,
    ties="expected value over random orders",
    relevance="any-of, own pairs beside it",
)
def test_measure(cell, dataset, vectors, record):
    from mmgap.evaluation.score_record import record_vectors  # here, so that a session that only resumes loads no torch

    with record.timed("measure"):
        record_vectors(record, vectors, dataset, logit_scale=LOGIT_SCALE, pool=POOL, seed=cell.seed)
