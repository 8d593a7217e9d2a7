"""Does closing the gap without training help? Every space at each of its strengths, beside the vectors as they are.

Maps change vectors, scorers change scores; each is fitted on train. Beside the gap and R@k stands R@1 from vectors that
noise, 8 bits, sign bits or product codes spoiled. Saved vectors have no train split: spaces are fitted on one half of
them and measured on the other, repeatedly. Some spaces run unasked, every one at each strength with ``--space every``.
"""

import pytest

from mmgap.core.defaults import POOL

LOGIT_SCALE = 100.0
#: Standard deviation of the noise of a row of length 1, and how often it is drawn.
SIGMA, DRAWS = 0.5, 3
#: How often saved vectors are divided into halves.
REPEATS = 20


@pytest.mark.experiment(
    "spaces",
    version=1,
    axes=("encoder", "dataset", "space"),
    spaces=("centre", "nnn"),
    split="test",
    logit_scale=LOGIT_SCALE,
    pool=POOL,
    sigma=SIGMA,
    draws=DRAWS,
    repeats=REPEATS,
    ties="expected value over random orders",
    relevance="any-of, own pairs beside it",
)
def test_space(cell, dataset, inputs, request, record):
    # imported here, so that a session that only resumes loads no torch
    from mmgap.evaluation.cross_fitted_record import record_cross_fitted
    from mmgap.evaluation.robust_record import record_robustness
    from mmgap.evaluation.score_record import record_vectors

    if dataset.vectors is not None:
        with record.timed("measure"):
            record_cross_fitted(
                record, inputs.raw_vectors(), dataset, cell.space, pool=POOL, repeats=REPEATS, sigma=SIGMA
            )
        return
    vectors = request.getfixturevalue("vectors")
    with record.timed("measure"):
        record_vectors(record, vectors, dataset, logit_scale=LOGIT_SCALE, pool=POOL, seed=cell.seed)
    with record.timed("robustness"):
        record_robustness(record, vectors, dataset, inputs.train_vectors(), sigma=SIGMA, draws=DRAWS)
