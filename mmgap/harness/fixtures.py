"""What a cell names, ready to use: its dataset, its encoder, its cached vectors.

For experiments in a project of one's own: ``pytest_plugins = ["mmgap.harness.fixtures"]`` in its root ``conftest.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mmgap.harness.cell_inputs import CellInputs
from mmgap.harness.plugin import INPUTS
from mmgap.rows.recorder import Recorder

if TYPE_CHECKING:
    from mmgap.datasets import Dataset
    from mmgap.encoders import Encoder
    from mmgap.encoders.base import Vectors
    from mmgap.evaluation.cross_fitting import HalvedVectors


@dataclass(frozen=True, eq=False)
class Trained:
    """What the fixture `trained` gives.

    Attributes:
        encoder: after training.
        folder: of the training, for `mmgap.training.training_record.record_training`; None where nothing was trained.
        train: the split it was trained on, or would be; None where there is none.
        inputs: of the cell.
    """

    encoder: Encoder
    folder: Path | None
    train: Dataset | None
    inputs: CellInputs

    def vectors(self) -> Vectors | HalvedVectors:
        """Return the vectors of the cell's dataset, in the cell's space, fitted on this encoder's vectors."""
        return self.inputs.vectors(self.encoder)


@pytest.fixture
def inputs(request: pytest.FixtureRequest) -> CellInputs:
    """What the cell is made of, as its key was made of it."""
    return request.node.stash[INPUTS]


@pytest.fixture
def dataset(inputs: CellInputs) -> Dataset:
    """The cell's dataset: the split and the pictures that its experiment declares (test and prepared by default)."""
    return inputs.dataset


@pytest.fixture
def encoder(inputs: CellInputs) -> Encoder:
    """The cell's encoder; its model is loaded when it first encodes."""
    return inputs.encoder


@pytest.fixture
def vectors(inputs: CellInputs, record: Recorder, pytestconfig: pytest.Config) -> Vectors | HalvedVectors:
    """Raw vectors of the cell's images and texts, in its space: from the cache, else encoded once."""
    with record.timed("encode"):
        return inputs.vectors(inputs.encoder, refresh=pytestconfig.getoption("mmgap_refresh") == "all")


@pytest.fixture
def trained(inputs: CellInputs, record: Recorder, pytestconfig: pytest.Config) -> Trained:
    """The cell's encoder after its training; as it was where the loss is "initial".

    A training that was finished before is found in the cache; one that was killed goes on where it stopped.
    """
    from mmgap.training.data_splits import NoTrainingDataError
    from mmgap.training.estimate.refused_trainings import check_room
    from mmgap.training.run import trained as train
    from mmgap.training.trained_encoder import onto

    cell, recipe = inputs.cell, inputs.recipe
    try:
        splits = inputs.splits
    except NoTrainingDataError:
        if recipe is not None:
            raise
        return Trained(inputs.encoder, None, None, inputs)
    if recipe is None:
        return Trained(inputs.encoder, None, splits.train, inputs)
    refresh = pytestconfig.getoption("mmgap_refresh") == "all"
    with record.timed("train"):
        start = inputs.fresh_encoder()
        check_room(start, splits, recipe, inputs.device)
        folder = train(start, splits, recipe, device=inputs.device, refresh=refresh)
    made = onto(inputs.fresh_encoder(), folder, f"{cell.encoder}, {cell.loss}")
    return Trained(made, folder, splits.train, inputs)
