"""Pictures, tokens and features as the towers take them; encoders that cannot be trained are told why."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from mmgap import encoders
from mmgap.datasets.images import ImageFiles
from mmgap.datasets.preparing import prepare
from mmgap.datasets.resizing import Preparation
from mmgap.datasets.store import Store
from mmgap.datasets.stored_images import StoredArrays, StoredImages
from mmgap.encoders.tower_inputs import PixelRows, TokenRows
from mmgap.training import artifact
from mmgap.training.data_splits import Splits
from mmgap.training.model_inputs import FeatureRows, pair_rows
from mmgap.training.recipe import Recipe, TrainingError
from mmgap.training.run import prepared_dual, trained
from mmgap.training.trainable_model import dual_of
from mmgap.training.tuning import tune
from tests.support import small_trainings as small

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def specs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return {name: small.family(name, folder) for name in ("clip", "siglip", "towers")}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def photos(tmp_path):
    """Four pictures of other shapes than a model's input, on disk."""
    data = small.squares(4)
    paths = tuple(str(tmp_path / f"{k}.png") for k in range(4))
    for k, (path, picture) in enumerate(zip(paths, data.images, strict=True)):
        picture.resize((40 + 9 * k, 64)).save(path)
    return replace(data, images=ImageFiles(paths, paths))


def stored(data, size, tmp_path):
    store = prepare(Store.of(data.images.paths, Preparation(size), "photos", tmp_path / f"store{size}"))
    return replace(data, images=StoredImages(StoredArrays(store, tuple(range(4)))), preparation={"size": size})


def rows(spec, data, **options):
    encoder = encoders.load(spec)
    dual = dual_of(encoder)
    tune(dual, Recipe("ce", **options))
    return dual, pair_rows(dual, encoder, data)


@pytest.mark.parametrize("family", ["clip", "siglip", "towers"])
def test_pixels_are_what_encoding_sees(family, specs, photos):
    """A trunk in evaluation gives the features that the encoder's own processor leads to, whatever it does."""
    encoder = encoders.load(specs[family])
    dual, (images, _) = rows(specs[family], photos, tuning="full")
    with torch.inference_mode():
        found = dual.eval().images(images.take(np.arange(len(photos.images))))
    wanted = torch.nn.functional.normalize(torch.from_numpy(encoder.encode_images(photos.images)), dim=1)
    torch.testing.assert_close(found, wanted, atol=2e-3, rtol=0)


def test_pictures_of_a_store_and_of_files_are_the_same_pixels(specs, photos, tmp_path):
    _, (plain, _) = rows(specs["clip"], photos, tuning="full")
    _, (kept, _) = rows(specs["clip"], stored(photos, 32, tmp_path), tuning="full")
    assert isinstance(kept.arrays, StoredArrays)
    chosen = np.array([3, 1])
    apart = kept.take(chosen).int() - plain.take(chosen).int()
    assert apart.abs().max() <= 1  # the store's resizing is Pillow's to within a level
    _, (larger, _) = rows(specs["clip"], stored(photos, 48, tmp_path), tuning="full")
    assert larger.take(chosen).shape == (2, 32, 32, 3)


def test_pictures_of_a_store_that_are_too_small(specs, photos, tmp_path):
    with pytest.raises(TrainingError, match="reads pictures of 32 pixels: --image-size 32"):
        rows(specs["clip"], stored(photos, 24, tmp_path), tuning="full")


def test_a_processor_that_does_more_than_resize(specs, photos):
    encoder = encoders.load(specs["clip"])
    encoder.parts.image_processor.do_pad = True
    dual = dual_of(encoder)
    with pytest.raises(TrainingError, match="does more than resize and crop"):
        pair_rows(dual, encoder, photos)


