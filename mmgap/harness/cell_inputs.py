"""From a cell to what it needs: its dataset, its encoder, and the inputs that make its row's key.

Nothing here loads a model: fingerprints are read from files, so a resumed cell stays cheap.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from mmgap.core.defaults import IMAGE_SIZE, RESIZE
from mmgap.core.messages import quoted
from mmgap.rows.cell import INITIAL, Cell
from mmgap.rows.row import MEASURE_VERSION, SCHEMA, Row, row_key

if TYPE_CHECKING:
    from mmgap.datasets import Dataset
    from mmgap.encoders import Encoder
    from mmgap.training.data_splits import Splits
    from mmgap.training.recipe import Recipe

#: Source → why it could not be fetched in this session; None where it was.
_FETCHED: dict[str | None, Exception | None] = {}


@dataclass(frozen=True)
class View:
    """What a cell's data go through before they are encoded.

    Their pictures are prepared (`mmgap.datasets.preparing`) where they lie in files: 224 pixels, short side resized,
    centre kept, unless the variant has another ``image_size`` or ``resize``. With ``resize`` "none", or
    ``images="original"`` among the protocol's constants, the encoder's own processor gets the originals.
    """

    prompt: str | None
    size: int
    resize: str

    @classmethod
    def of(cls, cell: Cell, constants: Mapping[str, Any]) -> View:
        """As a cell's variant and its protocol say."""
        variant = dict(cell.variant)
        resize = "none" if constants.get("images") == "original" else variant.get("resize", RESIZE)
        return cls(variant.get("prompt"), variant.get("image_size", IMAGE_SIZE), resize)

    def __call__(self, data: Dataset) -> Dataset:
        """The dataset as it is encoded; what is missing of its preparation is done now."""
        from mmgap.datasets.preparing import Preparation, prepared, screened

        if self.prompt is not None:
            data = data.prompted(self.prompt)
        return screened(data) if self.resize == "none" else prepared(data, Preparation(self.size, self.resize))


def dataset_of(cell: Cell, constants: Mapping[str, Any]) -> Dataset:
    """The dataset a cell names, as its protocol wants it; the last few stay loaded, since neighbours share them."""
    assert cell.dataset is not None
    captions = dict(cell.variant).get("captions", "all")
    return _dataset(cell.dataset, constants.get("split", "test"), captions, View.of(cell, constants))


@functools.lru_cache(maxsize=4)
def _dataset(spec: str, split: str, captions: str, view: View) -> Dataset:
    from mmgap import datasets
    from mmgap.datasets.keywords import skipped_note

    data = datasets.load(spec, split=split, captions=captions)
    if not data.image_ids:
        raise datasets.DatasetError(
            f"{spec}: there is nothing in its {split!r} split. {' '.join(skipped_note(data.skipped))}".strip()
            + " Where no split is official a hash of the caption decides, 80/10/10: a small set is better given as"
            " folder:PATH"
        )
    seen = view(data)
    if len(seen.image_ids) == 1:
        raise datasets.DatasetError(f"{spec} has one usable picture: at least two are needed to measure anything")
    return seen


def fetched(spec: str) -> None:
    """Bring what is missing of a dataset that a portal has; tried once a session, whatever comes of it.

    Raises:
        FetchError: it cannot be had, and nothing of it is here.
    """
    from mmgap.datasets.download import FetchError, fetch_missing, source_of

    source = source_of(spec)
    if source not in _FETCHED:
        try:
            fetch_missing(spec)
            _FETCHED[source] = None
        except FetchError as error:
            _FETCHED[source] = error
    if (failure := _FETCHED[source]) is not None:
        raise failure


def encoder_of(cell: Cell, constants: Mapping[str, Any], device: str, dtype: str, *, fresh: bool = False) -> Encoder:
    """The encoder a cell names; a projection that is fitted without a dataset's name is fitted on the cell's own.

    Neighbours share its models, but for a ``fresh`` one: training changes them.
    """
    from mmgap.encoders.two_towers import fitted_on, fitted_projection

    assert cell.encoder is not None
    spec = cell.encoder if cell.dataset is None else fitted_on(cell.encoder, cell.dataset)
    view = View.of(cell, constants) if fitted_projection(spec) else None
    make = _encoder.__wrapped__ if fresh else _encoder
    return make(spec, device, dtype, cell.seed, view)


@functools.lru_cache(maxsize=2)
def _encoder(spec: str, device: str, dtype: str, seed: int, view: View | None) -> Encoder:
    from mmgap import encoders

    encoder: Any = encoders.load(spec, device=device, dtype=dtype, seed=seed)
    if view is not None:
        encoder.projection.view = view
    return encoder


