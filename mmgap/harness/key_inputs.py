"""All that changes a cell's result, as its key holds it: fingerprints of what it is made of, and by which code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mmgap.rows.cell import INITIAL
from mmgap.rows.row import MEASURE_VERSION

if TYPE_CHECKING:
    from mmgap.harness.cell_inputs import CellInputs


def key_inputs(made: CellInputs, experiment: Mapping[str, Any]) -> dict[str, Any]:
    """Return all that changes a cell's result; ``identities`` says by which code (`mmgap.core.identity`).

    Args:
        made: what the cell is made of.
        experiment: the identity of the experiment.

    Raises:
        MissingDataError: data or weights are not on this machine.
        TrainingError: the cell's training cannot be done.
    """
    from mmgap import losses, spaces
    from mmgap.core.cache import key_digest
    from mmgap.datasets.base import classes_print
    from mmgap.datasets.further_judges import judged
    from mmgap.metrics.catalogue import identities as metric_identities

    cell = made.cell
    inputs: dict[str, Any] = {"measure_version": MEASURE_VERSION, **made.constants}
    identities = {"experiment": dict(experiment)}
    if cell.dataset is not None:
        inputs |= made.dataset.fingerprint()
        if (judges := judged(made.dataset)) is not None:
            inputs |= judges.fingerprint()
        identities |= {"dataset": dict(made.dataset.identity), **metric_identities()}
    if cell.encoder is not None:
        from mmgap.encoders.base import NeedsFitting, identity_of
        from mmgap.encoders.devices import devices_of
        from mmgap.encoders.model_options import require_device

        for device in sorted({*devices_of(made.devices)} - {"cpu"}):
            require_device(device)
        inputs |= made.encoder.fingerprint()
        identities["encoder"] = identity_of(made.encoder)
        if isinstance(made.loaded_encoder, NeedsFitting) and made.loaded_encoder.to_fit is not None:
            identities["projection"] = spaces.registry.identity(made.loaded_encoder.to_fit[0])
        if made.space is not None:
            inputs["space"] = made.space.fingerprint()
            identities |= spaces.identities(made.cell.space or "")
    if cell.adapter is not None or "classes" in made.constants:
        inputs["classified"] = {split: classes_print(data) for split, data in made.labelled_splits.items()}
    if cell.adapter is not None:
        from mmgap import adapters

        identities |= adapters.identities(cell.adapter)
    if "languages" in made.constants:
        inputs["parallel"] = {spec: key_digest(made.beside(spec).fingerprint()) for spec in made.parallel.specs}
    if cell.loss is not None:
        inputs |= _training(made)
        identities |= {} if cell.loss == INITIAL else losses.identities(cell.loss)
    return {**inputs, "identities": identities}


def _training(made: CellInputs) -> dict[str, Any]:
    """How it is trained and on what; where nothing is trained the train split is measured all the same."""
    from mmgap.training.data_splits import NoTrainingDataError
    from mmgap.training.recipe import FORMAT

    try:
        splits = made.splits.fingerprint()
    except NoTrainingDataError:
        if made.recipe is not None:
            raise
        return {}
    trained = {} if made.recipe is None else {"training_format": FORMAT, "recipe": made.recipe.to_dict()}
    return {**trained, "training_splits": splits}