@pytest.mark.parametrize("family", ["clip", "siglip", "towers"])
def test_features_of_a_frozen_trunk_give_its_vectors(family, specs, photos):
    tuning = {"tuning": "full", "towers": "image"} if family == "siglip" else {"tuning": "head"}
    dual, (images, texts) = rows(specs[family], photos, **tuning)
    assert isinstance(texts, FeatureRows)
    assert isinstance(images, PixelRows if family == "siglip" else FeatureRows)
    whole, (pixels, tokens) = rows(specs[family], photos, tuning="full")
    assert (type(pixels), type(tokens)) == (PixelRows, TokenRows)
    assert tokens.whole == (family == "siglip")
    every = np.arange(4)
    dual.eval()
    whole.eval()
    with torch.no_grad():
        torch.testing.assert_close(dual.texts(texts.take(every)), whole.texts(tokens.take(every)), atol=1e-5, rtol=0)
        if family == "clip":
            vectors, wanted = dual.images(images.take(every)), whole.images(pixels.take(every))
            torch.testing.assert_close(vectors, wanted, atol=1e-5, rtol=0)


def test_features_are_computed_once(specs, photos, monkeypatch):
    rows(specs["clip"], photos, tuning="head")
    monkeypatch.setattr("mmgap.encoders.tower_modules.TokenTrunk.forward", lambda *args: pytest.fail("encoded again"))
    monkeypatch.setattr("mmgap.encoders.tower_modules.PixelTrunk.forward", lambda *args: pytest.fail("encoded again"))
    rows(specs["clip"], photos, tuning="head")


def test_long_texts_are_cut_as_in_encoding(specs):
    data = replace(small.squares(3), captions=("a" * 200, "b", "a" * 200 + "z"))
    made = small.Prepared(specs["clip"], Recipe("ce", tuning="full"), Splits(data, data), None)
    vectors = made.vectors("train")[1]
    np.testing.assert_allclose(vectors, small.encoded(specs["clip"], data)[1], atol=1e-5)
    np.testing.assert_allclose(vectors[0], vectors[2], atol=1e-6)


def test_a_model_without_two_towers_of_known_name(specs, monkeypatch):
    encoder = encoders.load(specs["clip"])
    del encoder.parts.model.text_model
    with pytest.raises(TrainingError, match="CLIPModel has no text_model"):
        dual_of(encoder)


def test_half_precision_weights_are_not_trained(specs):
    encoder = encoders.load(specs["clip"], dtype="bfloat16")
    with pytest.raises(TrainingError, match=r"weights are trained in float32, not torch\.bfloat16"):
        prepared_dual(encoder, small.splits(), Recipe("ce", tuning="head"))


def test_trained_again_where_asked_and_noted_where_held_out(specs):
    data = small.squares(12)
    splits = Splits(data.select(range(8)), data.select(range(8, 12)))
    recipe = Recipe("ce", tuning="head", epochs=1, batch_size=4)
    epochs = []

    def count(epoch, told):
        epochs.append(epoch)

    folder = trained(specs["clip"], splits, recipe, on_epoch=count)
    assert "no validation split" in artifact.about(folder).notes[1]
    before = artifact.weights(folder)
    assert trained(specs["clip"], splits, recipe, on_epoch=count, refresh=True) == folder
    assert epochs == [0, 1, 0, 1]
    assert all(torch.equal(value, before[name]) for name, value in artifact.weights(folder).items())


def test_small_pictures_are_read_like_the_encoders_own(specs):
    """Pictures that already have the model's side: nothing is resized, so both ways see the same pixels."""
    pictures = [
        Image.fromarray(np.random.default_rng(k).integers(0, 255, (32, 32, 3), dtype=np.uint8)) for k in range(3)
    ]
    data = replace(small.squares(3), images=tuple(pictures))
    dual, (images, _) = rows(specs["clip"], data, tuning="full")
    dual.eval()
    with torch.no_grad():
        found = dual.images(images.take(np.arange(3))).numpy()
    np.testing.assert_allclose(found, small.unit(encoders.load(specs["clip"]).encode_images(pictures)), atol=1e-5)
