"""What cells that follow one another share: datasets as they are encoded, encoders with their models, splits.

Nothing here loads a model: it is loaded when it first encodes.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mmgap.core.defaults import IMAGE_SIZE, RESIZE
from mmgap.rows.cell import Cell

if TYPE_CHECKING:
    from mmgap.datasets import Dataset
    from mmgap.encoders import Encoder
    from mmgap.training.data_splits import Splits


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
    def of(cls, cell: Cell, constants: Mapping[str, Any], side: int = IMAGE_SIZE) -> View:
        """As a cell's variant and its protocol say; pictures of ``side`` pixels where they say none."""
        resize = "none" if constants.get("images") == "original" else cell.value("resize", RESIZE)
        return cls(cell.value("prompt"), cell.value("image_size", side), resize)

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


def load_encoder(spec: str, device: str, dtype: str, seed: int) -> Encoder:
    """Return an encoder as its spec names it; what it has to be fitted on is its cell's."""
    from mmgap import encoders

    return encoders.load(spec, device=device, dtype=dtype, seed=seed)


def load_splits(spec: str, view: View) -> Splits:
    """Return what is trained on and watched: a dataset's train and validation splits, seen as its test split is."""
    from mmgap.training.data_splits import Splits

    return Splits.of(spec, view)


class Neighbours:
    """What cells that follow one another share: the last datasets, encoders with their models, and splits.

    The one place where anything outlives its cell; a session has one.
    """

    def __init__(self) -> None:
        self.dataset = functools.lru_cache(maxsize=4)(load_dataset)
        self.encoder = functools.lru_cache(maxsize=2)(load_encoder)
        self.splits = functools.lru_cache(maxsize=2)(load_splits)
        self._not_fetched: dict[str | None, Exception | None] = {}

    def fetch(self, spec: str) -> None:
        """Bring what is missing of a dataset that a portal has; tried once a session, whatever comes of it.

        Raises:
            FetchError: it cannot be had, and nothing of it is here.
        """
        from mmgap.datasets.download import FetchError, fetch_missing, source_of

        source = source_of(spec)
        if source not in self._not_fetched:
            self._not_fetched[source] = None
            try:
                fetch_missing(spec)
            except FetchError as error:
                self._not_fetched[source] = error
        if (failure := self._not_fetched[source]) is not None:
            raise failure
