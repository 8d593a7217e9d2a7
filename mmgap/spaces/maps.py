"""What vectors go through in a space: most of all an affine map for each modality, in use and on disk."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

import numpy as np

from mmgap.core.atomic import whole_file
from mmgap.core.integrity import BLANK, SEAL, DamagedError, open_npy, read_tensors, seal_tensors
from mmgap.spaces.affine import Affine, SpaceError
from mmgap.spaces.row_blocks import as_rows

_CURE = "make it again: PairMap.save writes one, mmgap train and mmgap merge do"


class Map(Protocol):
    """Vectors into a space; one that changes scores as well is a `Scorer`."""

    def transform(self, images: np.ndarray, texts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (N, k) images and (M, k) texts of (N, d) and (M, d') vectors; without texts their width is that of
        the images."""
        ...

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what it is made of, as the space's ``restored`` reads it."""
        ...


@runtime_checkable
class Scorer(Protocol):
    """Scores other than dot products, as dot products of vectors with further coordinates.

    What it takes went through `Map.transform` before.
    """

    def extended(
        self, queries: np.ndarray, gallery: np.ndarray, by: Literal["image", "text"]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return (Q, d') queries and (N, d') items whose dot products are the scores.

        Args:
            queries: (Q, d) of the modality ``by``.
            gallery: (N, d) of either modality, or of both.
            by: modality of the queries.

        Raises:
            SpaceError: it was fitted with some of the queries.
        """
        ...


def scored_vectors(
    scorer: Scorer | None, images: np.ndarray, texts: np.ndarray, direction: Literal["t2i", "i2t"]
) -> tuple[np.ndarray, np.ndarray]:
    """Return images and texts whose dot products are the scores for queries of one direction.

    Args:
        scorer: None gives the vectors themselves.
        images: (N, d), as the space made them.
        texts: (M, d), likewise.
        direction: "t2i", texts are the queries, or "i2t".
    """
    if scorer is None:
        return images, texts
    if direction == "i2t":
        return scorer.extended(images, texts, "image")
    texts, images = scorer.extended(texts, images, "text")
    return images, texts


@dataclass(frozen=True, eq=False)
class PairMap:
    """Images and texts into one space.

    Attributes:
        image: map of image vectors.
        text: map of text vectors; None leaves them as they are.
        unit: rows are brought to length one before it, and after it.
        renormalise: False leaves out the second of these.
    """

    image: Affine
    text: Affine | None = None
    unit: bool = False
    renormalise: bool = True

    def images(self, vectors: np.ndarray) -> np.ndarray:
        """(N, d): float64 of float64, else float32."""
        return self.image.through(vectors, before=self.unit, after=self.unit and self.renormalise)

    def texts(self, vectors: np.ndarray) -> np.ndarray:
        """(M, d): float64 of float64, else float32."""
        if self.text is None:
            return as_rows(vectors)
        return self.text.through(vectors, before=self.unit, after=self.unit and self.renormalise)

    def transform(self, images: np.ndarray, texts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return both; images without any text have texts of their width."""
        mapped = self.images(images)
        return mapped, self.texts(texts) if len(texts) else mapped[:0]

    def arrays(self) -> dict[str, np.ndarray]:
        """``weight``, ``bias`` and ``centre`` of the images, ``text_weight`` and so on where texts are mapped too, and
        ``unit``, or ``unit_before`` alone, where rows are brought to length one."""
        found = {
            f"{prefix}{name}": np.ascontiguousarray(array)
            for prefix, affine in (("", self.image), ("text_", self.text))
            if affine is not None
            for name, array in vars(affine).items()
            if array is not None
        }
        if self.unit:
            found["unit" if self.renormalise else "unit_before"] = np.ones(1)
        return found

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray]) -> PairMap:
        """From `arrays`; a missing bias or centre is zero.

        Raises:
            SpaceError: there is no ``weight``.
        """
        if "weight" not in arrays:
            raise SpaceError(f"holds {', '.join(sorted(arrays)) or 'nothing'}, but no 'weight'")

        def affine(prefix: str) -> Affine:
            return Affine(arrays[f"{prefix}weight"], arrays.get(f"{prefix}bias"), arrays.get(f"{prefix}centre"))

        image, text = affine(""), affine("text_") if "text_weight" in arrays else None
        for side in filter(None, (image, text)):
            side.check()
        return cls(image, text, "unit" in arrays or "unit_before" in arrays, "unit_before" not in arrays)

    def save(self, path: Path, about: str = "", logit_scale: float | None = None) -> Path:
        """Write a ``.safetensors`` file, for ``two-towers:IMAGE,TEXT,PATH``; with e^τ where the map was trained."""
        from safetensors.numpy import save

        if path.suffix != ".safetensors":
            raise SpaceError(f"a projection is saved as .safetensors, got {path.name}")
        metadata = {"about": about} | ({} if logit_scale is None else {"logit_scale": repr(float(logit_scale))})
        with whole_file(path) as temporary:
            arrays = {name: array.astype(np.float32) for name, array in self.arrays().items()}
            temporary.write_bytes(save(arrays, metadata={**metadata, SEAL: BLANK}))
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
        except SpaceError as error:
            raise SpaceError(f"projection {path}: {error}") from error
        return found


def _read(path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Arrays and metadata of a saved projection."""
    try:
        return ({"weight": open_npy(path, None)}, {}) if path.suffix == ".npy" else read_tensors(path)
    except DamagedError as error:
        raise SpaceError(f"projection {error}; {_CURE}") from error
