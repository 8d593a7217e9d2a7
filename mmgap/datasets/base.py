"""What every dataset is: images and captions with ids, who owns which caption, and where it all came from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from mmgap.core.identity import FIRST, since_first
from mmgap.core.messages import Message
from mmgap.core.number_runs import number_runs

if TYPE_CHECKING:
    from PIL.Image import Image

SPLITS = ("train", "validation", "test", "all")


class DatasetError(ValueError):
    """A data set that cannot be read as asked; the message names the file and the cure."""


class NoSplitError(DatasetError):
    """A data set without the split that was asked for."""


def digest(parts: Iterable[Any]) -> str:
    """Return the SHA-256 of the canonical JSON of ``parts``: order and types count."""
    text = json.dumps(list(parts), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()  # names of files may be any bytes


def classes_print(dataset: Dataset) -> dict[str, Any]:
    """Return what of a data set changes how its images are classified: images, and the class of each where they have
    any."""
    try:
        told = digest(dataset.classes())
    except DatasetError:
        told = ""
    return {**dataset.fingerprint("image"), "classes": told}


@dataclass(frozen=True)
class Chosen(Sequence["Image"]):
    """Some of a sequence's images, by position; each is read when it is asked for."""

    images: Sequence[Image]
    positions: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.positions)

    @overload
    def __getitem__(self, index: int) -> Image: ...
    @overload
    def __getitem__(self, index: slice) -> Chosen: ...
    def __getitem__(self, index: int | slice) -> Image | Chosen:
        if isinstance(index, slice):
            return Chosen(self.images, self.positions[index])
        return self.images[self.positions[index]]


