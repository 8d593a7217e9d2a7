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
REPEATS = 10


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
    from mmgap.evaluation.cross_fitting import CrossFitted
    from mmgap.evaluation.robust_record import record_changed_space
    from mmgap.spaces import StrengthError, parse

    options = {"sigma": SIGMA, "draws": DRAWS, "logit_scale": LOGIT_SCALE, "pool": POOL, "seed": cell.seed}
    try:
        if dataset.vectors is not None:  # as they are, too, so that spaces pair with it query by query
            space, train = None if cell.space is None else parse(cell.space), None
            vectors = CrossFitted(space, REPEATS).of(inputs.raw_vectors(), dataset)
        else:
            vectors, train = request.getfixturevalue("vectors"), inputs.train_vectors()
    except StrengthError as error:
        pytest.skip(str(error))
    with record.timed("measure"):
        record_changed_space(record, vectors, dataset, train, **options)
