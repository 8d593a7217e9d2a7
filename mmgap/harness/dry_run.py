"""What a cell's training would need, before anything is downloaded or run."""

from __future__ import annotations

from mmgap.core.paths import MissingDataError
from mmgap.datasets.download import source_of
from mmgap.encoders.devices import devices_of
from mmgap.encoders.model_options import Options, require_device
from mmgap.harness.cell_inputs import recipe_of
from mmgap.rows.cell import Cell
from mmgap.training.data_splits import Splits

#: Source → images of its train and validation split, for a data set that is not here yet: ARASAAC as the thesis counts
#: it (12,260 pictograms, of which eight tenths and one), COCO's official train split (nine tenths and one).
SIZES = {"arasaac": (9808, 1226), "coco": (106458, 11829)}


def planned(cell: Cell, devices: str) -> tuple[str, float]:
    """The plan in words, and the seconds that it takes; no words where the cell trains nothing. One device trains.

    Raises:
        TrainingError: the training cannot be done as asked.
        EncoderError: there is no such device.
        MissingDataError: a data set that is not here, and whose size is not known.
    """
    recipe = recipe_of(cell)
    if recipe is None:
        return "", 0.0
    device = devices_of(devices)[0]
    require_device(Options(device).device)
    assert cell.encoder is not None
    assert cell.dataset is not None
    from mmgap.training.estimate.plan import plan
    from mmgap.training.estimate.plan_text import lines

    absent = []
    try:
        splits = Splits.of(cell.dataset, lambda data: data)  # counted as they lie: nothing is prepared
        counts = len(splits.train.image_ids), len(splits.validation.image_ids)
    except MissingDataError as error:
        source = source_of(cell.dataset)
        if source not in SIZES:
            raise
        counts = SIZES[source]
        absent = [f"{cell.dataset} is not here, and taken to have {counts[0]:,} images to train on. {error}"]
    found = plan(cell.encoder, recipe, *counts, device=device)
    data = f"{cell.dataset}: {counts[0]:,} images to train on, {counts[1]:,} to validate on"
    return "\n".join([*absent, data, *lines(found)]), found.seconds
