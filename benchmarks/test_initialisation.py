"""Does the gap come from the start or from training? Liang et al.'s amended initialisation beside the usual one.

Two trainings of one encoder: as it starts, and with the gap closed by a shift before training, which stays. Where the
gap is there again afterwards, training formed it (Liang et al. 2022, section 4; thesis 3.1). It means most for an
untrained encoder, and runs only when asked for:
``pytest benchmarks/test_initialisation.py --encoder tiny-random --dataset glyphs-en --loss ce``.
"""

import pytest

from mmgap.core.defaults import POOL


@pytest.mark.experiment(
    "initialisation",
    version=1,
    axes=("encoder", "dataset", "loss"),
    variants=({"start": "as-is"}, {"start": "amended"}),
    unasked=False,
    split="test",
    pool=POOL,
)
def test_initialisation(cell, dataset, trained, record):
    # imported here, so that a session that only resumes loads no torch
    from mmgap.evaluation.score_record import record_vectors
    from mmgap.training.training_record import record_training

    if trained.folder is None:
        pytest.skip("loss 'initial' trains nothing, so nothing can form: name another, as in --loss ce")
    record_vectors(record, trained.vectors(), dataset, pool=POOL, seed=cell.seed)
    record_training(record, trained.folder)
    gaps = record.items["curve_gap"]
    for name, value in (("gap_at_start", gaps[0]), ("gap_lowest", gaps.min()), ("gap_at_end", gaps[-1])):
        record(name, value)
