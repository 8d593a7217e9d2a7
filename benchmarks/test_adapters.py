"""What do a few images of each class add to zero-shot classification? Every adapter by shots, on held-out images.

Classes are those of the dataset (things of the glyphs, groups of emoji, categories of pictograms, folders); shots come
from train, validation images, as many as shots, from validation. Some adapters run unasked, all with ``--adapter
every``. ``--adapter NAME:select=test,protocol=legacy`` repeats a published leak, and says how many points it is worth.
"""

import pytest

LOGIT_SCALE = 100.0
#: Shots of each class, and how often they are drawn.
SHOTS, DRAWS = (1, 2, 4, 8, 16), 3


@pytest.mark.experiment(
    "adapters",
    version=1,
    axes=("encoder", "dataset", "adapter"),
    adapters=("zero-shot", "tip-adapter", "gda"),
    split="test",
    logit_scale=LOGIT_SCALE,
    shots=SHOTS,
    draws=DRAWS,
)
def test_adapter(cell, dataset, inputs, record):
    # imported here, so that a session that only resumes loads no torch
    from mmgap.adapters import parse
    from mmgap.adapters.prompts import PROMPT
    from mmgap.datasets import DatasetError
    from mmgap.evaluation.few_shot_record import NoValidationImagesError, record_adapter

    try:
        task = inputs.task((dataset.prompt or PROMPT,))
    except DatasetError as error:
        pytest.skip(str(error))
    try:
        with record.timed("measure"):
            record_adapter(record, parse(cell.adapter), task, shots=SHOTS, seeds=DRAWS, scale=LOGIT_SCALE)
    except NoValidationImagesError as error:
        pytest.skip(str(error))