def passed_over(cell: Cell, asked: Sequence[str]) -> str:
    """The ``--encoder`` options that a cell of saved vectors makes no use of; ``""`` where there are none.

    Raises:
        UnknownNameError: one of them names no encoder.
    """
    from mmgap import encoders

    if cell.encoder != "vectors" or not (cell.dataset or "").startswith("vectors:"):
        return ""
    for spec in asked:
        encoders.registry.resolve(spec)
    return ", ".join(f"--encoder {quoted(spec)}" for spec in asked if spec != "vectors")


def recipe_of(cell: Cell) -> Recipe | None:
    """How a cell's encoder is trained; None where nothing is.

    Raises:
        TrainingError: a recipe that cannot be.
    """
    from mmgap.training.default_recipes import usual
    from mmgap.training.recipe import Recipe

    if cell.encoder is None or cell.loss in (None, INITIAL):
        return None
    names = {field.name for field in fields(Recipe)}
    asked = {name: value for name, value in cell.variant if name in names}
    return Recipe.of({**usual(cell.encoder), **asked}, loss=cell.loss, seed=cell.seed)


def splits_of(cell: Cell, constants: Mapping[str, Any]) -> Splits:
    """What a cell trains on and watches: its data set's train and validation splits, seen as its test split is."""
    assert cell.dataset is not None
    return _splits(cell.dataset, View.of(cell, constants))


@functools.lru_cache(maxsize=2)
def _splits(spec: str, view: View) -> Splits:
    from mmgap.training.data_splits import Splits

    return Splits.of(spec, view)


def inputs_of(
    cell: Cell, experiment: Mapping[str, Any], constants: Mapping[str, Any], device: str, dtype: str
) -> dict[str, Any]:
    """Everything that changes the result of a cell; ``identities`` says by which code (`mmgap.core.identity`).

    Args:
        cell: the cell.
        experiment: the identity of the experiment.
        constants: what the experiment declares of its protocol: pool, tie rule, split …
        device: where models run.
        dtype: in which precision.

    Raises:
        MissingDataError: data or weights are not on this machine.
        TrainingError: the cell's training cannot be done.
    """
    from mmgap import losses

    inputs: dict[str, Any] = {"measure_version": MEASURE_VERSION, **constants}
    identities = {"experiment": dict(experiment)}
    if cell.dataset is not None:
        data = dataset_of(cell, constants)
        inputs |= data.fingerprint()
        identities["dataset"] = dict(data.identity)
    if cell.encoder is not None:
        from mmgap import spaces
        from mmgap.encoders.base import identity_of
        from mmgap.encoders.model_options import require_device
        from mmgap.encoders.two_towers import fitted_projection

        if device != "cpu":
            require_device(device)
        encoder = encoder_of(cell, constants, device, dtype)
        inputs |= encoder.fingerprint()
        identities["encoder"] = identity_of(encoder)
        if (method := fitted_projection(cell.encoder)) is not None:
            identities["projection"] = spaces.registry.identity(method)
    if cell.loss is not None:
        inputs |= _training_inputs(cell, constants)
        identities |= {} if cell.loss == INITIAL else losses.identities(cell.loss)
    return {**inputs, "identities": identities}


def _training_inputs(cell: Cell, constants: Mapping[str, Any]) -> dict[str, Any]:
    """How a cell is trained and on what; where nothing is trained the train split is measured all the same."""
    from mmgap.training.data_splits import NoTrainingDataError
    from mmgap.training.recipe import FORMAT

    recipe = recipe_of(cell)
    try:
        splits = splits_of(cell, constants).fingerprint()
    except NoTrainingDataError:
        if recipe is not None:
            raise
        return {}
    trained = {} if recipe is None else {"training_format": FORMAT, "recipe": recipe.to_dict()}
    return {**trained, "training_splits": splits}


def share_cores() -> None:
    """Under xdist, give this worker its part of the cores: threads of several workers on one core only wait."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers == 1:
        return
    threads = max(1, (os.cpu_count() or 1) // workers)
    for variable in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(variable, str(threads))  # read when torch and numba are loaded
    if (torch := sys.modules.get("torch")) is not None:
        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


def new_row(cell: Cell, inputs: dict[str, Any], started_at: str) -> Row:
    """The row of a cell that has begun: if its process dies, this is what remains."""
    coordinates = cell.to_dict()
    return {
        "schema": SCHEMA,
        "key": row_key(coordinates, inputs),
        "cell": coordinates,
        "inputs": inputs,
        "status": "running",
        "error": None,
        "metrics": {},
        "notes": [],
        "items": None,
        "time": {},
        "memory": {},
        "provenance": {},
        "started_at": started_at,
    }
