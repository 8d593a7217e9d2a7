"""From a cell to what it needs: its dataset, its encoder, its space, its training.

Nothing here loads a model: fingerprints are read from files, so a resumed cell stays cheap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mmgap.core.messages import quoted
from mmgap.harness.neighbours import Neighbours, View, load_encoder
from mmgap.rows.cell import INITIAL, Cell

if TYPE_CHECKING:
    import numpy as np

    from mmgap.datasets import Dataset
    from mmgap.datasets.parallel_languages import Parallel
    from mmgap.encoders import Encoder
    from mmgap.encoders.base import Vectors
    from mmgap.evaluation.cross_fitting import CrossFitted, HalvedVectors
    from mmgap.evaluation.few_shot_tasks import Task
    from mmgap.evaluation.fitted_space import FittedSpace
    from mmgap.training.data_splits import Splits
    from mmgap.training.recipe import Recipe


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


@dataclass(frozen=True, eq=False)
class CellInputs:
    """What a cell is made of, each built once, when it is first asked for.

    Attributes:
        cell: the cell.
        constants: what the experiment declares of its protocol: pool, tie rule, split …
        devices: where models run, as ``--device`` says: one, or several that share large encodings.
        dtype: in which precision.
        shared: what is shared with the cells beside it.
    """

    cell: Cell
    constants: Mapping[str, Any] = field(default_factory=dict)
    devices: str = "cpu"
    dtype: str = "float32"
    shared: Neighbours = field(default_factory=Neighbours)

    @cached_property
    def device(self) -> str:
        """The one where all runs but large encodings. Raises as `mmgap.encoders.devices.devices_of`."""
        from mmgap.encoders.devices import devices_of

        return devices_of(self.devices)[0]

    @cached_property
    def view(self) -> View:
        """What its data go through before they are encoded; pictures are as large as its encoder reads them."""
        if self.cell.encoder is None:
            return View.of(self.cell, self.constants)
        from mmgap.encoders.feeding import side_for

        return View.of(self.cell, self.constants, side_for(self.loaded_encoder))

    @cached_property
    def dataset(self) -> Dataset:
        """The dataset it names, as its protocol wants it."""
        return self.beside(self._data)

    @cached_property
    def parallel(self) -> Parallel:
        """What names and draws the concepts of its dataset.

        Raises:
            DatasetError: nothing else does.
        """
        from mmgap.datasets.parallel_languages import parallel

        return parallel(self._data)

    def beside(self, spec: str) -> Dataset:
        """Return another dataset as its own is measured."""
        split, captions = self.constants.get("split", "test"), self.cell.value("captions", "all")
        return self.shared.dataset(spec, split, captions, self.view)

    @cached_property
    def loaded_encoder(self) -> Encoder:
        """The encoder it names before anything is fitted; neighbours share its models."""
        return self.shared.encoder(*self._named)

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder it names, whose models neighbours share; a projection without data is fitted on the cell's."""
        return self._fitted(self.loaded_encoder)

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
    def space(self) -> FittedSpace | CrossFitted | None:
        """Its space on the vectors of its encoder; in halves of saved vectors, which have no train split; None for as
        is."""
        from mmgap.evaluation.cross_fitting import CrossFitted
        from mmgap.evaluation.fitted_space import FittedSpace

        if self.cell.space is None:
            return None
        found = FittedSpace(self.cell.space, self.encoder, self._data, self.view)
        halved = found.space.needs_training and self.dataset.vectors is not None
        return CrossFitted(found.space) if halved else found

    def vectors(self, encoder: Encoder, *, refresh: bool = False) -> Vectors | HalvedVectors:
        """Return its vectors in its space: from the cache, else encoded, and fitted, now.

        Args:
            encoder: its own, or what a training made of it.
            refresh: encode again what is cached.
        """
        from mmgap.encoders.embed import embed

        found = embed(encoder, self.dataset, refresh=refresh)
        return found if self.space is None else self.space.on(encoder).of(found, self.dataset)

    def raw_vectors(self) -> Vectors:
        """Return the vectors of its encoder as they are, whatever its space."""
        from mmgap.encoders.embed import embed

        return embed(self.encoder, self.dataset)

    def train_vectors(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Return images and texts of its dataset's train split in its space; None where there is no such split."""
        from mmgap.datasets.base import DatasetError
        from mmgap.encoders.embed import embed
        from mmgap.evaluation.cross_fitting import CrossFitted

        try:
            train = self.shared.dataset(self._data, "train", "all", self.view)
        except DatasetError:
            return None
        found = embed(self.encoder, train)
        if self.space is None:
            return found.images, found.texts
        assert not isinstance(self.space, CrossFitted), "saved vectors have no train split"
        return self.space.fitted.transform(found.images, found.texts)

    def task(self, templates: Sequence[str]) -> Task:
        """Return what its adapter is to classify: shots of train, class vectors of prompts; of a dataset without a
        train split, halves of what there is.

        Args:
            templates: the ensemble of prompts, with ``{}`` where a class's name goes.

        Raises:
            DatasetError: its dataset has no classes.
            AdapterError: fewer than two classes, or nothing to test.
        """
        from mmgap.evaluation.classes_of_data import task_of_data

        return task_of_data(self.encoder, self.labelled_splits, templates)

    @cached_property
    def labelled_splits(self) -> dict[str, Dataset]:
        """Its test split, and train and validation where its dataset has them."""
        from mmgap.datasets.base import DatasetError

        found = {"test": self.dataset}
        for split in ("train", "validation"):
            try:
                found[split] = self.shared.dataset(self._data, split, "first", self.view)
            except DatasetError:  # saved vectors and most folders are one set
                continue
        return found

    @property
    def _data(self) -> str:
        assert self.cell.dataset is not None
        return self.cell.dataset

    @property
    def _named(self) -> tuple[str, str, str, int]:
        assert self.cell.encoder is not None
        return self.cell.encoder, self.devices, self.dtype, self.cell.seed

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
