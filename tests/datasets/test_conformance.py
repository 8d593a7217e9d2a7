"""What every registered dataset must fulfil, as it lies on disk and prepared: made-up copies, and real ones if here."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmgap import datasets
from mmgap.core.paths import MissingDataError, data_dir
from mmgap.datasets import SPLITS
from mmgap.datasets.emoji_languages import BY_NPM, BY_PIP
from mmgap.datasets.images import ImageFiles
from mmgap.datasets.preparing import prepared, screened
from mmgap.datasets.resizing import Preparation
from mmgap.datasets.stored_images import StoredImages
from mmgap.datasets.svg_images import SvgImages
from mmgap.testing import check_dataset
from mmgap.testing.dataset_checks import DatasetSubject, captions_by_image
from tests.support import made_up_copies

#: Specs with options, beside the bare names; the two that need a path get a made-up one.
MORE = ("glyphs-en:textured", "glyphs-es:keywords=first", "arasaac-es:both,keywords=first", "joint:glyphs-en+glyphs-es")
#: Of the emoji some; test_emoji_languages.py loads them all.
EMOJI = ("openmoji-en", "openmoji-ru", "openmoji-es:flags", "openmoji-en:folder", "openmoji-es:folder")
EMOJI += ("emoji-en:noto", "emoji-vi:fluent", "emoji-zh-hant:openmoji")
NEED_A_PATH = ("folder", "vectors")
#: Read from the same large copy as another spec: on made-up copies only.
SIBLINGS = ("arasaac-en", "arasaac-es:both,keywords=first", "openmoji-es:folder", "emoji-zh-hant:openmoji")
#: Official splits, in which a caption may stand twice; in those made by hash or by plan none may.
OFFICIAL = ("flickr8k", "coco")
SMALL = Preparation(24)


def downloaded(spec: str) -> str | None:
    """The folder in the data folder that a spec reads, if it does."""
    name, _, option = spec.partition(":")
    if name.startswith("openmoji-") and option != "folder":
        return None  # a package
    kind = name.partition("-")[0]
    return kind if kind in made_up_copies.COPIES else None


def cases() -> list[tuple[str, str]]:
    """(spec, where its data come from): the real copy where there is one, and always a made-up one."""
    found = []
    names = [name for name in datasets.registry.names() if not name.startswith(("emoji-", "openmoji-", "joint"))]
    for spec in sorted([*names, *MORE, *EMOJI]):
        folder = downloaded(spec)
        if folder is None or (spec not in SIBLINGS and (data_dir() / folder).is_dir()):
            found.append((spec, "real"))
        if folder is not None:
            found.append((spec, "made-up"))
    return found


@pytest.fixture(scope="module", params=cases(), ids="-".join)
def case(request, tmp_path_factory):
    """(spec, {split: dataset}) of one case."""
    spec, place = request.param
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        if place == "made-up":
            made_up_copies.COPIES[downloaded(spec)](folder / downloaded(spec))
            patch.setenv("MMGAP_DATA", str(folder))
        elif spec in NEED_A_PATH:
            spec = f"{spec}:{made_up(spec, folder)}"
        names = ("test", "all") if spec.startswith("vectors") else SPLITS
        try:
            found = {split: datasets.load(spec, split=split) for split in names}
        except MissingDataError as error:
            pytest.skip(str(error))
        yield spec, found


@pytest.fixture(scope="module")
def splits(case):
    """{split: dataset} of one case."""
    return case[1]


@pytest.fixture(scope="module")
def ready(case, tmp_path_factory):
    """The same, prepared; of a large real copy some pictures of each split."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MMGAP_CACHE", str(tmp_path_factory.mktemp("cache")))
        parts = {}
        for split, data in case[1].items():
            some = data.select(range(min(8, len(data.image_ids))))
            if isinstance(data.images, ImageFiles):
                paths = data.images.paths[:8]
                some = data if len(data.image_ids) < 100 else replace(some, images=ImageFiles(paths, paths))
            parts[split] = some, prepared(some, SMALL, workers=2)
        yield parts


def made_up(kind: str, folder: Path) -> Path:
    if kind == "vectors":
        np.save(folder / "v.npy", np.random.default_rng(0).normal(size=(2, 6, 4)).astype(np.float32))
        return folder / "v.npy"
    records = []
    for k, split in enumerate(("train", "train", "validation", "test")):
        Image.new("CMYK", (9, 9)).save(folder / f"{k}.jpg")
        records += [{"image": f"{k}.jpg", "caption": f"{n} of {k}", "split": split} for n in range(2)]
    (folder / "metadata.json").write_text(json.dumps(records))
    return folder


