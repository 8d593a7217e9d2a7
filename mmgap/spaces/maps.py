"""What vectors go through in a space: most of all an affine map for each modality, on disk and in use."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from mmgap.core.atomic import whole_file
from mmgap.core.integrity import BLANK, SEAL, DamagedError, open_npy, read_tensors, seal_tensors

_CURE = "make it again: PairMap.save writes one, mmgap train and mmgap merge do"


class SpaceError(ValueError):
    """A map that cannot be fitted or used as asked; the message names what is wrong and the cure."""


class Map(Protocol):
    """Vectors into a space. One that changes scores as well has a method ``scores(images, texts) -> (N, M)``."""

    def transform(self, images: np.ndarray, texts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (N, k) images and (M, k) texts of (N, d) and (M, d') vectors; without texts their width is that of
        the images."""
        ...

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what it is made of, as the space's ``restored`` reads it."""
        ...


@dataclass(frozen=True, eq=False)
class Affine:
    """``v ↦ W·v + b``.

    Attributes:
        weight: (d_out, d_in).
        bias: (d_out,).
    """

    weight: np.ndarray
    bias: np.ndarray

    def __call__(self, vectors: np.ndarray) -> np.ndarray:
        """(N, d_out) float32 of (N, d_in) vectors.

        Raises:
            SpaceError: the widths do not fit.
        """
        self.check()
        if vectors.shape[1] != self.weight.shape[1]:
            raise SpaceError(
                f"vectors of {vectors.shape[1]} dimensions do not fit a weight of shape {self.weight.shape}: that takes"
                f" {self.weight.shape[1]}"
            )
        return (vectors.astype(np.float64) @ self.weight.T.astype(np.float64) + self.bias).astype(np.float32)

    def check(self) -> None:
        """Raise `SpaceError` where weight and bias do not fit."""
        if self.weight.ndim != 2 or self.bias.shape != self.weight.shape[:1]:
            raise SpaceError(f"weight {self.weight.shape} and bias {self.bias.shape} are no affine map")

    @classmethod
    def centred(cls, weight: np.ndarray, mean: np.ndarray) -> Affine:
        """``v ↦ W·(v − mean)``."""
        return cls(weight, -weight @ mean)


@dataclass(frozen=True, eq=False)
class PairMap:
    """Images and texts into one space.

    Attributes:
        image: map of image vectors.
        text: map of text vectors; None leaves them as they are.
        unit: rows are brought to length one before it, and after it.
    """

    image: Affine
    text: Affine | None = None
    unit: bool = False

    def images(self, vectors: np.ndarray) -> np.ndarray:
        """(N, d) float32."""
        return unit(self.image(unit(vectors))) if self.unit else self.image(vectors)

    def texts(self, vectors: np.ndarray) -> np.ndarray:
        """(M, d) float32."""
        if self.text is None:
            return vectors
        return unit(self.text(unit(vectors))) if self.unit else self.text(vectors)

    def transform(self, images: np.ndarray, texts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return both; images without any text have texts of their width."""
        mapped = self.images(images)
        return mapped, self.texts(texts) if len(texts) else mapped[:0]

    def arrays(self) -> dict[str, np.ndarray]:
        """``weight`` and ``bias`` of the images, ``text_weight`` and ``text_bias`` where texts are mapped too, and
        ``unit`` where rows are brought to length one."""
        found = {"weight": self.image.weight, "bias": self.image.bias}
        if self.text is not None:
            found |= {"text_weight": self.text.weight, "text_bias": self.text.bias}
        if self.unit:
            found["unit"] = np.ones(1)
        return {name: np.ascontiguousarray(array, dtype=np.float32) for name, array in found.items()}

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray]) -> PairMap:
        """From `arrays`; a missing bias is zero.

        Raises:
            SpaceError: there is no ``weight``.
        """
        if "weight" not in arrays:
            raise SpaceError(f"holds {', '.join(sorted(arrays)) or 'nothing'}, but no 'weight'")

        def affine(prefix: str) -> Affine:
            weight = arrays[f"{prefix}weight"]
            return Affine(weight, arrays.get(f"{prefix}bias", np.zeros(weight.shape[:1], dtype=np.float32)))

        return cls(affine(""), affine("text_") if "text_weight" in arrays else None, "unit" in arrays)

    def save(self, path: Path, about: str = "", logit_scale: float | None = None) -> Path:
        """Write a ``.safetensors`` file, for ``two-towers:IMAGE,TEXT,PATH``; with e^τ where the map was trained."""
        from safetensors.numpy import save

        if path.suffix != ".safetensors":
            raise SpaceError(f"a projection is saved as .safetensors, got {path.name}")
        metadata = {"about": about} | ({} if logit_scale is None else {"logit_scale": repr(float(logit_scale))})
        with whole_file(path) as temporary:
            temporary.write_bytes(save(self.arrays(), metadata={**metadata, SEAL: BLANK}))
            seal_tensors(temporary)
        return path

    @staticmethod
    def scale_of(path: Path) -> float | None:
        """The ``logit_scale`` that `save` wrote into a file."""
        if path.suffix != ".safetensors" or (found := _read(path)[1].get("logit_scale")) is None:
            return None
        try:
            scale = float(found)
        except ValueError:
            scale = math.nan
        if not (math.isfinite(scale) and scale > 0):
            raise SpaceError(f"projection {path}: its logit_scale is {found[:40]!r}, no number above 0; {_CURE}")
        return scale

    @classmethod
    def load(cls, path: Path) -> PairMap:
        """Of a ``.safetensors`` file as `save` writes it, or a ``.npy`` file of the image weight alone.

        Raises:
            SpaceError: there is no ``weight`` in it, it is damaged, or it is no affine map of finite numbers.
        """
        arrays = _read(path)[0]
        try:
            found = cls.of(arrays)
            for name, array in arrays.items():
                if array.dtype.kind not in "fiu" or not np.isfinite(array).all():
                    raise SpaceError(f"holds a {name} that is not of finite numbers; {_CURE}")
            for affine in filter(None, (found.image, found.text)):
                affine.check()
        except SpaceError as error:
            raise SpaceError(f"projection {path}: {error}") from error
        return found


def unit(vectors: np.ndarray) -> np.ndarray:
    """Rows of length one, float32; a row of zeros stays what it is."""
    rows = vectors.astype(np.float64)
    rows /= np.abs(rows).max(axis=1, keepdims=True).clip(min=np.finfo(np.float64).tiny)  # squares stay in range
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def _read(path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Arrays and metadata of a saved projection."""
    try:
        return ({"weight": open_npy(path, None)}, {}) if path.suffix == ".npy" else read_tensors(path)
    except DamagedError as error:
        raise SpaceError(f"projection {error}; {_CURE}") from error
