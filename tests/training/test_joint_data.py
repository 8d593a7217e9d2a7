"""The same pictures with the captions of several data sets."""

import json

import numpy as np
import pytest
from PIL import Image

from mmgap import datasets
from mmgap.datasets import DatasetError
from mmgap.datasets.same_pictures import positions


def test_each_picture_has_its_captions_in_both_languages_in_order():
    both = datasets.load("joint:glyphs-en+glyphs-es", split="validation")
    english, spanish = (datasets.load(f"glyphs-{code}", split="validation") for code in ("en", "es"))
    assert both.image_ids == english.image_ids
    assert both.owner.tolist() == np.repeat(np.arange(len(english.image_ids)), 2).tolist()
    assert both.captions[0::2] == english.captions
    assert both.captions[1::2] == tuple(spanish.captions[place] for place in positions(english, spanish))
    assert len(datasets.load("joint:glyphs-en+glyphs-es", split="validation", captions="first").captions) == len(
        english.image_ids
    )


def test_its_content_is_that_of_its_parts():
    there, back = "joint:glyphs-en+glyphs-es", "joint:glyphs-es+glyphs-en"
    one, other = (datasets.load(spec, split="test") for spec in (there, back))
    assert one.revision != other.revision
    assert one.revision == datasets.load("joint:glyphs-en+glyphs-es", split="test").revision


@pytest.mark.parametrize(
    "spec", ["joint", "joint:", "joint:glyphs-en", "joint:glyphs-en+glyphs-en", "joint:glyphs-en+"]
)
def test_too_few_are_named(spec):
    with pytest.raises(DatasetError, match=r"two or more data sets with \+ between them"):
        datasets.load(spec)


def photos(folder, captions):
    folder.mkdir()
    for name in captions:
        Image.new("RGB", (8, 8)).save(folder / name)
    records = [{"image": name, "caption": text} for name, text in captions.items()]
    (folder / "metadata.json").write_text(json.dumps(records))
    return f"folder:{folder}"


def test_several_captions_and_another_order_are_joined_by_picture(tmp_path):
    one = photos(tmp_path / "one", {"a.png": "cat", "b.png": "dog"})
    other = photos(tmp_path / "other", {"b.png": "perro", "a.png": "gato"})
    both = datasets.load(f"joint:{one}+{other}", split="test")
    said = {both.image_ids[image]: set() for image in both.owner}
    for text, image in zip(both.captions, both.owner, strict=True):
        said[both.image_ids[image]].add(text)
    assert said == {"a.png": {"cat", "gato"}, "b.png": {"dog", "perro"}}


def test_other_pictures_are_named(tmp_path):
    one = photos(tmp_path / "one", {"a.png": "cat", "b.png": "dog"})
    other = photos(tmp_path / "other", {"c.png": "perro", "a.png": "gato"})
    with pytest.raises(DatasetError, match=r"in 'test': 2 are in one of them alone, 'b\.png'"):
        datasets.load(f"joint:{one}+{other}", split="test")
