"""A fitted space as transforms of faiss, for those whose vectors lie in an index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmgap.core.faiss_library import load_faiss
from mmgap.spaces.affine import Affine
from mmgap.spaces.maps import PairMap


@dataclass(frozen=True, eq=False)
class FaissTransform:
    """What one modality goes through, as a chain of ``faiss.VectorTransform``.

    Attributes:
        steps: the transforms, the first one first.
        works_on_filled_index: the other modality stays as it is, so that an index that holds it already can be asked;
            else the index is filled again: **re-add** the vectors of the other modality through its own transform.
    """

    steps: tuple[Any, ...]
    works_on_filled_index: bool

    def apply(self, vectors: np.ndarray) -> np.ndarray:
        """Return (N, d_out) float32 rows of (N, d) vectors."""
        found = np.ascontiguousarray(vectors, dtype=np.float32)
        for step in self.steps:
            found = step.apply(found)
        return found

    def before(self, index: Any) -> Any:
        """Return a ``faiss.IndexPreTransform``: what it is trained on, given and asked goes through the transforms.

        It can be written with ``faiss.write_index``, and needs nothing of mmgap afterwards.
        """
        faiss = load_faiss()
        made = faiss.IndexPreTransform(index)
        for step in reversed(self.steps):
            made.prepend_transform(step)
        return made

    def __iter__(self) -> Iterator[Any]:
        return iter(self.steps)


def identical(affine: Affine | None) -> bool:
    """Return whether a map leaves vectors as they are, but for their length."""
    if affine is None:
        return True
    same = (affine.matrix == np.eye(*affine.matrix.shape)).all()
    return bool(same and not any(np.any(part) for part in (affine.bias, affine.centre) if part is not None))


def transforms(maps: Sequence[PairMap], modality: str) -> Iterator[Any]:
    """Give the transforms of faiss that one modality goes through in these maps, one after the other."""
    faiss = load_faiss()
    for each in maps:
        affine = each.image if modality == "image" else each.text
        if affine is None:
            continue
        width = affine.weight.shape[-1]
        if each.unit:
            yield faiss.NormalizationTransform(width)
        yield from _affine(faiss, affine, width)
        if each.unit and each.renormalise:
            yield faiss.NormalizationTransform(len(affine.weight))


def _affine(faiss: Any, affine: Affine, width: int) -> Iterator[Any]:
    """A translation where the weight is one, else a matrix with a bias, after a translation where it has a centre."""
    bias = np.zeros(len(affine.weight)) if affine.bias is None else affine.bias
    centre = np.zeros(width) if affine.centre is None else affine.centre
    if affine.weight.ndim == 1 and (affine.weight == 1).all():
        if (shift := centre - bias).any():
            yield _centering(faiss, shift)
        return
    if centre.any():
        yield _centering(faiss, centre)
    matrix = faiss.LinearTransform(width, len(affine.weight), True)
    weight = np.diag(affine.weight) if affine.weight.ndim == 1 else affine.weight
    faiss.copy_array_to_vector(np.ascontiguousarray(weight, dtype=np.float32).ravel(), matrix.A)
    faiss.copy_array_to_vector(np.ascontiguousarray(bias, dtype=np.float32), matrix.b)
    matrix.is_trained = True
    yield matrix


def _centering(faiss: Any, centre: np.ndarray) -> Any:
    made = faiss.CenteringTransform(len(centre))
    faiss.copy_array_to_vector(np.ascontiguousarray(centre, dtype=np.float32), made.mean)
    made.is_trained = True
    return made
