"""What a cell names, ready to use: its dataset, its encoder, its cached vectors.

For experiments in a project of one's own: ``pytest_plugins = ["mmgap.harness.fixtures"]`` in its root ``conftest.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mmgap.harness.cell_inputs import dataset_of, encoder_of, recipe_of, splits_of
from mmgap.rows.cell import Cell
from mmgap.rows.recorder import Recorder

if TYPE_CHECKING:
    from mmgap.datasets import Dataset
    from mmgap.encoders import Encoder
    from mmgap.encoders.embed import Vectors


@dataclass(frozen=True, eq=False)
class Trained:
    """What the fixture `trained` gives.

    Attributes:
        encoder: after training.
        folder: of the training, for `mmgap.training.training_record.record_training`; None where nothing was trained.
        train: the split it was trained on, or would be; None where there is none.
    """

    encoder: Encoder
    folder: Path | None
    train: Dataset | None


@pytest.fixture
def dataset(cell: Cell, request: pytest.FixtureRequest) -> Dataset:
    """The cell's dataset: the split and the pictures that its experiment declares (test and prepared by default)."""
    return dataset_of(cell, request.node.get_closest_marker("experiment").kwargs)


@pytest.fixture
def encoder(cell: Cell, request: pytest.FixtureRequest, pytestconfig: pytest.Config) -> Encoder:
    """The cell's encoder; its model is loaded when it first encodes."""
    constants = request.node.get_closest_marker("experiment").kwargs
    return encoder_of(cell, constants, pytestconfig.getoption("mmgap_device"), pytestconfig.getoption("mmgap_dtype"))


@pytest.fixture
def vectors(encoder: Encoder, dataset: Dataset, record: Recorder, pytestconfig: pytest.Config) -> Vectors:
    """Raw vectors of the cell's images and texts: from the cache, else encoded once."""
    from mmgap.encoders.embed import embed

    with record.timed("encode"):
        return embed(encoder, dataset, refresh=pytestconfig.getoption("mmgap_refresh") == "all")


@pytest.fixture
def trained(cell: Cell, request: pytest.FixtureRequest, record: Recorder, pytestconfig: pytest.Config) -> Trained:
    """The cell's encoder after its training; as it was where the loss is "initial".

    A training that was finished before is found in the cache; one that was killed goes on where it stopped.
    """
    from mmgap.training.data_splits import NoTrainingDataError
    from mmgap.training.estimate.refused_trainings import check_room
    from mmgap.training.run import trained as train
    from mmgap.training.trained_encoder import onto

    constants = request.node.get_closest_marker("experiment").kwargs
    device, dtype = pytestconfig.getoption("mmgap_device"), pytestconfig.getoption("mmgap_dtype")
    recipe = recipe_of(cell)
    try:
        splits = splits_of(cell, constants)
    except NoTrainingDataError:
        if recipe is not None:
            raise
        return Trained(encoder_of(cell, constants, device, dtype), None, None)
    if recipe is None:
        return Trained(encoder_of(cell, constants, device, dtype), None, splits.train)
    refresh = pytestconfig.getoption("mmgap_refresh") == "all"
    with record.timed("train"):
        start = encoder_of(cell, constants, device, dtype, fresh=True)
        check_room(start, splits, recipe, device)
        folder = train(start, splits, recipe, device=device, refresh=refresh)
    base = encoder_of(cell, constants, device, dtype, fresh=True)
    return Trained(onto(base, folder, f"{cell.encoder}, {cell.loss}"), folder, splits.train)
