"""The maps of a source: one, or two side by side, before and after a space or by two encoders, with their numbers."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mmgap.app.atlas.plane_places import MapError, Places, Tell, check_kind, plane_places, turned_like
from mmgap.app.shell.source import Source
from mmgap.core.messages import N_, Message
from mmgap.metrics.relevance import relevance_of
from mmgap.spaces import SpaceError, canonical

if TYPE_CHECKING:
    from mmgap.app.atlas.item_columns import Columns
    from mmgap.metrics.unit_rows import UnitRows

#: Embeddings whose vectors and numbers are kept in memory.
KEPT = 4

#: What the vectors without a space are called, where those in one stand beside them.
AS_IS = N_("as they are")


@dataclass(frozen=True, eq=False)
class Embedding:
    """Images and texts in one space, and what is measured of them."""

    title: str
    x: UnitRows
    y: UnitRows
    columns: Columns


@dataclass(frozen=True, eq=False)
class Drawn:
    """An embedding and where its items lie in the plane."""

    embedding: Embedding
    kind: str
    places: Places


@dataclass(frozen=True, eq=False)
class Atlas:
    """What one page shows.

    Attributes:
        source: where names, captions, categories and pictures are.
        places: (N,) positions of the images in the source.
        text_places: (M,) of the texts.
        owner: (M,) the image of each text, as a position among those shown.
        maps: one or two, of the same items.
        notes: what a reader must know.
    """

    source: Source
    places: np.ndarray
    text_places: np.ndarray
    owner: np.ndarray
    maps: tuple[Drawn, ...]
    notes: tuple[str, ...]


class Embeddings:
    """What an atlas is drawn of: a source, and another encoder's view of the same data where there are two.

    Args:
        first: what is shown.
        second: the same data by another encoder; None where there is none.
        ranks: as `mmgap.app.atlas.item_columns.item_columns` takes it.

    Raises:
        MapError: two sources of different images or captions.
    """

    def __init__(self, first: Source, second: Source | None = None, ranks: bool | None = None) -> None:
        if second is not None and (first.names, first.captions) != (second.names, second.captions):
            raise MapError(f"{first.title} and {second.title} are not of the same images and captions")
        self.first, self.second, self.ranks = first, second, ranks
        self._lock, self._made = threading.Lock(), OrderedDict[str, _Sides]()

    def key(self, space: str | None, kind: str) -> str:
        """Return what stands for an atlas of this data among all work of the app."""
        return f"atlas {self.first.key} {self.second and self.second.key} {self.ranks} {space} {kind}"

    def atlas(self, space: str | None, kind: str, tell: Tell = lambda words: None) -> Atlas:
        """Return the atlas of a space by a map.

        Args:
            space: of `mmgap.spaces.parse`; None for the vectors as they are.
            kind: of `mmgap.app.atlas.plane_places.KINDS`.
            tell: takes a line of progress.

        Raises:
            MapError, SpaceError, EncoderError: a map that cannot be drawn; a space that changes scores, or that these
                vectors cannot take; two encoders and a space.
        """
        check_kind(kind)
        sides = self._sides(None if space is None else canonical(space), tell)
        drawn: list[Drawn] = []
        for one in sides.embeddings:
            tell(Message("{title}: laying the map out", title=one.title))
            places = plane_places(kind, one.x.tensor.numpy(), one.y.tensor.numpy(), tell)
            if drawn:
                like = drawn[0].places.points
                places = Places(turned_like(places.points, like, flips_alone=kind == "pca"), places.explained)
            drawn.append(Drawn(one, kind, places))
        return Atlas(self.first, sides.places, sides.text_places, sides.owner, tuple(drawn), sides.notes)

    def _sides(self, space: str | None, tell: Tell) -> _Sides:
        """One at a time: vectors are encoded and measured once, whatever the maps of them."""
        with self._lock:
            key = str(space)
            if key not in self._made:
                self._made[key] = self._measured(space, tell)
                while len(self._made) > KEPT:
                    self._made.popitem(last=False)
            self._made.move_to_end(key)
            return self._made[key]

    def _measured(self, space: str | None, tell: Tell) -> _Sides:
        from mmgap.app.atlas.item_columns import item_columns, unit_sets  # loads torch and numba, seconds of it

        if space is not None and self.second is not None:
            raise MapError("two encoders stand side by side already: take a space or a second encoder")
        tell(Message("{title}: vectors", title=self.first.title))
        shown = self.first.shown(space)
        found = [(self.first.title, shown.before)]
        notes = [*shown.notes] if space is not None else [*self.first.dataset.footnotes, *shown.before.notes]
        if space is not None:
            if shown.after.scorer is not None:
                raise SpaceError(f"{space} changes scores, not vectors, so that no map shows it: mmgap space compare")
            found = [(Message(AS_IS), shown.before), (space, shown.after)]
        if self.second is not None:
            tell(Message("{title}: vectors", title=self.second.title))
            other = self.second.shown()
            found = [(self.first.encoder.name, shown.before), (self.second.encoder.name, other.before)]
            notes += [note for note in other.before.notes if note not in notes]
        clusters = self._clusters(shown.places, shown.owner, shown.text_places)
        embeddings = []
        for title, vectors in found:
            tell(Message("{title}: gap, ranks and hubs", title=title))
            x, y = unit_sets(vectors.images, vectors.texts)
            columns = item_columns(x, y, shown.owner, clusters, ranks=self.ranks)
            embeddings.append(Embedding(title, x, y, columns))
        return _Sides(shown.places, shown.text_places, shown.owner, tuple(embeddings), tuple(notes))

    def _clusters(self, places: np.ndarray, owner: np.ndarray, texts: np.ndarray) -> np.ndarray | None:
        """Images that share the words of a caption; None where no words are known."""
        if self.first.captions is None or not len(owner):
            return None
        label = self.first.dataset.caption_groups[texts]
        first_owner = np.zeros(label.max() + 1, dtype=np.int64)
        first_owner[label[::-1]] = owner[::-1]
        pairs = np.stack([np.concatenate([owner, first_owner[label]]), np.tile(np.arange(len(owner)), 2)], axis=1)
        return relevance_of(pairs, len(places), len(owner), owner).clusters


@dataclass(frozen=True, eq=False)
class _Sides:
    """The embeddings side by side, and what they have in common."""

    places: np.ndarray
    text_places: np.ndarray
    owner: np.ndarray
    embeddings: tuple[Embedding, ...]
    notes: tuple[str, ...]
