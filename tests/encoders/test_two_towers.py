"""Image and text models that never met: their own vectors, the projection between them, and no leak in fitting it."""

import logging
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from mmgap import encoders
from mmgap.core.paths import MissingDataError, weights_path
from mmgap.encoders import EncoderError
from mmgap.encoders.dual import count_longer
from mmgap.encoders.projection import SavedProjection
from mmgap.encoders.towers import ImageTower, TextTower
from mmgap.evaluation.fitted_space import load_encoder
from mmgap.spaces import Affine, PairMap, SpaceError
from mmgap.spaces.random_matrix import random_weight
from tests.support import small_models

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def towers(tmp_path_factory):
    return small_models.towers(tmp_path_factory.mktemp("towers"))


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))


def test_images_are_projected_and_texts_are_left(towers):
    raw, projected = (encoders.load(f"two-towers:{towers},{p}") for p in ("none", "random"))
    images, texts = raw.encode_images(small_models.images()), raw.encode_texts(small_models.TEXTS)
    assert images.shape == (5, 12)
    assert texts.shape == (6, 32)
    generator = np.random.RandomState(42)
    by_the_practices = images @ generator.normal(0, 1 / np.sqrt(12), (12, 32))
    np.testing.assert_allclose(projected.encode_images(small_models.images()), by_the_practices, atol=1e-5)
    np.testing.assert_array_equal(projected.encode_texts(small_models.TEXTS), texts)
    assert projected.logit_scale() is None


def test_the_image_tower_is_the_pooled_backbone(towers):
    from transformers import AutoImageProcessor, ResNetModel

    folder = towers.split(",")[0]
    model, processor = ResNetModel.from_pretrained(folder).eval(), AutoImageProcessor.from_pretrained(folder)
    expected = [
        model(**processor(images=i, return_tensors="pt")).pooler_output.flatten().detach()
        for i in small_models.images()
    ]
    encoder = encoders.load(f"two-towers:hf:{towers},none")
    np.testing.assert_allclose(encoder.encode_images(small_models.images()), np.stack(expected), atol=1e-5)


def test_the_text_tower_is_sentence_transformers_own(towers):
    from sentence_transformers import SentenceTransformer

    expected = SentenceTransformer(towers.split(",")[1], device="cpu").encode(list(small_models.TEXTS))
    encoder = encoders.load(f"two-towers:{towers},none")
    np.testing.assert_allclose(encoder.encode_texts(small_models.TEXTS), expected, atol=1e-5)


def test_long_texts_are_counted(towers, caplog):
    encoder = encoders.load(f"two-towers:{towers},none")
    with caplog.at_level(logging.WARNING):
        encoder.encode_texts(["x" * 30, "y", "x" * 50])
    assert encoder.texts_cut == 2
    assert "2 of 3 texts are longer than 24 tokens" in caplog.text


def test_one_thread_alone_uses_the_tokenizer(towers, monkeypatch):
    """A fast tokenizer keeps its padding mode as state: counted in one thread while another pads, batches break."""
    encoder, used = encoders.load(f"two-towers:{towers},none", batch_size=2), []

    def noted(function):
        def noting(*arguments, **options):
            used.append(threading.current_thread())
            return function(*arguments, **options)

        return noting

    monkeypatch.setattr("mmgap.encoders.dual.count_longer", noted(count_longer))
    monkeypatch.setattr(encoder.texts.model, "preprocess", noted(encoder.texts.model.preprocess))
    encoder.encode_texts(["a", "a b c" * 30, "a b", "a b c d", "b"])
    assert len(used) == 3 + 1  # batches, and the one with a text that fills the limit
    assert len(set(used)) == 1


def test_a_random_projection_keeps_lengths_on_average():
    weight = random_weight(2048, 384)
    assert weight.shape == (384, 2048)
    assert weight.std() == pytest.approx(1 / np.sqrt(2048), rel=0.01)
    np.testing.assert_array_equal(weight, random_weight(2048, 384, 42))
    assert not np.array_equal(weight, random_weight(2048, 384, 7))
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    random_weight(3, 2)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_saved_matrices(tmp_path):
    images = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    weight, bias = np.arange(8, dtype=np.float32).reshape(2, 4), np.array([1, -1], dtype=np.float32)
    np.save(tmp_path / "w.npy", weight)
    save_file({"weight": weight, "bias": bias}, tmp_path / "w.safetensors")
    np.testing.assert_allclose(
        SavedProjection(tmp_path / "w.npy").map(images.shape[1], 2).images(images), images @ weight.T, rtol=1e-6
    )
    with_bias = SavedProjection(tmp_path / "w.safetensors")
    np.testing.assert_allclose(with_bias.map(images.shape[1], 2).images(images), images @ weight.T + bias, rtol=1e-5)
    np.testing.assert_array_equal(with_bias.map(images.shape[1], 2).texts(images), images)
    with pytest.raises(EncoderError, match=r"shape \(2, 4\) does not fit: images have 4 dimensions and texts 3"):
        SavedProjection(tmp_path / "w.npy").map(images.shape[1], 3)
    save_file({"matrix": weight}, tmp_path / "other.safetensors")
    with pytest.raises(SpaceError, match="holds matrix, but no 'weight'"):
        SavedProjection(tmp_path / "other.safetensors").map(images.shape[1], 2)


