"""What every registered dataset must fulfil; those whose data are not on this machine skip."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmgap import datasets
from mmgap.datasets import SPLITS, Dataset
from mmgap.paths import MissingDataError

#: Specs with options, beside the bare names; the two that need a path get a made-up one.
MORE = ("glyphs-en:textured", "glyphs-es:keywords=first", "arasaac-es:both,keywords=first")
NEED_A_PATH = ("folder", "vectors")
#: Splits made by hash or by plan, in which no caption may stand twice; official lists are as they are.
OFFICIAL = ("flickr8k",)


@pytest.fixture(scope="module", params=sorted([*datasets.registry.names(), *MORE]))
def splits(request, tmp_path_factory):
    """{split: dataset} of one spec."""
    spec = request.param
    if spec in NEED_A_PATH:
        spec = f"{spec}:{made_up(spec, tmp_path_factory.mktemp(spec))}"
    try:
        return {
            split: datasets.load(spec, split=split)
            for split in (SPLITS if request.param != "vectors" else ("test", "all"))
        }
    except MissingDataError as error:
        pytest.skip(str(error))


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


def captions_by_image(data: Dataset) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {i: [] for i in data.image_ids}
    for caption, owner in zip(data.captions, data.owner, strict=True):
        out[data.image_ids[owner]].append(caption)
    return out


def test_splits_are_disjoint_and_add_up(splits):
    parts = [splits[split].image_ids for split in SPLITS[:-1] if split in splits]
    together = [i for part in parts for i in part]
    assert len(together) == len(set(together))
    assert set(together) == set(splits["all"].image_ids)
    assert all(parts)


def test_no_caption_crosses_a_split(splits):
    if splits["all"].name in OFFICIAL:
        pytest.skip("the split lists are the authors'")
    seen: dict[str, str] = {}
    for split in SPLITS[:-1]:
        for caption in splits[split].captions if split in splits else ():
            assert seen.setdefault(caption.strip().casefold(), split) == split


def test_a_split_holds_what_the_whole_holds(splits):
    whole = captions_by_image(splits["all"])
    for data in splits.values():
        assert all(whole[i] == captions for i, captions in captions_by_image(data).items())
        assert all(captions and all(c.strip() for c in captions) for captions in whole.values())


def test_revision_is_stable_and_common(splits):
    assert len({data.revision for data in splits.values()}) == 1
    assert len(splits["all"].revision) == 64


def test_the_same_again(splits, tmp_path):
    data = splits["test"]
    if data.name.partition(":")[0] in NEED_A_PATH:
        pytest.skip("made up in a folder of its own")
    again = datasets.load(data.name)
    assert again.fingerprint() == data.fingerprint()
    assert (again.image_ids, again.captions) == (data.image_ids, data.captions)


def test_fingerprints_differ_and_are_json(splits):
    prints = [
        json.dumps(data.fingerprint(side), sort_keys=True)
        for data in splits.values()
        for side in (None, "image", "text")
    ]
    assert len(set(prints)) == len(prints)


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


def test_images_are_rgb(splits):
    data = splits["test"]
    if data.vectors is not None:
        pytest.skip("vectors only")
    for k in (0, len(data.images) // 2, len(data.images) - 1):
        assert data.images[k].mode == "RGB"
        assert min(data.images[k].size) > 0


def test_facts_are_there(splits):
    for data in splits.values():
        assert data.licence
        assert len(data.categories) == len(data.image_ids)
        assert all(isinstance(note, str) and note.endswith(".") for note in data.notes)
        if data.name.partition(":")[0] not in NEED_A_PATH:
            assert data.language in ("en", "es")
            assert data.licence != "unknown"
        if data.prompt:
            before, after = data.prompt.split("{}")
            assert all(c.startswith(before) and c.endswith(after) for c in data.captions)
