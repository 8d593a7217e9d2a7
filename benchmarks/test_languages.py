"""The same concepts in many languages and drawings: what an encoder that learned one language makes of the others.

A cell is fitted or trained on the names of one language, those of its data set, and measured in all that name the same
concepts: 14 languages of ``openmoji-LANG``, 28 languages and four drawings of ``emoji-LANG:STYLE``, two of
``glyphs-LANG``.
``initial`` is the encoder as it is; towers joined by CCA are fitted on the language of the data set.
"""

import pytest

from mmgap.core.defaults import POOL


@pytest.mark.experiment(
    "languages",
    version=1,
    axes=("encoder", "dataset", "loss"),
    losses=("initial", "ce"),
    unasked=False,
    split="test",
    pool=POOL,
    languages="the same concepts, one name each",
    ties="expected value over random orders",
    relevance="own pairs; over all drawings, every drawing of the concept",
)
def test_languages(cell, dataset, inputs, trained, record):
    from mmgap.evaluation.language_record import record_languages  # a session that only resumes loads no torch

    for note in dataset.footnotes:
        record.note(note)
    with record.timed("measure"):
        record_languages(record, trained.encoder, inputs.parallel, inputs.beside, pool=POOL, seed=cell.seed)
