"""Vectors of a dataset: computed once per modality, kept under a key that says everything, read back as they were."""

from dataclasses import replace

import numpy as np
import pytest

from mmgap import encoders
from mmgap.core.cache import Cache
from mmgap.datasets import Dataset
from mmgap.encoders import EncoderError
from mmgap.encoders.embed import embed
from tests.support import small_models

pytestmark = pytest.mark.usefixtures("one_thread")


class Counting:
    """An encoder of two made-up dimensions that counts its calls."""

    name = "counting"

    def __init__(self, version: int = 1) -> None:
        self.version, self.calls, self.texts_cut = version, [], 0

    def fingerprint(self, modality=None):
        return {"encoder_family": "counting", "version": self.version}

    def logit_scale(self):
        return None

    def encode_images(self, images):
        self.calls.append("image")
        return np.array([[image.width, image.height] for image in images], dtype=np.float32)

    def encode_texts(self, texts):
        self.calls.append("text")
        self.texts_cut = sum(len(text) > 5 for text in texts)
        return np.array([[len(text), self.version] for text in texts], dtype=np.float32)


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path)


@pytest.fixture
def data():
    return Dataset(
        name="made-up",
        split="test",
        revision="1",
        image_ids=("a", "b", "c"),
        images=small_models.images(3),
        captions=("one", "three or four", "two", "a long one"),
        owner=np.array([0, 1, 1, 2]),
    )


def test_second_time_from_the_cache(cache, data):
    encoder = Counting()
    first, second = embed(encoder, data, cache=cache), embed(encoder, data, cache=cache)
    assert encoder.calls == ["image", "text"]
    assert (first.from_cache, second.from_cache) == (False, True)
    np.testing.assert_array_equal(first.images, second.images)
    np.testing.assert_array_equal(first.texts, second.texts)
    assert first.texts.dtype == np.float32
    assert first.texts_cut == second.texts_cut == 2
    assert first.seconds > 0


def test_refresh_computes_again(cache, data):
    encoder = Counting()
    embed(encoder, data, cache=cache)
    assert not embed(encoder, data, refresh=True, cache=cache).from_cache
    assert encoder.calls == ["image", "text"] * 2


def test_other_captions_leave_the_images_cached(cache, data):
    encoder = Counting()
    embed(encoder, data, cache=cache)
    fewer = embed(encoder, data.first_captions(), cache=cache)
    assert encoder.calls == ["image", "text", "text"]
    assert not fewer.from_cache
    assert len(fewer.texts) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"revision": "2"},
        {"split": "train"},
        {"name": "other"},
        {"image_ids": ("a", "b", "d")},
        {"captions": ("one", "three or four", "two", "a longer one")},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_field_that_changes_vectors_changes_the_key(cache, data, change):
    encoder = Counting()
    embed(encoder, data, cache=cache)
    assert not embed(encoder, replace(data, **change), cache=cache).from_cache


@pytest.mark.parametrize("change", [{"owner": np.array([0, 1, 2, 2])}, {"prompt": "a {}"}, {"language": "es"}])
def test_what_texts_are_used_for_leaves_their_vectors_cached(cache, data, change):
    encoder = Counting()
    embed(encoder, data, cache=cache)
    assert embed(encoder, replace(data, **change), cache=cache).from_cache


def test_the_same_texts_of_another_data_set_are_encoded_once(cache, data):
    encoder = Counting()
    embed(encoder, data, cache=cache)
    embed(encoder, replace(data, name="other"), cache=cache)
    assert encoder.calls == ["image", "text", "image"]


def test_the_encoder_and_the_format_change_the_key(cache, data, monkeypatch):
    embed(Counting(), data, cache=cache)
    assert not embed(Counting(version=2), data, cache=cache).from_cache
    monkeypatch.setattr("mmgap.encoders.embed.FORMAT", 2)
    assert not embed(Counting(), data, cache=cache).from_cache


