"""What every dataset has to be, as `mmgap.datasets.Dataset` and `mmgap.datasets.load` say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from mmgap import datasets
from mmgap.datasets import SPLITS, Dataset
from mmgap.datasets.base import NoSplitError
from mmgap.testing.conformance import Conformance


@dataclass(frozen=True)
class DatasetSubject:
    """A dataset's splits by name, and the spec it was loaded by where it was given by that."""

    splits: Mapping[str, Dataset]
    spec: str | None

    @classmethod
    def of(cls, thing: Any) -> DatasetSubject:
        """Return the subject of a spec, of one split as a `Dataset`, or of several by name."""
        if isinstance(thing, str):
            found = {split: data for split in SPLITS if (data := _split(thing, split)) is not None}
            return cls(found, thing)
        return cls({thing.split: thing} if isinstance(thing, Dataset) else thing, None)

    @property
    def test(self) -> Dataset:
        """The split that is measured, or the only one."""
        return self.splits.get("test") or next(iter(self.splits.values()))


def _split(spec: str, split: str) -> Dataset | None:
    try:
        return datasets.load(spec, split=split)
    except NoSplitError:  # not every data set has all four
        return None


check_dataset = Conformance("dataset", DatasetSubject.of)


@check_dataset.add
def splits_are_disjoint_and_add_up(subject: DatasetSubject) -> None:
    """Each has images, none shares one with another, and ``all`` has all of them."""
    parts = {name: data.image_ids for name, data in subject.splits.items() if name != "all"}
    together = [image for part in parts.values() for image in part]
    assert all(parts.values()), f"empty: {', '.join(name for name, part in parts.items() if not part)}"
    assert len(together) == len(set(together)), "an image is in two splits"
    if parts and "all" in subject.splits:
        assert set(together) == set(subject.splits["all"].image_ids), "'all' is not the sum of the splits"


@check_dataset.add
def split_holds_what_the_whole_holds(subject: DatasetSubject) -> None:
    """The same captions of the same image, none of them empty."""
    whole = {image: texts for data in subject.splits.values() for image, texts in captions_by_image(data).items()}
    for data in subject.splits.values():
        for image, texts in captions_by_image(data).items():
            assert texts == whole[image], f"the captions of {image!r} in {data.split} are not those elsewhere"
            assert all(text.strip() for text in texts), f"an empty caption of {image!r}"


@check_dataset.add
def revision_is_of_the_whole(subject: DatasetSubject) -> None:
    """One text for the content of the data set, whatever the split."""
    (revision,) = {data.revision for data in subject.splits.values()}
    assert isinstance(revision, str)
    assert revision


@check_dataset.add
def same_again(subject: DatasetSubject) -> None:
    """What is loaded a second time has the same items and the same fingerprint."""
    if subject.spec is None:
        pytest.skip("it was given as an object, without its spec")
    again = datasets.load(subject.spec, split=subject.test.split)
    assert again.fingerprint() == subject.test.fingerprint()
    assert (again.image_ids, again.captions) == (subject.test.image_ids, subject.test.captions)


@check_dataset.add
def fingerprints_differ_and_are_json(subject: DatasetSubject) -> None:
    """They tell the splits, and what changes image and text vectors, apart; splits may have the same texts."""
    prints = {
        side: [json.dumps(data.fingerprint(side), sort_keys=True) for data in subject.splits.values()]
        for side in (None, "image", "text")
    }
    apart = prints[None] + prints["image"]
    assert len(set(apart)) == len(apart)
    assert set(prints["text"]).isdisjoint(apart)


@check_dataset.add
def images_are_rgb(subject: DatasetSubject) -> None:
    """Pictures in mode RGB, each read when it is asked for."""
    if subject.test.vectors is not None:
        pytest.skip("it holds saved vectors and no pictures")
    images = subject.test.images
    for k in {0, len(images) // 2, len(images) - 1}:
        assert images[k].mode == "RGB", f"image {k} has mode {images[k].mode}"
        assert min(images[k].size) > 0


@check_dataset.add
def facts_are_there(subject: DatasetSubject) -> None:
    """Licence, notes, and the prompt around every caption."""
    for data in subject.splits.values():
        assert data.licence, "say its licence, or leave it at 'unknown'"
        assert all(isinstance(note, str) and note for note in data.notes), f"notes are sentences, got {data.notes!r}"
        before, after = (data.prompt or "{}").split("{}")
        outside = [text for text in data.captions if not (text.startswith(before) and text.endswith(after))]
        assert not outside, f"captions are not in the prompt {data.prompt!r}: {outside[:1]!r}"


def captions_by_image(data: Dataset) -> dict[str, list[str]]:
    """Return the captions of each image by its id."""
    found: dict[str, list[str]] = {image: [] for image in data.image_ids}
    for caption, owner in zip(data.captions, data.owner, strict=True):
        found[data.image_ids[owner]].append(caption)
    return found
