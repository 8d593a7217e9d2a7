"""The glyphs: enough of them, distinct, in good English and Spanish, with held-out combinations, learnable."""

import pickle
from collections import Counter

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import Ridge

from mmgap import datasets
from mmgap.datasets import DatasetError, glyphs
from mmgap.datasets.glyphs.glyph_records import records
from mmgap.datasets.glyphs.phrases import english, spanish
from mmgap.datasets.glyphs.scenes import COUNTS, FRAMES, PATTERNS, RELATIONS, SIZES, Scene, combinations, scenes
from mmgap.datasets.glyphs.shapes import SHAPES, parts
from mmgap.datasets.glyphs.styles import STYLES, draw
from mmgap.datasets.glyphs.vocabulary import COLOURS, NOUNS


def test_every_noun_has_a_shape_inside_its_square():
    assert set(SHAPES) == set(NOUNS)
    for key in SHAPES:
        points = np.array([p for part in parts(key) for p in part.points])
        assert points.min() >= -5, key
        assert points.max() <= 105, key


def test_size_of_the_set():
    counts = Counter(scene.split for scene in scenes())
    assert len(scenes()) >= 3000
    assert counts["test"] >= 900
    assert len(NOUNS) * len(COLOURS) == len(combinations()) == 600
    assert [scene.number for scene in scenes()] == list(range(1, len(scenes()) + 1))


def test_splits_hold_out_combinations_not_concepts():
    seen = {split: {t for s in scenes() if s.split == split for t in s.things} for split in datasets.SPLITS[:3]}
    assert not seen["train"] & seen["test"]
    assert not seen["train"] & seen["validation"]
    assert not seen["validation"] & seen["test"]
    for split in seen:
        assert {noun for noun, _ in seen[split]} == set(NOUNS)
        assert {colour for _, colour in seen[split]} == set(COLOURS)
        kinds = {s.kind for s in scenes() if s.split == split}
        assert kinds == {"plain", *SIZES, *PATTERNS, *COUNTS, *FRAMES, *RELATIONS}


@pytest.mark.parametrize("language", ["en", "es"])
def test_some_captions_belong_to_several_images(language):
    for split in ("train", "validation", "test"):
        data = glyphs.load(language, split=split)
        assert 0.03 <= data.duplicate_captions / len(data.captions) <= 0.08


@pytest.mark.parametrize(
    ("things", "kind", "in_english", "in_spanish"),
    [
        ([("house", "red")], "plain", "red house", "casa roja"),
        ([("fish", "blue")], "two", "two blue fish", "dos peces azules"),
        ([("bus", "brown")], "three", "three brown buses", "tres autobuses marrones"),
        ([("cactus", "grey")], "four", "four grey cacti", "cuatro cactus grises"),
        ([("pencil", "yellow")], "small", "small yellow pencil", "lápiz amarillo pequeño"),
        ([("flower", "white")], "small", "small white flower", "flor blanca pequeña"),
        ([("flower", "pink")], "large", "large pink flower", "flor rosa grande"),
        ([("crab", "purple")], "striped", "striped purple crab", "cangrejo morado a rayas"),
        ([("cup", "orange")], "spotted", "spotted orange cup", "taza naranja de lunares"),
        ([("car", "red")], "crossed", "crossed-out red car", "coche rojo tachado"),
        ([("bed", "red")], "crossed", "crossed-out red bed", "cama roja tachada"),
        ([("sun", "green")], "circle", "green sun in a circle", "sol verde en un círculo"),
        ([("sun", "green")], "square", "green sun in a square", "sol verde en un cuadrado"),
        ([("ball", "red"), ("box", "green")], "above", "red ball above green box", "pelota roja encima de caja verde"),
        (
            [("ball", "red"), ("hat", "white")],
            "below",
            "red ball below white hat",
            "pelota roja debajo de sombrero blanco",
        ),
        (
            [("bird", "white"), ("tree", "pink")],
            "left",
            "white bird left of pink tree",
            "pájaro blanco a la izquierda de árbol rosa",
        ),
        (
            [("moon", "red"), ("star", "red")],
            "right",
            "red moon right of red star",
            "luna roja a la derecha de estrella roja",
        ),
    ],
)
def test_phrases(things, kind, in_english, in_spanish):
    scene = Scene(1, "train", tuple(things), kind)
    assert english(scene) == in_english
    assert spanish(scene) == in_spanish


def test_records_have_the_shape_of_arasaac():
    for language in ("en", "es"):
        for record in records(language):
            assert {"_id", "keywords", "categories", "tags", "synsets"} <= record.keys()
            words = [keyword["keyword"] for keyword in record["keywords"]]
            assert len(words) >= 2
            assert len({w.casefold() for w in words}) == len(words)
            assert record["categories"]
            assert record["tags"]


