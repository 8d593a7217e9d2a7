"""What the towers take, row by row: pixels as uint8, token ids, or features that a frozen trunk gave once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from mmgap.core.cache import Cache
from mmgap.core.checked_json import JsonError, read_json
from mmgap.core.identity import since_first
from mmgap.core.progress import progress_bar
from mmgap.datasets import Dataset
from mmgap.datasets.stored_images import StoredArrays, StoredImages
from mmgap.encoders import Encoder
from mmgap.encoders.base import Trainable, identity_of
from mmgap.encoders.dual import DualEncoder
from mmgap.encoders.embed import embed
from mmgap.encoders.feeding import input_side
from mmgap.encoders.trouble import explained
from mmgap.encoders.two_towers import ProjectedTowers
from mmgap.training.recipe import TrainingError
from mmgap.training.trainable_model import WHOLE, Dual, Tower

#: Items a forward pass takes where nothing is learned.
READING = 64

#: Part of the key of kept features and pixels; raised when what is kept changes.
FORMAT = 2

#: What a processor is asked for here: the rest is done chunk by chunk, see `mmgap.encoders.feeding.normalised`.
_PIXELS_ALONE = {"do_rescale": False, "do_normalize": False, "return_tensors": "np"}


class Rows(Protocol):
    """One modality of a data set, as a tower takes it."""

    def __len__(self) -> int: ...

    def take(self, rows: np.ndarray) -> Any:
        """The input of these rows, on the CPU."""
        ...


@dataclass(frozen=True, eq=False)
class PixelRows:
    """(N, side, side, 3) uint8: an array, or the rows of a store that are read when they are taken."""

    arrays: np.ndarray | StoredArrays

    def __len__(self) -> int:
        return len(self.arrays)

    def take(self, rows: np.ndarray) -> Tensor:
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
        chosen = {name: values[rows] for name, values in self.tokens.items()}
        if self.whole or "attention_mask" not in chosen:
            return chosen
        used = chosen["attention_mask"].any(0).nonzero()
        first, last = (int(used[0]), int(used[-1])) if len(used) else (0, 0)
        return {name: v[:, first : last + 1] if v.ndim == 2 else v for name, v in chosen.items()}


@dataclass(frozen=True, eq=False)
class OwnRows:
    """What an encoder from outside makes of a modality, see `mmgap.encoders.Trainable`: one row an item."""

    inputs: Mapping[str, Tensor]

    def __len__(self) -> int:
        return len(next(iter(self.inputs.values())))

    def take(self, rows: np.ndarray) -> dict[str, Tensor]:
        return {name: values[torch.from_numpy(rows)] for name, values in self.inputs.items()}


@dataclass(frozen=True, eq=False)
class FeatureRows:
    """(N, width) float32."""

    features: Tensor

    def __len__(self) -> int:
        return len(self.features)

    def take(self, rows: np.ndarray) -> Tensor:
        return self.features[torch.from_numpy(rows)]


def pair_rows(dual: Dual, encoder: Encoder, dataset: Dataset) -> tuple[Rows, Rows]:
    """Images and texts of a data set, as ``dual`` takes them; features where a trunk is frozen.

    Args:
        dual: of `mmgap.training.trainable_model.dual_of`, tuned.
        encoder: that it was made from.
        dataset: with images and captions.
    """
    return _rows(dual.image, "image", encoder, dataset), _rows(dual.text, "text", encoder, dataset)


def raw_features(encoder: ProjectedTowers, dataset: Dataset) -> dict[str, Tensor]:
    """Features of both modalities, before the projection."""
    found = embed(encoder.raw, dataset)
    return {"image": torch.from_numpy(found.images), "text": torch.from_numpy(found.texts)}


def text_feeding(encoder: Any) -> dict[str, Any]:
    """A part of a key: empty but for text models with a prompt of their own, or padded on the left.

    What was kept of these before was made of other tokens. Reads files alone.
    """
    base = getattr(encoder, "base", encoder)
    folder = getattr(base.raw.texts if isinstance(base, ProjectedTowers) else base, "folder", None)
    if folder is None:
        return {}
    prompts, tokenizer = (
        _told(folder, file) for file in ("config_sentence_transformers.json", "tokenizer_config.json")
    )
    prompted = isinstance(base, ProjectedTowers) and prompts.get("default_prompt_name")
    return {"text_rows": 2} if prompted or tokenizer.get("padding_side") == "left" else {}


def _told(folder: Path, name: str) -> dict[str, Any]:
    """What a file of settings holds; nothing where it is absent or unreadable, which loading says."""
    file = next(iter(sorted(folder.rglob(name), key=lambda path: len(path.parts))), None)
    try:
        found = {} if file is None else read_json(file)
    except JsonError:
        return {}
    return found if isinstance(found, dict) else {}


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


def _rows(tower: Tower, modality: str, encoder: Encoder, dataset: Dataset) -> Rows:
    base: Any = getattr(encoder, "base", encoder)
    if tower.frozen_trunk and isinstance(base, ProjectedTowers):
        return FeatureRows(raw_features(base, dataset)[modality])
    rows: Rows
    if isinstance(base, Trainable):
        rows = _own(base, modality, dataset)
    else:
        rows = _pixels(base, dataset) if modality == "image" else _tokens(base, dataset.captions)
    return FeatureRows(_features(tower, modality, encoder, dataset, rows)) if tower.frozen_trunk else rows


def _features(tower: Tower, modality: str, encoder: Encoder, dataset: Dataset, rows: Rows) -> Tensor:
    """What a frozen trunk gives, computed once and kept."""

    def build() -> dict[str, np.ndarray]:
        tower.eval()
        device = next(tower.parameters()).device
        found = []
        with torch.inference_mode(), progress_bar(total=len(rows), desc=f"{modality} features") as bar:
            for some in runs(len(rows)):
                found.append(tower.trunk(on(str(device), rows.take(some))).float().cpu().numpy())
                bar.update(len(some))
        return {"features": np.concatenate(found)}

    key = {
        "features_format": FORMAT,
        "modality": modality,
        "encoder": encoder.fingerprint(modality),
        "data": dataset.fingerprint(modality),
        **(text_feeding(encoder) if modality == "text" else {}),
        **since_first(encoder=identity_of(encoder)),
    }
    return torch.from_numpy(Cache().arrays("features", key, build)["features"])


def _pixels(encoder: DualEncoder | ProjectedTowers, dataset: Dataset) -> PixelRows:
    """Pictures as the model's processor resizes them, once and for all; straight from a store of that size."""
    processor = encoder.raw.images.parts[1] if isinstance(encoder, ProjectedTowers) else encoder.parts.image_processor
    side = input_side(processor)
    if side is None:
        raise TrainingError(f"{encoder.name} cannot be trained: its image processor does more than resize and crop")
    if isinstance(dataset.images, StoredImages) and dataset.images.size == side:
        return PixelRows(dataset.images.arrays)
    if isinstance(dataset.images, StoredImages) and dataset.images.size < side:
        raise TrainingError(f"{encoder.name} reads pictures of {side} pixels: --image-size {side}")

    def build() -> dict[str, np.ndarray]:
        made = np.empty((len(dataset.images), side, side, 3), dtype=np.uint8)
        with progress_bar(total=len(made), desc=f"pictures at {side} pixels") as bar:
            for row in range(len(made)):
                values = processor(images=[dataset.images[row]], **_PIXELS_ALONE)["pixel_values"][0]
                made[row] = np.asarray(values).round().clip(0, 255).transpose(1, 2, 0)
                bar.update()
        return {"pixels": made}

    told = {"pixels_format": FORMAT, "encoder": encoder.fingerprint("image"), "data": dataset.fingerprint("image")}
    told |= since_first(encoder=identity_of(encoder))
    return PixelRows(Cache().arrays("pixels", told, build)["pixels"])


