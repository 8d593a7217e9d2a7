"""How pictures reach an image model: through its processor, or straight from a store that has resized them already."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mmgap.core.defaults import IMAGE_SIZE
from mmgap.datasets.base import Dataset
from mmgap.datasets.preparing import prepared
from mmgap.datasets.resizing import Preparation
from mmgap.datasets.stored_images import StoredArrays, StoredImages
from mmgap.encoders.base import Encoder, EncoderError
from mmgap.encoders.explained_errors import explained
from mmgap.encoders.model_options import Options
from mmgap.encoders.picture_steps import PictureSteps

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image

#: Threads that decode beside a GPU: a batch for each lies ready in memory.
READERS = 8

#: What a processor may do for `normalised` to stand in for it; others turn colour channels, pad, rescale otherwise.
_KNOWN = frozenset({"do_resize", "do_center_crop", "do_rescale", "do_normalize", "do_convert_rgb"})


def side_for(encoder: Encoder) -> int:
    """Return the pixels a side at which pictures are prepared for an encoder where nobody says another size.

    That is the usual size (`mmgap.core.defaults.IMAGE_SIZE`), or the encoder's own ``picture_side`` where it reads
    larger pictures.
    """
    return max(IMAGE_SIZE, getattr(encoder, "picture_side", None) or 0)


def prepared_for(encoder: Encoder, dataset: Dataset) -> Dataset:
    """Return a data set with its pictures prepared at `side_for` an encoder. Raises as `prepared`."""
    return prepared(dataset, Preparation(side_for(encoder)))


def feed(
    images: Sequence[Image], processor: Any, options: Options, name: str
) -> tuple[Sequence[Any], Callable[[list[Any]], torch.Tensor | np.ndarray]]:
    """Return (items, prepare) for `mmgap.encoders.batches.in_batches`; what is prepared goes through `model_input`.

    Pictures of a store that are as large as the model's input skip the processor's resize and crop; its mean and
    standard deviation stay. Larger ones go through the processor like any others.

    Args:
        images: N RGB pictures.
        processor: of transformers.
        options: device and dtype of the input.
        name: of the encoder, for errors.

    Raises:
        EncoderError: the store holds smaller pictures than the model reads.
    """
    side = input_side(processor)
    if isinstance(images, StoredImages) and side is not None:
        if images.size < side:
            raise EncoderError(
                f"{name} reads pictures of {side} pixels, but they were prepared at {images.size}: --image-size {side},"
                " or --resize none for the originals"
            )
        if images.size == side:
            return images.arrays, np.stack

    def prepare(batch: list[Any]) -> torch.Tensor:
        with explained(name, "its pictures cannot be prepared"):
            return pixels(processor, batch, options)

    return images, prepare


def readers_of(items: Sequence[Any], options: Options) -> int:
    """Return how many threads make pictures ready: one where they lie ready, or where the model needs the cores itself.

    Beside a GPU a thread for each core but one decodes and resizes, at most `READERS`: both leave the interpreter's
    lock while they work. Processes on several GPUs of a machine share its cores.
    """
    if options.device == "cpu" or isinstance(items, StoredArrays):
        return 1
    cores = (os.cpu_count() or 1) // int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    return max(1, min(READERS, cores - 1))


def model_input(prepared: torch.Tensor | np.ndarray, processor: Any, options: Options) -> torch.Tensor:
    """Return what the model reads: pixels of a store stay uint8 until now.

    They are cast where the model runs, not in the thread that reads ahead: torch's threads of two callers at once
    only wait for each other.
    """
    if isinstance(prepared, np.ndarray):
        return normalised(processor, prepared, options.device, options.torch_dtype())
    return prepared


def pixels(processor: Any, batch: list[Image], options: Options) -> torch.Tensor:
    """Return a batch of pictures of any size as the model's input, on its device and in its dtype."""
    import torch
    from PIL.Image import Image

    steps = PictureSteps.of(processor, input_side(processor))
    if steps is not None and all(isinstance(image, Image) and image.mode == "RGB" for image in batch):
        values = torch.from_numpy(steps(batch))
    else:
        values = processor(images=batch, return_tensors="pt")["pixel_values"]
    return values.to(options.device, options.torch_dtype())


def normalised(
    processor: Any, batch: np.ndarray | torch.Tensor, device: str | torch.device, dtype: torch.dtype
) -> torch.Tensor:
    """Return (B, side, side, 3) uint8 as the model's input: ``(factor · pixels − mean) / sd``, channels first."""
    import torch

    values = torch.as_tensor(batch).to(device).permute(0, 3, 1, 2).float()
    if processor.do_rescale:
        values = values * processor.rescale_factor
    if processor.do_normalize:
        mean, deviation = (
            torch.tensor(v, device=values.device).view(-1, 1, 1) for v in (processor.image_mean, processor.image_std)
        )
        values = (values - mean) / deviation
    return values.to(dtype).contiguous()


def input_side(processor: Any) -> int | None:
    """Pixels a side of what the processor makes; None where that is no square, or where more is done than `_KNOWN`."""
    unusual = [name for name, value in vars(processor).items() if value and name.startswith("do_")]
    unusual += [name for name in ("rescale_offset", "include_top") if getattr(processor, name, False)]
    if not _KNOWN.issuperset(unusual):
        return None
    if getattr(processor, "crop_pct", None) is not None:  # ConvNeXt's (ResNet's, too): larger first, then cut to this
        return dict(processor.size).get("shortest_edge")
    cropped = getattr(processor, "do_center_crop", None)
    size = dict((processor.crop_size if cropped else processor.size) or {})
    sides = {side for side in (size.get("height"), size.get("width")) if side is not None}
    return int(sides.pop()) if len(sides) == 1 else None