def test_options():
    plain, other = datasets.load("glyphs-es"), datasets.load("glyphs-es:textured")
    assert plain.captions == other.captions
    assert plain.image_ids == other.image_ids
    assert plain.revision != other.revision
    assert plain.fingerprint("image") != other.fingerprint("image")
    assert other.name == "glyphs-es:textured"
    first = datasets.load("glyphs-es:keywords=first")
    assert first.captions[0] == "Una imagen de pez rojo"
    with pytest.raises(DatasetError, match="unknown option 'photo'"):
        datasets.load("glyphs-en:photo")


@pytest.mark.parametrize("style", STYLES)
def test_drawing_is_repeatable_and_distinct(style):
    some = scenes()[::47]
    pixels = [np.asarray(draw(scene, style)) for scene in some]
    assert len({p.tobytes() for p in pixels}) == len(some)
    for scene, p in list(zip(some, pixels, strict=True))[::40]:
        assert p.shape == (64, 64, 3)
        assert p.std() > 10
        assert np.array_equal(p, np.asarray(draw(scene, style)))
    assert draw(some[0], style, size=48).size == (48, 48)


def test_all_flat_drawings_differ():
    images = datasets.load("glyphs-en", split="validation").images
    assert len({image.tobytes() for image in images}) == len(images)


def test_styles_look_different():
    plain = next(s for s in scenes() if s.kind == "plain")
    flat, textured = (np.asarray(draw(plain, style)).reshape(-1, 3) for style in STYLES)
    assert (flat == 255).all(axis=1).mean() > 0.5  # paper
    assert (textured == 255).all(axis=1).mean() < 0.01
    assert len(np.unique(textured, axis=0)) > 4 * len(np.unique(flat, axis=0))


def test_what_the_words_say_is_drawn():
    def share(colour, **scene):
        pixels = np.asarray(draw(Scene(7, "train", **scene)), dtype=float)
        near = np.abs(pixels - COLOURS[colour].rgb).sum(axis=2) < 40
        return near.mean(), np.argwhere(near).mean(axis=0)

    ball = (("ball", "red"),)
    assert share("red", things=ball, kind="large")[0] > share("red", things=ball, kind="plain")[0]
    assert share("red", things=ball, kind="plain")[0] > share("red", things=ball, kind="small")[0]
    assert share("red", things=ball, kind="four")[0] > 1.7 * share("red", things=ball, kind="two")[0]
    pair = (("ball", "red"), ("box", "green"))
    for kind, axis, sign in (("above", 0, -1), ("below", 0, 1), ("left", 1, -1), ("right", 1, 1)):
        here, there = (share(colour, things=pair, kind=kind)[1][axis] for colour in ("red", "green"))
        assert sign * (here - there) > 15


def test_images_are_drawn_when_read():
    images = datasets.load("glyphs-en").images
    again = pickle.loads(pickle.dumps(images[5:8]))
    assert again[1].tobytes() == images[6].tobytes()


@pytest.fixture(scope="module")
def pixels():
    """(half of the training images, the test images): flat glyphs, 16 × 16 × 3 each."""

    def small(images):
        return np.stack([np.asarray(image.reduce(4), dtype=np.float32).ravel() / 255 for image in images])

    return small(glyphs.load("en", split="train").images[::2]), small(glyphs.load("en", split="test").images)


@pytest.mark.parametrize("language", ["en", "es"])
def test_neither_chance_nor_solved_by_a_ridge_from_pixels(pixels, language):
    train, test = (glyphs.load(language, split=split) for split in ("train", "test"))
    bags = CountVectorizer(binary=True, token_pattern=r"[^\s,]+")
    wanted = bags.fit_transform(train.captions[::2]).toarray().astype(np.float32)
    texts = bags.transform(test.captions).toarray().astype(np.float32)
    weights, mean = np.log(len(wanted) / (1 + wanted.sum(axis=0))), wanted.mean(axis=0)
    wanted, texts = (wanted - mean) * weights, (texts - mean) * weights
    found = Ridge(alpha=300.0).fit(pixels[0], wanted).predict(pixels[1])
    scores = (texts / np.linalg.norm(texts, axis=1, keepdims=True)) @ (
        found / np.linalg.norm(found, axis=1, keepdims=True)
    ).T
    dice = np.random.default_rng(0)
    pools = [dice.permutation(len(scores))[:90] for _ in range(20)]
    recall = np.mean([(scores[np.ix_(pool, pool)].argmax(axis=1) == np.arange(90)).mean() for pool in pools])
    assert 0.05 < recall < 0.9  # chance is 1/90
