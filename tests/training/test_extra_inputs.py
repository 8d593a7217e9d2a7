"""What losses need of a batch besides its vectors: cosines of captions, the same in chunks and for every process."""

import math

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from mmgap import losses
from mmgap.losses import batch_blocks, loss
from mmgap.losses.row_products import RowProducts
from mmgap.training import artifact
from mmgap.training.distributed import World
from mmgap.training.extra_inputs import CaptionCosines, extra_inputs, tf_idf
from mmgap.training.recipe import Recipe, TrainingError
from mmgap.training.run import trained, training_folder, training_key
from tests.support import small_trainings as small

pytestmark = pytest.mark.usefixtures("one_thread")

CAPTIONS = ["red on blue", "blue on red", "red", "a dog", ""]


@pytest.fixture(scope="module")
def spec(tmp_path_factory):
    return small.family("clip", tmp_path_factory.mktemp("models"))


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))


def prepared(spec, tmp_path, expression, **options):
    recipe = Recipe(expression, **{"tuning": "full", "epochs": 2, "batch_size": 6, "rate": 1e-3, **options})
    return small.Prepared(spec, recipe, small.splits(), tmp_path / "run")


def slow_tf_idf(captions):
    """Term counts times ln((1 + n)/(1 + number of captions that have the term)) + 1."""
    words = sorted({word for caption in captions for word in caption.split()})
    n = len(captions)
    having = [sum(word in caption.split() for caption in captions) for word in words]
    weights = [math.log((1 + n) / (1 + count)) + 1 for count in having]
    return np.array(
        [[caption.split().count(w) * k for w, k in zip(words, weights, strict=True)] for caption in captions]
    )


def lengths(captions):
    """Vectors of one's own."""
    return np.array([[1.0, len(caption)] for caption in captions])


class TestCosines:
    def test_usually_of_tf_idf(self):
        vectors = slow_tf_idf(CAPTIONS)
        unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        places = np.array([3, 0, 1, 4, 2])
        found = CaptionCosines(CAPTIONS).of(places)
        assert found.dtype == torch.float32
        np.testing.assert_allclose(found, (unit @ unit.T)[places][:, places], atol=1e-6)
        assert found[1, 2] == pytest.approx(1)  # it sees no order of words
        assert found[3].abs().max() == 0  # a caption without a word is like none

    @pytest.mark.parametrize(
        "made", [lengths, lambda texts: csr_array(lengths(texts)), lambda texts: lengths(texts).tolist()]
    )
    def test_of_any_vectors(self, made):
        rows = lengths(CAPTIONS)
        unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        np.testing.assert_allclose(CaptionCosines(CAPTIONS, made).of(np.arange(5)), unit @ unit.T, atol=1e-6)

    @pytest.mark.parametrize("made", [lambda texts: np.eye(3), lambda texts: np.full((5, 2), np.nan)])
    def test_odd_vectors_are_named(self, made):
        with pytest.raises(TrainingError, match=r"of 5 captions must be as many rows of finite numbers, got \d rows"):
            CaptionCosines(CAPTIONS, made)

    def test_captions_without_words(self):
        with pytest.raises(TrainingError, match=r"captions without a word have no TF-IDF .*give caption_vectors"):
            tf_idf(["!", "?"])


class TestTraining:
    @pytest.mark.parametrize("size", [1, 2])
    def test_every_process_gets_those_of_the_whole_batch(self, size, spec, tmp_path):
        made = prepared(spec, tmp_path, "ce+0.5*imsep")
        batch = made.pairs.order.epoch(1)[0]
        images, _, extra = made.pairs.read(batch, World(size - 1, size))
        assert len(images) == 6 // size
        wanted = CaptionCosines(made.splits.train.captions).of(batch.texts)
        assert torch.equal(extra["caption_cosines"], wanted)

    def test_those_of_a_large_batch_are_computed_in_blocks(self, monkeypatch):
        captions = ["a red cat", "a red dog", "two dogs run", "cat", "a b c d e f"] * 3
        cosines, places = CaptionCosines(captions), np.array([3, 0, 7, 2, 11, 5])
        whole = cosines.of(places)
        monkeypatch.setattr(batch_blocks, "ENTRIES", 35)
        parts = cosines.of(places)
        assert isinstance(parts, RowProducts)
        assert parts.rows.shape[0] == 6
        torch.testing.assert_close(parts[0:6], whole)
        torch.testing.assert_close(parts.to("cpu", torch.float64)[2:5], whole[2:5].double())

    def test_nothing_is_made_where_no_term_needs_it(self, spec, tmp_path):
        assert prepared(spec, tmp_path, "ce+var").batch()[2] == {}

    def test_the_step_sees_them(self, spec, tmp_path):
        made = prepared(spec, tmp_path, "ce+0.5*imsep")
        images, texts, extra = made.batch()
        found = made.trainer().step(images, texts, extra)
        twin = prepared(spec, tmp_path, "ce+0.5*imsep").dual
        x, y = twin.images(images), twin.texts(texts)
        wanted = losses.parse("ce+0.5*imsep").parts(x, y, logit_scale=twin.scale, **extra)
        for name in ("ce", "imsep"):
            assert found[name] == pytest.approx(wanted[name].item(), rel=1e-5)
        assert found["loss"] == pytest.approx(wanted["ce"].item() + 0.5 * wanted["imsep"].item(), rel=1e-5)

    def test_a_whole_training_learns_and_keeps_each_term(self, spec, tmp_path):
        arrays = prepared(spec, tmp_path, "ce+0.5*imsep", epochs=12, rate=2e-3, chunk=4).trainer().run().arrays()
        np.testing.assert_allclose(arrays["step_loss"], arrays["step_ce"] + 0.5 * arrays["step_imsep"], rtol=1e-5)
        assert arrays["step_imsep"][-4:].mean() < arrays["step_imsep"][:4].mean()

    def test_vectors_of_ones_own_are_another_training(self, spec):
        from mmgap import encoders

        recipe, splits = Recipe("imsep", tuning="head", epochs=1, batch_size=6), small.splits()
        folder = trained(spec, splits, recipe, caption_vectors=lengths)
        encoder = encoders.load(spec)
        assert folder == training_folder(encoder, splits, recipe, caption_vectors=lengths)
        assert folder != training_folder(encoder, splits, recipe)
        assert training_key(encoder, splits, recipe, caption_vectors=tf_idf) == training_key(encoder, splits, recipe)
        usual = artifact.history(trained(spec, splits, recipe)).steps["step_imsep"]
        assert artifact.history(folder).steps["step_imsep"] != usual


def test_what_training_cannot_give_is_named(spec, monkeypatch):
    @loss(needs=("depth_maps",))
    def deep(x, y, *, depth_maps, logit_scale=None):
        return (depth_maps * (x - y)).sum()

    monkeypatch.setitem(losses.registry._entries, "deep", deep)
    told = r"ce\+deep needs depth_maps of a batch, and training gives caption_cosines alone"
    with pytest.raises(TrainingError, match=told):
        extra_inputs(losses.parse("ce+deep"), small.squares())
    with pytest.raises(TrainingError, match=told):
        trained(spec, small.splits(), Recipe("ce+deep", tuning="head", epochs=1))
