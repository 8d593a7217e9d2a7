"""What the towers take, row by row: pixels as uint8, token ids, or whatever tensors an encoder makes of its items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
from torch import Tensor

from mmgap.core.cache import Cache
from mmgap.core.identity import since_first
from mmgap.core.progress import progress_bar
from mmgap.datasets.stored_images import StoredArrays, StoredImages
from mmgap.encoders.base import Encoder, TrainingError, identity_of
from mmgap.encoders.feeding import input_side

if TYPE_CHECKING:
    from PIL.Image import Image

    from mmgap.datasets import Dataset

#: Part of the key of kept pixels and features; raised when what is kept changes.
FORMAT = 2

#: What a tensor is called that an encoder gives without a name.
WHOLE = ""

#: What a processor is asked for here: the rest is done chunk by chunk, see `mmgap.encoders.feeding.normalised`.
_PIXELS_ALONE = {"do_rescale": False, "do_normalize": False, "return_tensors": "np"}


class TowerRows(Protocol):
    """One modality of a data set, as a tower takes it."""

    def __len__(self) -> int: ...

    def take(self, rows: np.ndarray) -> Any:
        """Return the input of these rows, on the CPU."""
        ...


@dataclass(frozen=True, eq=False)
class PixelRows:
    """(N, side, side, 3) uint8: an array, or the rows of a store that are read when they are taken."""

    arrays: np.ndarray | StoredArrays

    def __len__(self) -> int:
        return len(self.arrays)

    def take(self, rows: np.ndarray) -> Tensor:
        """Return (n, side, side, 3) uint8."""
        if isinstance(self.arrays, np.ndarray):
            return torch.from_numpy(self.arrays[rows])
        return torch.from_numpy(np.stack([self.arrays[int(row)] for row in rows]))


@dataclass(frozen=True, eq=False)
class TokenRows:
    """Token ids and their mask, (M, L) each; what is taken is as long as its longest text, unless ``whole``.

    Padding is left out on whichever side it stands. What has one value a text, (M,), is taken as it is.
    """

    tokens: Mapping[str, Tensor]
    whole: bool

    def __len__(self) -> int:
        return len(self.tokens["input_ids"])

    def take(self, rows: np.ndarray) -> dict[str, Tensor]:
        """Return (n, l) of each, by name."""
        chosen = {name: values[rows] for name, values in self.tokens.items()}
        if self.whole or "attention_mask" not in chosen:
            return chosen
        used = chosen["attention_mask"].any(0).nonzero()
        first, last = (int(used[0]), int(used[-1])) if len(used) else (0, 0)
        return {name: v[:, first : last + 1] if v.ndim == 2 else v for name, v in chosen.items()}


@dataclass(frozen=True, eq=False)
class TensorRows:
    """What an encoder makes of a modality, see `mmgap.encoders.Trainable`: tensors by name, one row an item."""

    inputs: Mapping[str, Tensor]

    def __len__(self) -> int:
        return len(next(iter(self.inputs.values())))

    def take(self, rows: np.ndarray) -> dict[str, Tensor]:
        """Return n rows of each, by name."""
        return {name: values[torch.from_numpy(rows)] for name, values in self.inputs.items()}

    @classmethod
    def checked(cls, given: Any, count: int, method: str, name: str) -> TensorRows:
        """Return what a method of an encoder gave as rows.

        Args:
            given: a tensor, or several by name.
            count: items that it was given for.
            method: its name, for errors.
            name: of the encoder, likewise.

        Raises:
            TrainingError: it is something else.
        """
        found = {WHOLE: given} if isinstance(given, Tensor) else given
        if not isinstance(found, Mapping) or not found or not all(isinstance(v, Tensor) for v in found.values()):
            raise TrainingError(f"{name}: {method} gave {type(given).__name__}: a tensor is needed, or several by name")
        if wrong := [tuple(v.shape) for v in found.values() if not v.ndim or len(v) != count]:
            raise TrainingError(
                f"{name}: {method} gave a tensor of shape {wrong[0]} for {count} items: one row an item is needed"
            )
        return cls(found)


def as_given(inputs: Any) -> Any:
    """Return the input of a tower as its encoder gave it: one tensor where it has no name."""
    return inputs.get(WHOLE, inputs) if isinstance(inputs, Mapping) else inputs


def pixel_rows(encoder: Encoder, processor: Any, dataset: Dataset) -> PixelRows:
    """Return pictures as a processor resizes them, kept in the cache; straight from a store of that size.

    Raises:
        TrainingError: the processor does more than that, or the store holds smaller pictures.
    """
    side = _side(encoder, processor)
    if isinstance(dataset.images, StoredImages) and dataset.images.size == side:
        return PixelRows(dataset.images.arrays)
    if isinstance(dataset.images, StoredImages) and dataset.images.size < side:
        raise TrainingError(f"{encoder.name} reads pictures of {side} pixels: --image-size {side}")

    def build() -> dict[str, np.ndarray]:
        return {"pixels": resized(encoder, processor, dataset.images)}

    key = {"pixels_format": FORMAT, "encoder": encoder.fingerprint("image"), "data": dataset.fingerprint("image")}
    key |= since_first(encoder=identity_of(encoder))
    return PixelRows(Cache().arrays("pixels", key, build)["pixels"])


def resized(encoder: Encoder, processor: Any, images: Sequence[Image]) -> np.ndarray:
    """Return (N, side, side, 3) uint8: pictures as a processor resizes and crops them.

    Raises:
        TrainingError: it does more than that.
    """
    side = _side(encoder, processor)
    made = np.empty((len(images), side, side, 3), dtype=np.uint8)
    with progress_bar(total=len(made), desc=f"pictures at {side} pixels") as bar:
        for row in range(len(made)):
            values = processor(images=[images[row]], **_PIXELS_ALONE)["pixel_values"][0]
            made[row] = np.asarray(values).round().clip(0, 255).transpose(1, 2, 0)
            bar.update()
    return made


def _side(encoder: Encoder, processor: Any) -> int:
    if (side := input_side(processor)) is None:
        raise TrainingError(f"{encoder.name} cannot be trained: its image processor does more than resize and crop")
    return side