@pytest.mark.parametrize("check", check_dataset.checks)
def test_contract(case, check):
    check_dataset.checks[check](DatasetSubject(case[1], case[0]))


def test_splits_are_those_that_there_are(case):
    assert list(DatasetSubject.of(case[0]).splits) == list(case[1])


def test_no_caption_crosses_a_split(splits):
    if splits["all"].name in OFFICIAL:
        pytest.skip("the split lists are the authors'")
    seen: dict[str, str] = {}
    for split in SPLITS[:-1]:
        for caption in splits[split].captions if split in splits else ():
            assert seen.setdefault(caption.strip().casefold(), split) == split


def test_relevance(splits):
    data = splits["test"]
    strict, anyhow = (set(map(tuple, data.relevance(kind).tolist())) for kind in ("strict", "any"))
    assert strict <= anyhow
    assert len(strict) == len(data.captions)
    assert (len(anyhow) > len(strict)) == (data.duplicate_captions > 0)
    words = [caption.strip().casefold() for caption in data.captions]
    owned = {(int(o), w) for o, w in zip(data.owner, words, strict=True)}
    assert all((image, words[text]) in owned for image, text in list(anyhow)[:500])


def test_first_captions(splits):
    data = splits["test"].first_captions()
    assert len(data.captions) == len(data.image_ids)
    assert data.captions == tuple(captions[0] for captions in captions_by_image(splits["test"]).values())


def test_facts_of_mmgaps_own(splits):
    for data in splits.values():
        assert len(data.categories) == len(data.image_ids)
        assert len(data.revision) == 64
        assert all(note.endswith(".") for note in data.notes)
        assert data.captions
        if data.name.partition(":")[0] not in NEED_A_PATH:
            assert data.language in (*BY_PIP, *BY_NPM) or (data.language is None and data.name.startswith("joint:"))
            assert data.licence != "unknown"


# ------------------------------------------------------------------------------------------------------------- prepared


def test_prepared_ids_captions_and_relevance_are_the_same(ready):
    for data, made in ready.values():
        assert (made.image_ids, made.captions, made.categories) == (data.image_ids, data.captions, data.categories)
        assert made.labels == data.labels
        assert made.notes[: len(data.notes)] == data.notes
        assert (made.licence, made.language, made.prompt) == (data.licence, data.language, data.prompt)
        for kind in ("strict", "any"):
            np.testing.assert_array_equal(made.relevance(kind), data.relevance(kind))


def test_prepared_pictures_are_the_originals_in_their_order(ready):
    for data, made in ready.values():
        assert isinstance(made.images, StoredImages) == isinstance(data.images, ImageFiles)
        if isinstance(data.images, ImageFiles):
            assert len(made.images) == len(data.image_ids)
            for k in range(0, len(data.images), 3):
                np.testing.assert_array_equal(np.asarray(made.images[k]), SMALL(data.images[k]))


def test_prepared_fingerprints_are_stable_and_tell_the_splits_apart(ready):
    prints = []
    for data, made in ready.values():
        print_ = made.fingerprint()
        assert json.loads(json.dumps(print_)) == print_
        assert prepared(data, SMALL).fingerprint() == print_
        assert made.fingerprint("text") == data.fingerprint("text")
        assert ("preparation" in print_) == isinstance(data.images, ImageFiles | SvgImages)
        prints.append(json.dumps(print_, sort_keys=True))
    assert len(set(prints)) == len(prints)


def test_prepared_again_and_screened(ready):
    data, made = ready["test"]
    assert prepared(made, SMALL) is made
    checked = screened(data)
    assert (checked.image_ids, checked.captions) == (data.image_ids, data.captions)
    assert screened(data).fingerprint() == checked.fingerprint()
    if isinstance(data.images, ImageFiles):
        assert checked.images.paths == data.images.paths


def test_prepared_sets_can_be_chosen_from(ready):
    _, made = ready["test"]
    if made.vectors is not None:
        pytest.skip("vectors only")
    chosen = made.select(range(len(made.image_ids) - 1, -1, -2))
    assert chosen.image_ids == made.image_ids[::-2]
    np.testing.assert_array_equal(np.asarray(chosen.images[0]), np.asarray(made.images[-1]))
    first = chosen.first_captions()
    assert len(first.captions) == len(chosen.image_ids)
