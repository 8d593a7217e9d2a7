"""Choosing images and wording prompts keeps everything that belongs together; the fingerprint holds every field."""

from dataclasses import replace

import numpy as np
import pytest

from mmgap.datasets import Dataset, DatasetError
from tests.support import pictures_for_stores as pictures


def make(**changes):
    parts = {"name": "d", "split": "test", "revision": "0", "image_ids": tuple("abcd")}
    parts |= {"images": [pictures.noise((10 + k, 9)) for k in range(4)]}
    parts |= {"captions": ("a1", "a2", "b1", "c1", "c2", "c3", "d1"), "owner": np.array([0, 0, 1, 2, 2, 2, 3])}
    parts |= {"categories": ("p", "q", None, "p"), "labels": {"tags": (("x",), (), ("y", "z"), ("x",))}}
    return Dataset(**(parts | changes))


# -------------------------------------------------------------------------------------------------------------- select


@pytest.mark.parametrize("kind", [list, tuple, np.array, lambda keep: range(3, -1, -3) if keep == [3, 0] else keep])
def test_select_keeps_what_belongs_together(kind):
    data = make().select(kind([3, 0]))
    assert data.image_ids == ("d", "a")
    assert data.captions == ("d1", "a1", "a2")
    assert data.owner.tolist() == [0, 1, 1]
    assert data.owner.dtype == np.int64
    assert data.categories == ("p", "p")
    assert data.labels == {"tags": (("x",), ("x",))}
    assert [image.width for image in data.images] == [13, 10]
    assert [image.width for image in data.images[1:]] == [10]
    assert data.images[-1].width == 10


def test_select_against_a_slow_loop():
    rng = np.random.default_rng(3)
    counts = rng.integers(1, 5, 30)
    owner = np.repeat(np.arange(30), counts)
    captions = tuple(f"{o}-{k}" for k, o in enumerate(owner))
    ids = tuple(f"i{k}" for k in range(30))
    data = Dataset("d", "test", "0", ids, [None] * 30, captions, owner)
    keep = rng.permutation(30)[:17]
    chosen = data.select(keep)
    expected = [(row, c) for row, i in enumerate(keep) for c, o in zip(captions, owner, strict=True) if o == i]
    assert list(zip(chosen.owner.tolist(), chosen.captions, strict=True)) == expected
    again = chosen.select(range(17))
    assert (again.image_ids, again.captions) == (chosen.image_ids, chosen.captions)


def test_select_twice():
    data = make().select([2, 1, 0]).select([0, 2])
    assert (data.image_ids, data.captions) == (("c", "a"), ("c1", "c2", "c3", "a1", "a2"))
    assert [image.width for image in data.images] == [12, 10]


def test_select_by_mask():
    data = make()
    mask = np.array([c == "p" for c in data.categories])
    assert data.select(mask).image_ids == data.select(mask.tolist()).image_ids == ("a", "d")
    assert data.select(np.zeros(4, dtype=bool)).image_ids == ()


def test_select_nothing_and_of_images_alone():
    assert make().select([]).captions == ()
    alone = make(captions=(), owner=np.zeros(0, dtype=np.int64)).select([2, 1])
    assert (alone.image_ids, alone.captions, len(alone.owner)) == (("c", "b"), (), 0)


def test_select_saved_vectors():
    images, texts = np.arange(8.0).reshape(4, 2), np.arange(14.0).reshape(7, 2)
    chosen = make(vectors=(images, texts)).select([2, 0])
    np.testing.assert_array_equal(chosen.vectors[0], images[[2, 0]])
    np.testing.assert_array_equal(chosen.vectors[1], texts[[3, 4, 5, 0, 1]])
    first = make(vectors=(images, texts)).first_captions()
    np.testing.assert_array_equal(first.vectors[1], texts[[0, 2, 3, 6]])


@pytest.mark.parametrize("keep", [[4], [-1], [True, False], np.array([True] * 5), [0, 99]])
def test_positions_that_no_image_has(keep):
    with pytest.raises(DatasetError, match="d has images 0 to 3: cannot select"):
        make().select(keep)


def test_an_image_twice():
    with pytest.raises(DatasetError, match="'a' appears more than once"):
        make().select([0, 1, 0])


# ------------------------------------------------------------------------------------------------------------ prompted


