"""A fitted space: what vectors go through, and how it is handed out, to torch, to faiss, to an index, to a file."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from mmgap.core.messages import packed, unpacked
from mmgap.core.text_arrays import as_array, texts_of
from mmgap.spaces.affine import SpaceError
from mmgap.spaces.fitted_files import write_fitted
from mmgap.spaces.maps import Map, PairMap, Scorer, scored_vectors

if TYPE_CHECKING:
    from mmgap.spaces.faiss_transform import FaissTransform
    from mmgap.spaces.torch_module import SpaceModule


class ReAddWarning(UserWarning):
    """The vectors in an index have to be added again before it is asked."""


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fitted space, and how it was come by.

    Attributes:
        map: what vectors go through.
        notes: what a reader must know, the over-fitting alarm among it.
        strength: of the regularisation, chosen on validation; None where there is none.
        pairs: how many it was fitted on.
    """

    map: Map
    notes: tuple[str, ...] = ()
    strength: float | None = None
    pairs: int = 0

    def transform(self, images: np.ndarray, texts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (N, d) images and (M, d) texts in the space, float32.

        Raises:
            SpaceError: vectors of another width than those that it was fitted on.
        """
        return self.map.transform(images, texts)

    @property
    def scorer(self) -> Scorer | None:
        """What scores the vectors that `transform` gives; None where their dot products are meant."""
        if isinstance(self.map, Scorer):
            return self.map
        return getattr(self.map, "scorer", None)

    def scores(self, images: np.ndarray, texts: np.ndarray, direction: Literal["t2i", "i2t"] = "t2i") -> np.ndarray:
        """Return (N, M) scores of every image with every text, for queries of one modality; of a map, dot products.

        Args:
            images: (N, d).
            texts: (M, d).
            direction: "t2i", texts are the queries, or "i2t".
        """
        images, texts = scored_vectors(self.scorer, *self.transform(images, texts), direction)
        return images @ texts.T

    def maps(self) -> tuple[PairMap, ...]:
        """Return the maps that vectors go through, the first one first.

        Raises:
            SpaceError: there is a scorer among them, or a map of another kind.
        """
        steps = getattr(self.map, "steps", None)
        if steps is not None:
            return tuple(pair for step in steps for pair in step.maps())
        if isinstance(self.map, PairMap):
            return (self.map,)
        raise SpaceError(
            f"{type(self.map).__name__} changes scores, not vectors, so that no transform of vectors stands for it: nnn"
            " and sinkhorn are one more coordinate of the gallery (gallery_column), any scorer is `scores`"
        )

    def to_torch(self) -> SpaceModule:
        """Return the space as a ``torch.nn.Module`` of (images, texts); ``.image`` and ``.text`` take one side alone.

        Its numbers are buffers, so that ``state_dict`` holds them and no optimiser moves them. They stay as precise as
        they were fitted: float64 vectors are mapped in float64, narrower ones in float32, on whatever device it is
        moved to (``.float()`` first where that has no float64).

        Raises:
            SpaceError: a scorer, which changes no vectors.

        >>> import numpy as np, torch
        >>> from mmgap import spaces
        >>> rng = np.random.default_rng(0)
        >>> train = spaces.Pairs("mine", "train", rng.normal(size=(50, 4)), rng.normal(size=(50, 4)) + 1, np.arange(50))
        >>> module = spaces.parse("centre").fit(train).to_torch()
        >>> images, texts = module(torch.ones(2, 4), torch.ones(3, 4))
        >>> images.shape, module.text(torch.ones(3, 4)).equal(texts)
        (torch.Size([2, 4]), True)
        """
        from mmgap.spaces.torch_module import SpaceModule

        return SpaceModule(self.maps())

    def to_faiss(self, modality: Literal["image", "text"], *, filled: bool | None = None) -> FaissTransform:
        """Return what vectors of one modality go through, as transforms of faiss.

        What is asked of an index that holds vectors already gives the space's answers only where the space leaves those
        as they are, as a one-sided ``shift:side=text`` and ``project-gap`` leave the images: with cosines, an index of
        images that are one long can be asked at once. All others change both sides: **re-add** the vectors that are in
        the index through ``to_faiss`` of their own modality. Whoever overlooks that is warned.

        Args:
            modality: of the vectors that go through it, usually the queries.
            filled: True raises where the vectors of the other modality have to be added again; False says that they
                will be, so that nobody is warned; None warns.

        Raises:
            NoFaissError: faiss is not installed.
            SpaceError: a scorer; ``filled`` where it cannot be.

        >>> import faiss, numpy as np
        >>> from mmgap import spaces
        >>> rng = np.random.default_rng(0)
        >>> train = spaces.Pairs("mine", "train", rng.normal(size=(50, 4)), rng.normal(size=(50, 4)) + 1, np.arange(50))
        >>> fitted = spaces.parse("centre").fit(train)
        >>> index = faiss.IndexFlatIP(4)
        >>> index.add(fitted.to_faiss("image", filled=False).apply(train.images))
        >>> asked = fitted.to_faiss("text", filled=False).before(index)  # a faiss.IndexPreTransform
        >>> scores, found = asked.search(train.texts.astype("float32"), 10)
        >>> found.shape
        (50, 10)
        """
        from mmgap.spaces.faiss_transform import FaissTransform, identical, transforms

        if modality not in ("image", "text"):
            raise SpaceError(f"to_faiss takes 'image' or 'text', got {modality!r}")
        maps = self.maps()
        other = "text" if modality == "image" else "image"
        works = all(identical(getattr(pair, other)) for pair in maps)
        if not works and filled is not False:
            cure = (
                f"this space changes {other}s too: an index that holds {other} vectors already has to be filled again,"
                f" re-add them through to_faiss({other!r})"
            )
            if filled:
                raise SpaceError(cure)
            warnings.warn(f"{cure}; filled=False says that you do", ReAddWarning, stacklevel=2)
        return FaissTransform(tuple(transforms(maps, modality)), works)

    def gallery_column(self, gallery: np.ndarray, by: Literal["image", "text"] = "text") -> np.ndarray:
        """Return what a scorer adds to each item, (N,) numbers b: the score is ``[q, 1]·[g, b]`` in any index of inner
        products, and those of ``nnn`` and ``sinkhorn`` stay the same whatever is asked.

        Args:
            gallery: (N, d) vectors that go into the index, in the space of the maps before the scorer where there are
                some; they may be images, texts or both.
            by: modality of the queries.

        Raises:
            SpaceError: a map, which adds nothing to scores; ``qb-norm``, which no column can hold.

        >>> import numpy as np
        >>> from mmgap import spaces
        >>> rng = np.random.default_rng(0)
        >>> train = spaces.Pairs("mine", "train", rng.normal(size=(50, 4)), rng.normal(size=(50, 4)), np.arange(50))
        >>> fitted = spaces.parse("nnn:0.75,k=16").fit(train)
        >>> images, texts = fitted.transform(rng.normal(size=(7, 4)), rng.normal(size=(3, 4)))
        >>> column = fitted.gallery_column(images)
        >>> items = np.column_stack([images, column])
        >>> queries = np.column_stack([texts, np.ones(len(texts))])
        >>> bool(np.allclose(queries @ items.T, fitted.scores(images, texts, "t2i").T))
        True
        """
        if self.scorer is None:
            raise SpaceError("a map adds nothing to scores: to_faiss and to_torch hand out what it does to vectors")
        if getattr(self.scorer, "of_query", False):
            raise SpaceError(
                f"{type(self.scorer).__name__} has no column: how much of it counts depends on each query's own first"
                " answer, so the index is asked first and the scores are mended after (Fitted.scores)"
            )
        return self.scorer.extended(gallery[:0], gallery, by)[1][:, -1]

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all of it as named arrays, for the cache."""
        return {**self.map.arrays(), "notes": as_array(map(packed, self.notes))}

    def save(self, path: str | Path, spec: str) -> Path:
        """Write it as a sealed ``.safetensors`` file, which `mmgap.spaces.load` reads; ``spec`` is that of its space.

        Raises:
            SpaceError: the file is not called ``.safetensors``.
        """
        return write_fitted(Path(path), self.arrays(), {"spec": spec, "strength": self.strength, "pairs": self.pairs})


def notes_of(arrays: Mapping[str, np.ndarray]) -> tuple[str, ...]:
    """Return the notes among the arrays of a fitted space."""
    return tuple(map(unpacked, filter(None, texts_of(arrays["notes"]))))