def _tokens(encoder: DualEncoder | ProjectedTowers, texts: Sequence[str]) -> TokenRows:
    """All texts as token ids, behind the model's own prompt, cut where the model stops reading, as in encoding."""
    if isinstance(encoder, ProjectedTowers):
        return TokenRows(encoder.raw.texts.tokens(texts), whole=False)
    parts = encoder.parts
    with explained(encoder.name, "its texts cannot be read"):
        found = parts.tokenizer(
            list(texts), padding=parts.padding, truncation=True, max_length=parts.text_limit, return_tensors="pt"
        )
    return TokenRows({name: found[name] for name in found}, whole=parts.padding == "max_length")


def _own(encoder: Trainable, modality: str, dataset: Dataset) -> OwnRows:
    """What the towers of an encoder from outside take, one row an item.

    Raises:
        TrainingError: it is something else.
    """
    if modality == "image":
        method, count, given = "image_inputs", len(dataset.images), encoder.image_inputs(dataset.images)
    else:
        method, count, given = "text_inputs", len(dataset.captions), encoder.text_inputs(dataset.captions)
    found = {WHOLE: given} if isinstance(given, Tensor) else given
    if not isinstance(found, Mapping) or not found or not all(isinstance(v, Tensor) for v in found.values()):
        raise TrainingError(
            f"{getattr(encoder, 'name', encoder)}: {method} gave {type(given).__name__}: a tensor is needed, or several"
            " by name"
        )
    if wrong := [tuple(v.shape) for v in found.values() if not v.ndim or len(v) != count]:
        raise TrainingError(
            f"{getattr(encoder, 'name', encoder)}: {method} gave a tensor of shape {wrong[0]} for {count} items: one"
            " row an item is needed"
        )
    return OwnRows(found)