@pytest.mark.parametrize(
    ("template", "first"),
    [
        ("A picture of {}", "A picture of a1"),
        ("Una imagen de «{}», ¿no?", "Una imagen de «a1», ¿no?"),
        ("写真:{}。", "写真:a1。"),
        ("{}", "a1"),
        ("%s {x} {0} {}", "%s {x} {0} a1"),
        ("{}\U0001f600", "a1\U0001f600"),
    ],
)
def test_prompts(template, first):
    data = make().prompted(template)
    assert data.captions[0] == first
    assert data.prompt == ("" if template == "{}" else template)
    back = data.prompted("{}")
    assert (back.captions, back.prompt) == (make().captions, "")
    assert data.prompted("Der {}!").captions[0] == "Der a1!"
    assert data.prompted("Der {}!").prompted(template).captions == data.captions
    assert data.fingerprint("image") == make().fingerprint("image")


def test_words_that_look_like_a_template_stay():
    data = make(captions=("{}", "{0}", "%s", "{", "}{", "a {} b", "\\1"))
    there = data.prompted("A picture of {}")
    assert there.captions[0] == "A picture of {}"
    assert there.prompted("{}").captions == data.captions


@pytest.mark.parametrize("template", ["", "a picture", "{} and {}", "{0}", "{ }"])
def test_templates_that_are_none(template):
    with pytest.raises(DatasetError, match=r"exactly one \{\} where the words go, got"):
        make().prompted(template)


def test_saved_vectors_keep_their_prompt():
    with pytest.raises(DatasetError, match="d holds saved vectors"):
        make(vectors=(np.zeros((4, 2)), np.zeros((7, 2)))).prompted("{}")


# -------------------------------------------------------------------------------------------------------------- labels


def test_labels_of_another_length():
    with pytest.raises(DatasetError, match="do not fit together"):
        make(labels={"tags": ((),) * 3})


def test_labels_of_none_are_an_empty_mapping():
    assert Dataset("d", "test", "0", ("a",), [None], ("x",), np.array([0])).labels == {}


# --------------------------------------------------------------------------------------------------------- fingerprint

BOTH, IMAGE, TEXT = {None, "image", "text"}, {None, "image"}, {None, "text"}
WHOLE = {None}
FIELDS = {
    "name": ({"name": "e"}, IMAGE),
    "split": ({"split": "all"}, IMAGE),
    "revision": ({"revision": "1"}, IMAGE),
    "image_ids": ({"image_ids": ("a", "b", "c", "e")}, IMAGE),
    "preparation": ({"preparation": {"size": 32}}, IMAGE),
    "captions": ({"captions": ("a1", "a2", "b1", "c1", "c2", "c3", "D1")}, TEXT),
    "owner": ({"owner": np.array([0, 0, 1, 1, 2, 2, 3])}, WHOLE),
    "prompt": ({"prompt": "{}."}, WHOLE),
    "language": ({"language": "es"}, WHOLE),
    "caption_policy": ({"caption_policy": "first"}, WHOLE),
    "notes": ({"notes": ("n.",)}, set()),
    "skipped": ({"skipped": (("x", "y"),)}, set()),
}


@pytest.mark.parametrize("field", FIELDS)
def test_the_fingerprint_holds(field):
    changes, where = FIELDS[field]
    for side in BOTH:
        assert (make(**changes).fingerprint(side) != make().fingerprint(side)) == (side in where), side


@pytest.mark.parametrize("changes", [{"size": 33}, {"resize": "pad"}, {"content": "1"}, {"filter": "x"}])
def test_what_the_pictures_went_through_is_held(changes):
    before = {"size": 32, "resize": "crop", "filter": "bicubic", "content": "0"}
    prints = [make(preparation=p).fingerprint("image") for p in (before, before | changes)]
    assert prints[0] != prints[1]


def test_prepared_pictures_are_known_by_their_content():
    data = make(preparation={"content": "0"})
    for changes in ({"name": "e"}, {"split": "all"}, {"revision": "1"}):
        assert replace(data, **changes).fingerprint("image") == data.fingerprint("image")
        assert replace(data, **changes).fingerprint() != data.fingerprint()
    assert replace(data, image_ids=tuple("abce")).fingerprint("image") != data.fingerprint("image")


def test_texts_are_known_by_what_they_say_in_their_order():
    data = make()
    other = replace(data, name="e", split="all", revision="1", language="es", caption_policy="first")
    assert other.fingerprint("text") == data.fingerprint("text")
    assert make(captions=data.captions[::-1]).fingerprint("text") != data.fingerprint("text")
    assert data.prompted("a {}").fingerprint("text") != data.fingerprint("text")


def test_texts_of_any_characters_have_a_fingerprint():
    odd = ("\ud83d", "\x00", "é", "e\u0301", "\u202e", "\n", "\udcfc")
    prints = {str(make(captions=(text, *make().captions[1:])).fingerprint()) for text in odd}
    assert len(prints) == len(odd)
