"""Training changes the gap: every loss of the thesis's tables 5.5 to 5.7, from one start, measured on the test split.

``initial`` is the encoder as it is. How the others are trained is the encoder's usual recipe
(`mmgap.training.default_recipes`) but for what ``--recipe`` says.
"""

import pytest

from mmgap.core.defaults import POOL


@pytest.mark.experiment(
    "train",
    version=1,
    axes=("encoder", "dataset", "space", "loss"),
    split="test",
    logit_scale=100.0,
    pool=POOL,
    ties="expected value over random orders",
    relevance="any-of, own pairs beside it",
)
def test_train(cell, dataset, trained, record):
    # imported here, so that a session that only resumes loads no torch
    from mmgap.evaluation.score_record import record_vectors
    from mmgap.training.training_record import record_train_recall, record_training

    with record.timed("encode"):
        vectors = trained.vectors()
    with record.timed("measure"):
        record_vectors(record, vectors, dataset, pool=POOL, seed=cell.seed)
        if trained.train is not None and cell.space is None:  # a space would know what it was fitted on
            record_train_recall(record, trained.encoder, trained.train, pool=POOL, seed=cell.seed)
    if trained.folder is not None:
        record_training(record, trained.folder)
