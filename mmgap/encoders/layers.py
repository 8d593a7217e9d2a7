"""The layers of an encoder's towers: one pooled vector an item behind each, gathered by forward hooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor, nn

from mmgap.encoders.base import Encoder, EncoderError
from mmgap.encoders.tower_inputs import as_given
from mmgap.encoders.trainable import trainable

if TYPE_CHECKING:
    import numpy as np

    from mmgap.datasets import Dataset

Modality = Literal["image", "text"]

#: What the vectors of the common space are called, behind the last layer.
OUTPUT = "vectors"

#: Items of a forward pass.
BATCH = 64


def layer_vectors(
    encoder: Encoder, dataset: Dataset, modality: Modality, *, device: str = "cpu"
) -> Iterator[dict[str, np.ndarray]]:
    """Yield the pooled vectors of every layer, some items of a dataset at a time, in their order.

    A layer is an entry of the longest list of blocks in the tower (`blocks_of`). Tokens are averaged over those that
    are no padding, feature maps over their places.

    Args:
        encoder: with two towers, see `mmgap.encoders.Trainable`; in evaluation mode here, whatever it was in.
        dataset: whose images or captions are shown to it.
        modality: "image" or "text".
        device: where its towers are.

    Yields:
        Layer → (n, width) float32, from the first to ``"vectors"``, the tower's output; `BATCH` items, at last fewer.

    Raises:
        TrainingError: the encoder offers no towers.
        EncoderError: its tower has no list of blocks, or one whose output is no array of an item each.

    >>> from mmgap import datasets, encoders
    >>> data = datasets.load("glyphs-en", captions="first").select(range(10))
    >>> (found,) = layer_vectors(encoders.load("tiny"), data, "image")
    >>> {name: rows.shape for name, rows in found.items()}
    {'1': (10, 128), '2': (10, 128), '3': (10, 128), 'vectors': (10, 64)}
    """
    import numpy as np

    offered = trainable(encoder)
    rows = offered.image_rows(dataset) if modality == "image" else offered.text_rows(dataset)
    tower = offered.towers()[modality == "text"]
    mode = tower.training
    tower.eval()
    try:
        for start in range(0, len(rows), BATCH):
            inputs = rows.take(np.arange(start, min(start + BATCH, len(rows))))
            with torch.inference_mode():
                found = _of_batch(tower, as_given(_on(device, inputs)), encoder.name)
            yield found  # outside: whoever takes it may be learning
    finally:
        tower.train(mode)


def blocks_of(tower: nn.Module) -> nn.ModuleList | nn.Sequential | None:
    """Return the longest list of blocks in a tower, the outermost of equally long ones; None where there is none.

    Lists count before sequences, which also join parts of one layer.
    """
    for kind in (nn.ModuleList, nn.Sequential):
        found = [module for module in tower.modules() if isinstance(module, kind) and len(module) > 1]
        if found:
            return max(found, key=len)
    return None


def _of_batch(tower: nn.Module, inputs: Any, name: str) -> dict[str, np.ndarray]:
    if (blocks := blocks_of(tower)) is None:
        raise EncoderError(f"{name}: {type(tower).__name__} has no list of layers that could be compared")
    seen: dict[str, Tensor] = {}
    with _hooked(blocks, seen):
        output = tower(inputs)
    mask = inputs.get("attention_mask") if isinstance(inputs, Mapping) else None
    return {
        layer: _pooled(values, len(output), mask, f"{name}, layer {layer}").float().cpu().numpy()
        for layer, values in {**seen, OUTPUT: output}.items()
    }


@contextmanager
def _hooked(blocks: nn.ModuleList | nn.Sequential, seen: dict[str, Tensor]) -> Iterator[None]:
    """Put the output of each block into ``seen``, by its number from 1, while this holds."""

    def note(number: int) -> Any:
        def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
            seen[str(number)] = output[0] if isinstance(output, tuple) else output

        return hook

    handles = [block.register_forward_hook(note(number)) for number, block in enumerate(blocks, 1)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _pooled(values: Any, count: int, mask: Tensor | None, where: str) -> Tensor:
    """(n, width): the mean over tokens, or over the places of a feature map."""
    if not isinstance(values, Tensor) or not values.is_floating_point() or values.ndim not in (2, 3, 4):
        raise EncoderError(f"{where}: no array of an item each comes out of it")
    if len(values) != count:
        raise EncoderError(f"{where}: {len(values)} rows come out of it for {count} items")
    if values.ndim == 4:
        return values.flatten(2).mean(dim=2)
    if values.ndim == 3:
        if mask is None or mask.shape != values.shape[:2]:
            return values.mean(dim=1)
        weight = mask[:, :, None].to(values)
        return (values * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1)
    return values


def _on(device: str, inputs: Any) -> Any:
    if isinstance(inputs, Tensor):
        return inputs.to(device)
    return {name: values.to(device) for name, values in inputs.items()}
