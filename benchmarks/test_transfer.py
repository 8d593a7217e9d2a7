"""What is a representation still good for? What each modality tells of the other, classes, captions, layers.

``initial`` is the encoder as it is. With a loss it is trained as in the experiment ``train``, whose trainings it
shares, and its layers are set against those before training; of the losses, ``ce`` runs unasked.
"""

import pytest

#: Of InfoNCE's bound, where no validation pairs can choose it.
LOGIT_SCALE = 100.0
#: Images, with a caption each, whose layers are compared.
LAYER_ITEMS = 500


@pytest.mark.experiment(
    "transfer",
    version=1,
    axes=("encoder", "dataset", "loss"),
    losses=("initial", "ce"),
    split="test",
    logit_scale=LOGIT_SCALE,
    layer_items=LAYER_ITEMS,
    ties="averaged",
    cka="debiased, linear",
    classes="one an image",
)
def test_transfer(cell, dataset, inputs, trained, record):
    # imported here, so that a session that only resumes loads no torch
    from mmgap.evaluation.class_transfer import record_classes
    from mmgap.evaluation.layer_record import record_layers
    from mmgap.evaluation.transfer_record import record_transfer
    from mmgap.training.data_splits import NoTrainingDataError

    if not dataset.captions:
        pytest.skip("nothing to tell of images without captions")
    try:
        validation = inputs.splits.validation
    except NoTrainingDataError:
        validation = None
    with record.timed("encode"):
        vectors = trained.vectors()
    for note in (*dataset.footnotes, *vectors.notes):
        record.note(note)
    options = {"validation": validation, "logit_scale": LOGIT_SCALE, "seed": cell.seed}
    with record.timed("measure"):
        pairs = record_transfer(record, trained.encoder, vectors, dataset, **options)
        record_classes(record, trained.encoder, pairs, dataset, trained.train)
    if dataset.vectors is not None:
        record.note("Saved vectors have no layers.")
        return
    with record.timed("layers"):
        base = None if trained.folder is None else inputs.fresh_encoder()
        record_layers(record, trained.encoder, dataset, base=base, items=LAYER_ITEMS, device=inputs.device)
