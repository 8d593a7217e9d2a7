"""Saved vectors as a data set: ``vectors:IMAGES,TEXTS`` or one file that holds both; nothing is encoded."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from mmgap.datasets.base import Dataset, DatasetError, digest
from mmgap.paths import MissingDataError

if TYPE_CHECKING:
    from PIL.Image import Image

#: Names by which a file of several arrays is understood: (images, texts).
PAIRS = (
    ("images", "texts"),
    ("image", "text"),
    ("image_features", "text_features"),
    ("image_embeds", "text_embeds"),
    ("image_embeddings", "text_embeddings"),
    ("img", "txt"),
    ("x", "y"),
)

_USAGE = "give vectors:IMAGES,TEXTS, vectors:IMAGES,TEXTS,OWNER or vectors:FILE (.npy, .npz or .safetensors)"


def load(argument: str | None, *, split: str) -> Dataset:
    """The pairs of ``vectors:IMAGES,TEXTS[,OWNER]`` or ``vectors:FILE``.

    Row ``i`` of the texts belongs to row ``i`` of the images, unless OWNER (an integer array, (M,), sorted) gives
    the image of each text. One file is a ``.npy`` of shape (2, N, d), images first, or a ``.npz`` / ``.safetensors``
    with arrays named as in `PAIRS` (and ``owner``, where needed). A comma in a path is only understood in a single
    FILE. Captions are the made-up ``"text 0"``, ``"text 1"`` …, all distinct: relevance is ownership.

    Raises:
        DatasetError: a file that cannot be read as such, or a split other than ``"test"`` and ``"all"``.
        MissingDataError: a file that is not there.
    """
    if not argument:
        raise DatasetError(f"vectors needs its files: {_USAGE}")
    if split not in ("test", "all"):
        raise DatasetError(f"vectors:{argument} has no {split!r} split: saved vectors are one set, 'test' or 'all'")
    files = _files(argument)
    images, texts, owner = _read(files)
    name = "vectors:" + ",".join(file.name for file in files)
    if owner is None and len(images) != len(texts):
        raise DatasetError(
            f"{name}: {len(images)} images but {len(texts)} texts; give the image index of each text as a third file"
            " (.npy, integers, sorted) or as an array 'owner' beside the two"
        )
    hashes = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    return Dataset(
        name=name,
        split=split,
        revision=hashes[0] if len(hashes) == 1 else digest(hashes),
        image_ids=tuple(map(str, range(len(images)))),
        images=_NoImages(name, len(images)),
        captions=tuple(f"text {k}" for k in range(len(texts))),
        owner=np.arange(len(texts)) if owner is None else owner,
        notes=("Saved vectors: the images and captions behind them are not known here.",),
        vectors=(images, texts),
    )


def _files(argument: str) -> list[Path]:
    whole = Path(argument).expanduser()
    files = [whole] if whole.is_file() else [Path(part.strip()).expanduser() for part in argument.split(",")]
    if len(files) > 3:
        raise DatasetError(f"vectors:{argument} names {len(files)} files; {_USAGE}")
    for file in files:
        if not file.is_file():
            raise MissingDataError(f"vectors: no file {file}; {_USAGE}")
    return files


def _read(files: list[Path]) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    if len(files) == 1:
        images, texts, owner = _pair(files[0])
    else:
        images, texts = _only(files[0]), _only(files[1])
        owner = _only(files[2]) if len(files) == 3 else None
    for file, what, v in ((files[0], "images", images), (files[min(1, len(files) - 1)], "texts", texts)):
        if v.ndim != 2 or not np.issubdtype(v.dtype, np.floating):
            raise DatasetError(
                f"{file}: {what} must be (rows, dimensions) of a floating dtype, got {v.shape} {v.dtype}"
            )
    if images.shape[1] != texts.shape[1]:
        raise DatasetError(f"{files[0]}: images have {images.shape[1]} dimensions, texts {texts.shape[1]}")
    if owner is not None and (owner.shape != (len(texts),) or not np.issubdtype(owner.dtype, np.integer)):
        raise DatasetError(f"{files[-1]}: owner must be {len(texts)} integers, got {owner.shape} {owner.dtype}")
    return images, texts, owner


def _pair(file: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    arrays = _arrays(file)
    if list(arrays) == [""]:
        both = arrays[""]
        if both.ndim != 3 or len(both) != 2:
            raise DatasetError(f"{file}: a single .npy must have the shape (2, N, d), got {both.shape}; {_USAGE}")
        return both[0], both[1], None
    for image, text in PAIRS:
        if image in arrays and text in arrays:
            return arrays[image], arrays[text], arrays.get("owner")
    known = ", ".join("/".join(pair) for pair in PAIRS)
    raise DatasetError(f"{file} holds {', '.join(sorted(arrays)) or 'nothing'}; two of them must be named {known}")


def _only(file: Path) -> np.ndarray:
    arrays = _arrays(file)
    if len(arrays) != 1:
        raise DatasetError(f"{file} holds {', '.join(sorted(arrays)) or 'nothing'}; of a pair of files each holds one")
    return next(iter(arrays.values()))


def _arrays(file: Path) -> Mapping[str, np.ndarray]:
    """The arrays of one file by name; the one of a ``.npy`` has the name ``""``."""
    readers = {".npy": _npy, ".npz": _npz, ".safetensors": _safetensors}
    if file.suffix.lower() not in readers:
        raise DatasetError(f"{file}: expected .npy, .npz or .safetensors")
    try:
        return readers[file.suffix.lower()](file)
    except Exception as error:  # zip, header and dtype errors have no common type
        raise DatasetError(f"{file} cannot be read: {error}") from error


def _npy(file: Path) -> dict[str, np.ndarray]:
    return {"": np.load(file, allow_pickle=False)}


def _npz(file: Path) -> dict[str, np.ndarray]:
    with np.load(file, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def _safetensors(file: Path) -> dict[str, np.ndarray]:
    from safetensors import safe_open

    with safe_open(file, framework="numpy") as tensors:
        if "BF16" not in {tensors.get_slice(name).get_dtype() for name in tensors.keys()}:  # noqa: SIM118
            return {name: tensors.get_tensor(name) for name in tensors.keys()}  # noqa: SIM118
    from safetensors.torch import load_file  # NumPy has no bfloat16; float32 holds it exactly

    return {name: (v.float() if v.is_floating_point() else v).numpy() for name, v in load_file(file).items()}


class _NoImages(Sequence["Image"]):
    """As many images as there are vectors, none of which can be read."""

    def __init__(self, name: str, count: int) -> None:
        self._name, self._count = name, count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int | slice) -> NoReturn:
        if isinstance(index, int) and not -self._count <= index < self._count:
            raise IndexError(index)
        raise DatasetError(f"{self._name} has vectors only, no images: pair it with the encoder 'vectors'")