def test_a_saved_map_of_both_sides_may_have_any_width(towers, tmp_path):
    rng = np.random.default_rng(0)
    made = PairMap(Affine(rng.normal(size=(5, 12)), rng.normal(size=5)), Affine(rng.normal(size=(5, 32)), np.zeros(5)))
    path = made.save(tmp_path / "both.safetensors")
    raw, joined = (encoders.load(f"two-towers:{towers},{p}") for p in ("none", path))
    images, texts = small_models.images(), small_models.TEXTS
    np.testing.assert_allclose(joined.encode_images(images), made.images(raw.encode_images(images)), rtol=1e-4)
    np.testing.assert_allclose(joined.encode_texts(texts), made.texts(raw.encode_texts(texts)), rtol=1e-4)


def test_fingerprint_follows_every_part(towers, tmp_path):
    np.save(tmp_path / "w.npy", np.ones((32, 12)))
    base = f"two-towers:{towers},random"
    image, text = towers.split(",")
    others = [f"two-towers:{towers},none", f"two-towers:{towers},random:7", f"two-towers:{towers},{tmp_path}/w.npy"]
    others += [f"two-towers:{small_models.clip(tmp_path / 'clip')},{text},random"]
    others += [f"two-towers:{image},{Path(text).parent / 'bert'},random"]
    prints = [str(encoders.load(spec).fingerprint()) for spec in (base, *others)]
    assert len(set(prints)) == len(prints)
    assert encoders.load(f"two-towers:{towers},random:42").fingerprint() == encoders.load(base).fingerprint()
    np.save(tmp_path / "w.npy", np.zeros((32, 12)))
    assert str(encoders.load(others[2]).fingerprint()) != prints[3]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("two-towers", "needs IMAGE,TEXT,PROJECTION"),
        ("two-towers:mobilenet-v2,minilm", "needs IMAGE,TEXT,PROJECTION"),
        ("two-towers:mobilenet-v2,,random", "needs IMAGE,TEXT,PROJECTION"),
        ("two-towers:a,b,rigde", "unknown projection 'rigde': none, random, random:SEED, cca:DATASET"),
        ("two-towers:a,b,ridge", "needs the data set it is fitted on: two-towers:a,b,ridge:flickr8k"),
        ("two-towers:a,b,random:x", "the seed must be a whole number"),
    ],
)
def test_bad_specs(spec, message):
    with pytest.raises(EncoderError, match=message):
        load_encoder(spec)


def test_an_encoder_fits_nothing_itself():
    encoder = encoders.load("two-towers:a,b,cca:flickr8k")
    assert encoder.to_fit == ("cca", "flickr8k")
    assert encoders.load("two-towers:a,b,random").to_fit is None
    with pytest.raises(EncoderError, match=r"'cca' is not fitted yet: .*load_encoder loads an encoder and fits"):
        encoder.projection.map(12, 32)


def test_an_absent_projection_is_named(towers, tmp_path):
    with pytest.raises(MissingDataError, match=r"gone\.npy not found: make it with mmgap.spaces.PairMap.save"):
        encoders.load(f"two-towers:{towers},{tmp_path}/gone.npy").fingerprint()


def test_absent_weights_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_WEIGHTS", str(tmp_path))
    with pytest.raises(MissingDataError, match="'mobilenet_v2_imagenet' not found"):
        encoders.load("two-towers:mobilenet-v2,minilm,random").fingerprint()


def test_minilm_comes_from_its_package_or_from_the_local_weights(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_WEIGHTS", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    (tmp_path / "all-MiniLM-L6-v2").mkdir()
    small_models.sentences(tmp_path / "made").rename(tmp_path / "made" / "all")
    for file in (tmp_path / "made" / "all").iterdir():
        file.rename(tmp_path / "all-MiniLM-L6-v2" / file.name)
    options = encoders.load("two-towers:a,minilm,none").texts.options
    assert TextTower("minilm", options).folder == tmp_path / "all-MiniLM-L6-v2"


def test_a_model_without_a_pooled_output_is_refused(towers, tmp_path, monkeypatch):
    tower = encoders.load(f"two-towers:{towers},none").images
    model, processor = tower.parts

    class Unpooled:
        def __call__(self, pixel_values):
            output = model(pixel_values=pixel_values)
            return replace(output, pooler_output=None)

    monkeypatch.setitem(vars(tower), "parts", (Unpooled(), processor))
    with pytest.raises(EncoderError, match="Unpooled has no pooled output"):
        tower.encode(small_models.images())


def test_mobilenet_sees_what_its_source_says():
    """Its 1280 pooled features are those of transformers' own class, whatever the batch."""
    try:
        folder = weights_path("mobilenet_v2_imagenet")
    except MissingDataError as error:
        pytest.skip(str(error))
    from transformers import AutoImageProcessor, MobileNetV2Model

    tower = encoders.load("two-towers:mobilenet-v2,minilm,none").images
    assert isinstance(tower, ImageTower)
    vectors = tower.encode(small_models.images())
    model, processor = MobileNetV2Model.from_pretrained(folder).eval(), AutoImageProcessor.from_pretrained(folder)
    expected = model(**processor(images=small_models.images(), return_tensors="pt")).pooler_output.detach()
    assert vectors.shape == (5, 1280)
    np.testing.assert_allclose(vectors, expected, atol=1e-4)