def test_images_without_captions(cache, data):
    alone = replace(data, captions=(), owner=np.array([], dtype=np.int64))
    found = embed(Counting(), alone, cache=cache)
    assert found.images.shape == (3, 2)
    assert found.texts.shape == (0, 2)


def test_the_default_cache_is_that_of_the_environment(data, tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "elsewhere"))
    embed(Counting(), data)
    assert list((tmp_path / "elsewhere" / "vectors").rglob("*.safetensors"))


def saved(tmp_path, images=3, texts=4):
    rng = np.random.default_rng(0)
    np.save(tmp_path / "i.npy", rng.normal(size=(images, 5)).astype(np.float16))
    np.save(tmp_path / "t.npy", rng.normal(size=(texts, 5)))
    return f"vectors:{tmp_path}/i.npy,{tmp_path}/t.npy"


def test_saved_vectors_for_another_dataset(cache, data, tmp_path):
    encoder = encoders.load(saved(tmp_path))
    found = embed(encoder, data, cache=cache)
    assert found.images.dtype == found.texts.dtype == np.float32
    np.testing.assert_array_equal(found.images, np.load(tmp_path / "i.npy").astype(np.float32))
    np.testing.assert_allclose(found.texts, np.load(tmp_path / "t.npy"), rtol=1e-6)
    assert not found.from_cache
    assert not (tmp_path / "vectors").exists()  # nothing is cached twice
    assert encoder.logit_scale() is None


def test_saved_vectors_of_another_count_are_refused(data, tmp_path):
    with pytest.raises(EncoderError, match="holds 2 images, the dataset 3: rows must match"):
        embed(encoders.load(saved(tmp_path, images=2)), data)
    with pytest.raises(EncoderError, match="holds 9 texts, the dataset 4"):
        embed(encoders.load(saved(tmp_path, texts=9)), data)


def test_a_dataset_may_bring_its_vectors(data):
    own = np.ones((3, 2)), np.ones((4, 2), dtype=np.float16)
    found = embed(encoders.load("vectors"), replace(data, vectors=own))
    assert found.images.dtype == found.texts.dtype == np.float32
    assert (found.images.shape, found.texts.shape) == ((3, 2), (4, 2))


def test_vectors_and_their_encoder_belong_together(data):
    with pytest.raises(EncoderError, match="made-up is no dataset of saved vectors"):
        embed(encoders.load("vectors"), data)
    with pytest.raises(EncoderError, match="its encoder is 'vectors'"):
        embed(Counting(), replace(data, vectors=(np.ones((3, 2)), np.ones((4, 2)))))
    with pytest.raises(EncoderError, match="encodes nothing itself"):
        encoders.load("vectors").encode_texts(["a"])


def test_fingerprint_of_saved_vectors_follows_their_content(tmp_path):
    spec = saved(tmp_path)
    before = encoders.load(spec).fingerprint()
    assert encoders.load(spec, dtype="float16", seed=3).fingerprint() == before
    np.save(tmp_path / "i.npy", np.zeros((3, 5)))
    assert encoders.load(spec).fingerprint() != before
    assert encoders.load("vectors").fingerprint()["vector_files"] is None


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ([[1.0, 2.0]] * 3, r"counting gave list \(\) for 3 images: floats of shape \(3, d\) are needed"),
        (np.ones((2, 4), dtype=np.float32), r"gave float32 \(2, 4\) for 3 images"),
        (np.ones((3, 2, 2), dtype=np.float32), r"gave float32 \(3, 2, 2\) for 3 images"),
        (np.ones((3, 2), dtype=complex), r"gave complex128 \(3, 2\)"),
        (np.array([[1, 2], [np.nan, 1], [1, np.inf]]), r"NaN or infinity for image 1 \(2 of 3\).*--dtype bfloat16"),
    ],
)
def test_what_is_no_vector_is_not_kept(cache, data, made, message):
    encoder = Counting()
    encoder.encode_images = lambda images: made
    with pytest.raises(EncoderError, match=message):
        embed(encoder, data, cache=cache)
    assert not list(cache.root.rglob("*.safetensors"))
