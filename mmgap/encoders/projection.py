"""What joins two towers: a random matrix, a saved one, or one that is still to be fitted on training pairs."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from mmgap.core.messages import quoted
from mmgap.core.paths import MissingDataError, is_file
from mmgap.encoders.base import EncoderError
from mmgap.encoders.model_options import whole_seed
from mmgap.encoders.weights import file_hash
from mmgap.spaces.maps import PairMap
from mmgap.spaces.random_matrix import SEED, RandomMap

if TYPE_CHECKING:
    from mmgap.datasets import Dataset


class Projection(Protocol):
    """What stands in the third place of ``two-towers:IMAGE,TEXT,PROJECTION``."""

    def fingerprint(self) -> dict[str, Any]: ...

    def map(self, image_width: int, text_width: int) -> PairMap: ...

    def logit_scale(self) -> float | None: ...

    def saved_map(self) -> PairMap | None: ...

    def notes(self, measured: Dataset) -> tuple[str, ...]: ...


class RandomProjection:
    """``random`` or ``random:SEED``: images into text space by a normal matrix with sd 1/√d_image."""

    def __init__(self, argument: str | None) -> None:
        self.seed = whole_seed(argument, f"projection 'random:{argument}'", 2**32 - 1) if argument else SEED

    def fingerprint(self) -> dict[str, Any]:
        """Return the seed."""
        return {"kind": "random normal", "seed": self.seed}

    def map(self, image_width: int, text_width: int) -> PairMap:
        """Return the images by the matrix; texts stay as they are."""
        return RandomMap(self.seed).between(image_width, text_width)

    def logit_scale(self) -> None:
        """None: nothing was trained."""
        return

    def saved_map(self) -> None:
        """None: there is no file."""
        return

    def notes(self, measured: Dataset) -> tuple[str, ...]:
        """None: nothing was fitted."""
        return ()


class SavedProjection:
    """A file: ``.safetensors`` as `mmgap.spaces.PairMap.save` writes it, or ``.npy`` of the image weight alone."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def fingerprint(self) -> dict[str, Any]:
        """Return the content of the file.

        Raises:
            SpaceError: it is damaged; that is no key.
        """
        content = file_hash(self._present())
        self._map  # noqa: B018 - it is read and checked
        return {"kind": "file", "content": content}

    def map(self, image_width: int, text_width: int) -> PairMap:
        """As saved.

        Raises:
            EncoderError: the saved map does not fit the two towers.
        """
        weight, widths = self._map.image.weight, self._map.image.widths
        wanted = widths[0] if self._map.text is not None else text_width
        if widths != (wanted, image_width):
            raise EncoderError(
                f"projection {self.file}: a weight of shape {weight.shape} does not fit: images have"
                f" {image_width} dimensions and texts {text_width}, so it is ({wanted}, {image_width})"
            )
        return self._map

    def saved_map(self) -> PairMap:
        """Return the map of the file."""
        return self._map

    def logit_scale(self) -> float | None:
        """e^τ that the map was trained with; None where the file has none."""
        return PairMap.scale_of(self._present())

    def notes(self, measured: Dataset) -> tuple[str, ...]:
        """None: whoever saved it knows what it was fitted on."""
        return ()

    @cached_property
    def _map(self) -> PairMap:
        return PairMap.load(self._present())

    def _present(self) -> Path:
        if not is_file(self.file):
            raise MissingDataError(
                f"projection file {quoted(self.file)} not found: make it with mmgap.spaces.PairMap.save"
            )
        return self.file


class UnfittedProjection:
    """``ridge:DATASET``, ``cca:DATASET``, ``procrustes:DATASET``: a space that `mmgap.evaluation.fitted_space` fits.

    Attributes:
        method: of `mmgap.spaces.registry`.
        data: spec of the data set it is fitted on; None for that of the experiment.
    """

    def __init__(self, method: str, data: str | None) -> None:
        self.method, self.data = method, data

    def fingerprint(self) -> NoReturn:
        """Raise an `EncoderError`, as everything else here: an encoder fits nothing."""
        raise EncoderError(
            f"projection {self.method!r} is not fitted yet: mmgap.evaluation.fitted_space.load_encoder loads an encoder"
            " and fits what it needs"
        )

    def map(self, image_width: int, text_width: int) -> NoReturn:
        self.fingerprint()

    def saved_map(self) -> None:
        """None: there is no file."""
        return

    def logit_scale(self) -> None:
        """None: it is fitted without any."""
        return

    def notes(self, measured: Dataset) -> NoReturn:
        self.fingerprint()