@dataclass(frozen=True, eq=False)
class Dataset:
    """N images and M captions of one split; caption ``j`` describes image ``owner[j]``.

    Attributes:
        name: as registered, ``"arasaac-en"``.
        split: one of `SPLITS`.
        revision: hash of the data set's own content (records, drawing code), the same for all splits.
        image_ids: (N,) ids, unique.
        images: (N,) `PIL.Image.Image` in mode RGB, decoded when item ``i`` is read, never all at once.
        captions: (M,) texts as the encoder gets them, prompt included.
        owner: (M,) int64, non-decreasing, the image of each caption; every image owns at least one, or M = 0.
        language: ``"en"``, ``"es"`` or None.
        licence: of images and captions, in the words of their source.
        categories: (N,) label or None.
        prompt: the template that made the captions, ``"A picture of {}"``; ``""`` if they are as written.
        caption_policy: ``"first"`` (one per image) or ``"all"``.
        notes: what a reader of a result must know about the data; they become footnotes.
        skipped: ``(id, reason)`` of each record left out.
        labels: further labels of each image by kind, ``{"tags": ((…), …), "synsets": ((…), …)}``, each N long; those
            called "classes" are what images are classified by, see `classes`.
        preparation: what the images went through once and for all, e.g. ``{"size": 224, "resize": "crop", …}``; empty
            where they come as they lie on disk or as they are drawn.
        vectors: ready (images, texts) arrays where the data set is a pair of saved vector files, else None.
        caption_ids: (M,) what its source calls each caption, where others say more of them by that; else empty.
        identity: what stands for its code in keys, as `load` finds it (`mmgap.core.identity`).
    """

    name: str
    split: str
    revision: str
    image_ids: tuple[str, ...]
    images: Sequence[Image]
    captions: tuple[str, ...]
    owner: np.ndarray
    language: str | None = None
    licence: str = "unknown"
    categories: tuple[str | None, ...] = ()
    prompt: str = ""
    caption_policy: str = "all"
    notes: tuple[str, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    labels: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    preparation: Mapping[str, Any] = field(default_factory=dict)
    vectors: tuple[np.ndarray, np.ndarray] | None = None
    caption_ids: tuple[str, ...] = ()
    identity: Mapping[str, Any] = field(default_factory=lambda: dict(FIRST))

    def __post_init__(self) -> None:
        owner = np.asarray(self.owner, dtype=np.int64)
        object.__setattr__(self, "owner", owner)
        if not self.categories:
            object.__setattr__(self, "categories", (None,) * len(self.image_ids))
        n = len(self.image_ids)
        if len(set(self.image_ids)) != n:
            twice = next(i for k, i in enumerate(self.image_ids) if i in self.image_ids[:k])
            raise DatasetError(f"{self.name}: image id {twice!r} appears more than once")
        wrong = [kind for kind, labels in self.labels.items() if len(labels) != n]
        if len(self.images) != n or len(self.categories) != n or len(owner) != len(self.captions) or wrong:
            raise DatasetError(
                f"{self.name}: {n} ids, {len(self.images)} images, {len(self.categories)} categories,"
                f" {len(self.captions)} captions and {len(owner)} owners do not fit together"
            )
        if len(self.caption_ids) not in (0, len(self.captions)):
            raise DatasetError(f"{self.name}: {len(self.caption_ids)} ids for {len(self.captions)} captions")
        if len(owner) and (owner.min() < 0 or owner.max() >= n or (np.diff(owner) < 0).any()):
            raise DatasetError(f"{self.name}: owners must be sorted indices of the {n} images")
        if len(owner) and len(np.unique(owner)) != n:
            raise DatasetError(f"{self.name}: every image needs a caption, or none has one")

    @cached_property
    def caption_groups(self) -> np.ndarray:
        """(M,) int64: captions that are equal but for case and outer space share a label."""
        labels: dict[str, int] = {}
        return np.array([labels.setdefault(c.strip().casefold(), len(labels)) for c in self.captions], dtype=np.int64)

    @property
    def duplicate_captions(self) -> int:
        """Captions whose words also describe another image: strict retrieval counts them as false negatives."""
        images = np.bincount(self._described[0], minlength=1)
        return int((images[self.caption_groups] > 1).sum()) if len(self.captions) else 0

    @property
    def _described(self) -> tuple[np.ndarray, np.ndarray]:
        """Each group of captions beside each image that owns one of them, every such pair once."""
        group, image = np.divmod(np.unique(self.caption_groups * len(self.image_ids) + self.owner), len(self.image_ids))
        return group, image

    @property
    def footnotes(self) -> tuple[str, ...]:
        """What has to stand under any result: the notes, and whose the data are."""
        told = Message("Licence of {name}: {licence}.", name=self.name, licence=self.licence)
        return self.notes if self.licence == "unknown" else (*self.notes, told)

    def classes(self, kind: str | None = None) -> tuple[str | None, ...]:
        """Return the class of each image, (N,); None of one that has several or none, which cannot be classified.

        Args:
            kind: of `labels`, or "categories", one label an image; by default "classes" where there are such labels,
                else "categories".

        Raises:
            DatasetError: no such labels.
        """
        if kind is None:
            kind = "classes" if "classes" in self.labels else "categories"
        if kind not in self.labels and (kind != "categories" or not any(self.categories)):
            there = ", ".join(["categories"] * any(self.categories) + [*self.labels]) or "neither these nor labels"
            raise DatasetError(f"{self.name} has no {kind} to classify by; it has {there}")
        if kind in self.labels and kind != "categories":
            return tuple(own[0] if len(own) == 1 else None for own in self.labels[kind])
        return self.categories

    def relevance(self, kind: str = "any") -> np.ndarray:
        """Return (P, 2) int64 pairs (image, caption) that count as a match, sorted.

        ``"strict"``: a caption matches its own image only. ``"any"``: it also matches each image that owns a
        caption with the same words.
        """
        own = np.stack([self.owner, np.arange(len(self.captions))], axis=1)
        if kind == "strict":
            return own
        if kind != "any":
            raise ValueError(f"relevance must be 'strict' or 'any', got {kind!r}")
        group, image = self._described
        by_group, sizes = np.argsort(self.caption_groups, kind="stable"), np.bincount(self.caption_groups)
        repeats = sizes[group]
        text = by_group[number_runs((sizes.cumsum() - sizes)[group], repeats)]
        pairs = np.stack([np.repeat(image, repeats), text], axis=1)
        return pairs[np.lexsort(pairs.T[::-1])]

    def first_captions(self) -> Dataset:
        """Return the same images with caption 0 of each: the single-caption protocol."""
        _, keep = np.unique(self.owner, return_index=True)
        return replace(
            self,
            captions=tuple(self.captions[k] for k in keep),
            caption_ids=tuple(self.caption_ids[k] for k in keep if self.caption_ids),
            owner=np.arange(len(keep)),
            caption_policy="first",
            vectors=self.vectors and (self.vectors[0], self.vectors[1][keep]),
        )

    def select(self, keep: Sequence[int] | np.ndarray) -> Dataset:
        """Return the images at these positions, in this order, with all their captions; or those where a mask is true.

        Raises:
            DatasetError: a position that no image has, or a mask of another length.
        """
        chosen = np.asarray(keep)
        if chosen.dtype == bool and chosen.shape == (len(self.image_ids),):
            chosen = np.flatnonzero(chosen)
        positions = [int(i) for i in chosen] if chosen.dtype != bool else [-1]
        if not all(0 <= i < len(self.image_ids) for i in positions):
            raise DatasetError(f"{self.name} has images 0 to {len(self.image_ids) - 1}: cannot select {keep!r}")
        pick = getattr(self.images, "pick", None)  # files and stored pictures stay what they are
        first, end = (np.searchsorted(self.owner, positions, side=side) for side in ("left", "right"))
        texts = np.concatenate([np.zeros(0, dtype=np.int64), *map(np.arange, first, end)])
        return replace(
            self,
            image_ids=tuple(self.image_ids[i] for i in positions),
            images=pick(positions) if pick else Chosen(self.images, tuple(positions)),
            categories=tuple(self.categories[i] for i in positions),
            captions=tuple(self.captions[t] for t in texts),
            caption_ids=tuple(self.caption_ids[t] for t in texts if self.caption_ids),
            owner=np.repeat(np.arange(len(positions)), end - first),
            labels={kind: tuple(values[i] for i in positions) for kind, values in self.labels.items()},
            vectors=self.vectors and (self.vectors[0][positions], self.vectors[1][texts]),
        )

    def prompted(self, template: str) -> Dataset:
        """Return the same captions in another prompt: ``template`` with ``{}`` where their words go; ``"{}"`` for none.

        Raises:
            DatasetError: a template without exactly one ``{}``, or a data set of saved vectors.
        """
        if template.count("{}") != 1:
            raise DatasetError(f"a prompt needs exactly one {{}} where the words go, got {template!r}")
        if self.vectors is not None:
            raise DatasetError(f"{self.name} holds saved vectors: their prompt can no longer be changed")
        before, after = (self.prompt or "{}").split("{}")
        words = [caption[len(before) : len(caption) - len(after)] for caption in self.captions]
        start, end = template.split("{}")
        return replace(
            self,
            captions=tuple(f"{start}{text}{end}" for text in words),
            prompt="" if template == "{}" else template,
        )

    def fingerprint(self, modality: str | None = None) -> dict[str, Any]:
        """Return everything about the data that changes a result; with ``modality`` only what changes its vectors.

        ``modality``: ``"image"``, ``"text"`` or None for both. Texts are known by what they say, so that the same ones
        of another data set, of another style of drawings for instance, have the same vectors.
        """
        if modality == "text" and self.vectors is None:
            return {"n_texts": len(self.captions), "captions": digest(self.captions)}
        print_: dict[str, Any] = {"dataset": self.name, "dataset_revision": self.revision, "split": self.split}
        print_ |= since_first(dataset=self.identity)
        if modality == "image" and self.preparation:  # its checksums say what the pictures are, whoever lists them
            print_ = {}
        if modality != "text":
            print_ |= {"n_images": len(self.image_ids), "image_ids": digest(self.image_ids)}
            print_ |= {"preparation": dict(self.preparation)} if self.preparation else {}
        if modality != "image":
            print_ |= {
                "n_texts": len(self.captions),
                "captions": digest(self.captions),
                "owner": digest(self.owner.tolist()),
                "caption_policy": self.caption_policy,
                "prompt": self.prompt,
                "language": self.language,
            }
        return print_
