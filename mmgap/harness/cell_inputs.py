"""From a cell to what it needs: its dataset, its encoder, its space, and the inputs that make its row's key.

Nothing here loads a model: fingerprints are read from files, so a resumed cell stays cheap.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mmgap.core.defaults import IMAGE_SIZE, RESIZE
from mmgap.core.messages import quoted
from mmgap.rows.cell import INITIAL, Cell
from mmgap.rows.row import MEASURE_VERSION, SCHEMA, Row, row_key

if TYPE_CHECKING:
    from mmgap.datasets import Dataset
    from mmgap.encoders import Encoder
    from mmgap.encoders.base import Vectors
    from mmgap.evaluation.fitted_space import FittedSpace
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
        resize = "none" if constants.get("images") == "original" else cell.value("resize", RESIZE)
        return cls(cell.value("prompt"), cell.value("image_size", IMAGE_SIZE), resize)

    def __call__(self, data: Dataset) -> Dataset:
        """The dataset as it is encoded; what is missing of its preparation is done now."""
        from mmgap.datasets.preparing import prepared, screened
        from mmgap.datasets.resizing import Preparation

        if self.prompt is not None:
            data = data.prompted(self.prompt)
        return screened(data) if self.resize == "none" else prepared(data, Preparation(self.size, self.resize))


def load_dataset(spec: str, split: str, captions: str, view: View) -> Dataset:
    """Return a dataset as cells of one view measure it.

    Raises:
        DatasetError: there is nothing in the split, or a single picture.
    """
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


class Neighbours:
    """What cells that follow one another share: the last datasets, encoders with their models, and splits.

    The one place where anything outlives its cell; a session has one.
    """

    def __init__(self) -> None:
        self.dataset = functools.lru_cache(maxsize=4)(load_dataset)
        self.encoder = functools.lru_cache(maxsize=2)(load_encoder)
        self.splits = functools.lru_cache(maxsize=2)(load_splits)


def load_encoder(spec: str, device: str, dtype: str, seed: int) -> Encoder:
    """Return an encoder as its spec names it; what it has to be fitted on is its cell's."""
    from mmgap import encoders

    return encoders.load(spec, device=device, dtype=dtype, seed=seed)


def load_splits(spec: str, view: View) -> Splits:
    """Return what is trained on and watched: a dataset's train and validation splits, seen as its test split is."""
    from mmgap.training.data_splits import Splits

    return Splits.of(spec, view)


@dataclass(frozen=True, eq=False)
class CellInputs:
    """What a cell is made of, each built once, when it is first asked for.

    Attributes:
        cell: the cell.
        constants: what the experiment declares of its protocol: pool, tie rule, split …
        device: where models run.
        dtype: in which precision.
        shared: what is shared with the cells beside it.
    """

    cell: Cell
    constants: Mapping[str, Any] = field(default_factory=dict)
    device: str = "cpu"
    dtype: str = "float32"
    shared: Neighbours = field(default_factory=Neighbours)

    @cached_property
    def view(self) -> View:
        """What its data go through before they are encoded."""
        return View.of(self.cell, self.constants)

    @cached_property
    def dataset(self) -> Dataset:
        """The dataset it names, as its protocol wants it."""
        split, captions = self.constants.get("split", "test"), self.cell.value("captions", "all")
        return self.shared.dataset(self._data, split, captions, self.view)

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder it names, whose models neighbours share; a projection without data is fitted on the cell's."""
        return self._fitted(self._loaded)

    def fresh_encoder(self) -> Encoder:
        """Return the encoder once more, for a training, which changes its models."""
        return self._fitted(load_encoder(*self._named))

    @cached_property
    def splits(self) -> Splits:
        """What it trains on and watches.

        Raises:
            NoTrainingDataError: its dataset can be measured only.
        """
        return self.shared.splits(self._data, self.view)

    @cached_property
    def recipe(self) -> Recipe | None:
        """How its encoder is trained; None where nothing is.

        Raises:
            TrainingError: a recipe that cannot be.
        """
        return recipe_of(self.cell)

    @cached_property
    def space(self) -> FittedSpace | None:
        """Its space on the vectors of its encoder; None for as is."""
        from mmgap.evaluation.fitted_space import FittedSpace

        return None if self.cell.space is None else FittedSpace(self.cell.space, self.encoder, self._data, self.view)

    def vectors(self, encoder: Encoder, *, refresh: bool = False) -> Vectors:
        """Return its vectors in its space: from the cache, else encoded, and fitted, now.

        Args:
            encoder: its own, or what a training made of it.
            refresh: encode again what is cached.
        """
        from mmgap.encoders.embed import embed

        found = embed(encoder, self.dataset, refresh=refresh)
        return found if self.space is None else self.space.on(encoder).of(found, self.dataset)

    def to_dict(self, experiment: Mapping[str, Any]) -> dict[str, Any]:
        """Return all that changes the result, for the key; ``identities`` says by which code (`mmgap.core.identity`).

        Args:
            experiment: the identity of the experiment.

        Raises:
            MissingDataError: data or weights are not on this machine.
            TrainingError: the cell's training cannot be done.
        """
        from mmgap import losses, spaces
        from mmgap.metrics.catalogue import identities as metric_identities

        cell = self.cell
        inputs: dict[str, Any] = {"measure_version": MEASURE_VERSION, **self.constants}
        identities = {"experiment": dict(experiment)}
        if cell.dataset is not None:
            inputs |= self.dataset.fingerprint()
            identities |= {"dataset": dict(self.dataset.identity), **metric_identities()}
        if cell.encoder is not None:
            from mmgap.encoders.base import NeedsFitting, identity_of
            from mmgap.encoders.model_options import require_device

            if self.device != "cpu":
                require_device(self.device)
            inputs |= self.encoder.fingerprint()
            identities["encoder"] = identity_of(self.encoder)
            if isinstance(self._loaded, NeedsFitting) and self._loaded.to_fit is not None:
                identities["projection"] = spaces.registry.identity(self._loaded.to_fit[0])
            if self.space is not None:
                inputs["space"] = self.space.fingerprint()
                identities |= spaces.identities(self.space.space.spec)
        if cell.loss is not None:
            inputs |= self._training()
            identities |= {} if cell.loss == INITIAL else losses.identities(cell.loss)
        return {**inputs, "identities": identities}

    def _training(self) -> dict[str, Any]:
        """How it is trained and on what; where nothing is trained the train split is measured all the same."""
        from mmgap.training.data_splits import NoTrainingDataError
        from mmgap.training.recipe import FORMAT

        try:
            splits = self.splits.fingerprint()
        except NoTrainingDataError:
            if self.recipe is not None:
                raise
            return {}
        trained = {} if self.recipe is None else {"training_format": FORMAT, "recipe": self.recipe.to_dict()}
        return {**trained, "training_splits": splits}

    @property
    def _data(self) -> str:
        assert self.cell.dataset is not None
        return self.cell.dataset

    @property
    def _named(self) -> tuple[str, str, str, int]:
        assert self.cell.encoder is not None
        return self.cell.encoder, self.device, self.dtype, self.cell.seed

    @cached_property
    def _loaded(self) -> Encoder:
        return self.shared.encoder(*self._named)

    def _fitted(self, encoder: Encoder) -> Encoder:
        from mmgap.evaluation.fitted_space import fitted

        return fitted(encoder, self.cell.dataset, self.view)


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
