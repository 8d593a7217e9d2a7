"""Both modalities of a data set as a `Dual` takes them, features of frozen trunks computed once; batches of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmgap.core.cache import Cache
from mmgap.core.identity import since_first
from mmgap.core.progress import progress_bar
from mmgap.datasets import Dataset
from mmgap.encoders import Encoder
from mmgap.encoders.base import identity_of
from mmgap.encoders.embed import embed
from mmgap.encoders.tower_inputs import FORMAT, TowerRows
from mmgap.encoders.trainable import trainable
from mmgap.training.trainable_model import Dual, Tower

#: Items a forward pass takes where nothing is learned.
READING = 64


@dataclass(frozen=True, eq=False)
class FeatureRows:
    """(N, width) float32."""

    features: Tensor

    def __len__(self) -> int:
        return len(self.features)

    def take(self, rows: np.ndarray) -> Tensor:
        return self.features[torch.from_numpy(rows)]


def pair_rows(dual: Dual, encoder: Encoder, dataset: Dataset) -> tuple[TowerRows, TowerRows]:
    """Images and texts of a data set, as ``dual`` takes them; features where a trunk is frozen.

    Args:
        dual: of `mmgap.training.trainable_model.dual_of`, tuned.
        encoder: that it was made from.
        dataset: with images and captions.
    """
    return _rows(dual.image, "image", encoder, dataset), _rows(dual.text, "text", encoder, dataset)


def in_chunks(inputs: Any, size: int | None) -> list[Any]:
    """A batch's input cut into runs of ``size`` items; all are padded alike, as the whole batch is."""
    if size is None:
        return [inputs]
    if isinstance(inputs, Tensor):
        return list(inputs.split(size))
    starts = range(0, len(next(iter(inputs.values()))), size)
    return [{name: values[start : start + size] for name, values in inputs.items()} for start in starts]


def moved(pixels: Tensor, offsets: np.ndarray) -> Tensor:
    """(n, side, side, 3) pictures, each moved by its (down, right) offset; edges are repeated where nothing was."""
    places = torch.arange(pixels.shape[1])
    down, right = ((places - torch.from_numpy(offsets[:, axis])[:, None]).clamp(0, len(places) - 1) for axis in (0, 1))
    return pixels[torch.arange(len(pixels))[:, None, None], down[:, :, None], right[:, None, :]]


def on(device: str, inputs: Any) -> Any:
    """The input on a device."""
    if isinstance(inputs, Tensor):
        return inputs.to(device, non_blocking=True)
    return {name: values.to(device, non_blocking=True) for name, values in inputs.items()}


def runs(count: int) -> Iterator[np.ndarray]:
    """All rows in order, `READING` at a time."""
    for start in range(0, count, READING):
        yield np.arange(start, min(start + READING, count))


def _rows(tower: Tower, modality: str, encoder: Encoder, dataset: Dataset) -> TowerRows:
    offered = trainable(encoder)
    if tower.frozen_trunk and (trunks := offered.trunk_encoder()) is not None:
        return FeatureRows(torch.from_numpy(getattr(embed(trunks, dataset), f"{modality}s")))
    rows = offered.image_rows(dataset) if modality == "image" else offered.text_rows(dataset)
    return FeatureRows(_features(tower, modality, encoder, dataset, rows)) if tower.frozen_trunk else rows


def _features(tower: Tower, modality: str, encoder: Encoder, dataset: Dataset, rows: TowerRows) -> Tensor:
    """What a frozen trunk gives, computed once and kept."""

    def build() -> dict[str, np.ndarray]:
        tower.eval()
        device = next(tower.parameters()).device
        found = []
        with torch.inference_mode(), progress_bar(total=len(rows), desc=f"{modality} features") as bar:
            for some in runs(len(rows)):
                found.append(tower.features(on(str(device), rows.take(some))).float().cpu().numpy())
                bar.update(len(some))
        return {"features": np.concatenate(found)}

    key = {
        "features_format": FORMAT,
        "modality": modality,
        "encoder": encoder.fingerprint(modality),
        "data": dataset.fingerprint(modality),
        **(trainable(encoder).text_rows_key() if modality == "text" else {}),
        **since_first(encoder=identity_of(encoder)),
    }
    return torch.from_numpy(Cache().arrays("features", key, build)["features"])
