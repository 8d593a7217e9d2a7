"""A projection in an encoder's spec: fitted on train, chosen on validation, never on what is measured."""

import json

import numpy as np
import pytest
from PIL import Image

from mmgap import datasets, encoders, spaces
from mmgap.datasets.preparing import prepared
from mmgap.encoders import EncoderError
from mmgap.encoders.embed import embed
from mmgap.evaluation.fitted_space import fitted, load_encoder
from mmgap.harness.cell_inputs import CellInputs
from mmgap.harness.neighbours import View
from mmgap.rows.cell import Cell
from tests.support import small_models

pytestmark = pytest.mark.usefixtures("one_thread")

SPLITS = ["train"] * 12 + ["validation"] * 6 + ["test"] * 5


@pytest.fixture(scope="module")
def towers(tmp_path_factory):
    return small_models.towers(tmp_path_factory.mktemp("towers"))


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))


def write(folder, splits):
    folder.mkdir()
    records = []
    for i, split in enumerate(splits):
        noise = np.random.default_rng(i).integers(0, 255, (30, 50, 3), dtype=np.uint8)
        Image.fromarray(noise).save(folder / f"{i}.png")
        records += [{"image": f"{i}.png", "caption": f"{n} of {i}", "split": split} for n in range(2)]
    (folder / "metadata.json").write_text(json.dumps(records))
    return folder


@pytest.fixture
def pairs(tmp_path):
    return write(tmp_path / "pairs", SPLITS)


@pytest.mark.parametrize("method", ["ridge", "cca", "procrustes"])
def test_is_the_method_on_train_chosen_on_validation(method, towers, pairs, monkeypatch):
    asked = []
    load = datasets.load
    monkeypatch.setattr(datasets, "load", lambda spec, *, split: asked.append(split) or load(spec, split=split))
    encoder = load_encoder(f"two-towers:{towers},{method}:folder:{pairs}")
    test = prepared(load(f"folder:{pairs}", split="test"))
    found = embed(encoder, test)
    assert set(asked) == {"train", "validation"}
    raw = {s: prepared(load(f"folder:{pairs}", split=s)) for s in ("train", "validation", "test")}
    vectors = {s: embed(encoder.raw, data) for s, data in raw.items()}
    train, held = (spaces.Pairs.of(raw[s], vectors[s].images, vectors[s].texts) for s in ("train", "validation"))
    expected = spaces.parse(method).fit(train, held)
    np.testing.assert_allclose(found.images, expected.map.images(vectors["test"].images), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.texts, expected.map.texts(vectors["test"].texts), rtol=1e-4, atol=1e-5)
    assert found.notes == expected.notes
    np.testing.assert_allclose(encoder.encode_images(test.images), found.images, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(encoder.encode_texts(test.captions), found.texts, rtol=1e-3, atol=1e-4)


def test_fitted_once_and_kept(towers, pairs, monkeypatch):
    spec = f"two-towers:{towers},cca:folder:{pairs}"
    test = prepared(datasets.load(f"folder:{pairs}"))
    first = embed(load_encoder(spec), test)
    monkeypatch.setattr("mmgap.spaces.cca.CCA.learn", None)
    again = embed(load_encoder(spec), test)
    np.testing.assert_array_equal(first.images, again.images)
    assert again.from_cache


def test_another_projection_costs_no_encoding(towers, pairs, monkeypatch):
    test = prepared(datasets.load(f"folder:{pairs}"))
    embed(encoders.load(f"two-towers:{towers},none"), test)
    monkeypatch.setattr("mmgap.encoders.towers.ImageTower.encode", None)
    monkeypatch.setattr("mmgap.encoders.towers.TextTower.encode", None)
    assert embed(encoders.load(f"two-towers:{towers},random"), test).from_cache


def test_images_alone_are_projected_too(towers, pairs, tmp_path):
    alone = tmp_path / "alone"
    alone.mkdir()
    Image.new("RGB", (30, 30), "red").save(alone / "a.png")
    found = embed(load_encoder(f"two-towers:{towers},ridge:folder:{pairs}"), prepared(datasets.load(f"folder:{alone}")))
    assert (found.images.shape, found.texts.shape) == ((1, 32), (0, 32))


def test_the_key_follows_what_it_was_fitted_on(towers, pairs, tmp_path):
    spec = f"two-towers:{towers},ridge:folder:{pairs}"
    before = load_encoder(spec).fingerprint()
    assert load_encoder(spec).fingerprint() == before
    assert load_encoder(spec.replace("ridge", "cca")).fingerprint() != before
    Image.new("RGB", (30, 30), "red").save(pairs / "14.png")  # of validation
    assert load_encoder(spec).fingerprint() != before


def test_fitted_on_pictures_and_prompts_as_the_measured_ones(towers, pairs):
    def train_of(**variant):
        variant = tuple(sorted({"captions": "all", **variant}.items()))
        cell = Cell("measure", f"two-towers:{towers},ridge", f"folder:{pairs}", variant=variant)
        inputs = CellInputs(cell)
        measured, train = inputs.dataset, inputs.encoder.projection._train
        assert train.prompt == measured.prompt
        assert {k: v for k, v in train.preparation.items() if k != "content"} == {
            k: v for k, v in measured.preparation.items() if k != "content"
        }
        return train

    assert train_of().preparation["size"] == 224
    assert train_of(image_size=32, resize="pad").preparation["resize"] == "pad"
    assert train_of(resize="none").preparation["resize"] == "none"
    assert train_of(prompt="Una foto de {}").captions[0].startswith("Una foto de ")


def test_the_practices_read_the_originals_for_both():
    cell = Cell("practices", "two-towers:a,b,ridge", "folder:x", variant=(("captions", "first"),))
    assert View.of(cell, {"images": "original"}).resize == "none"


def test_a_folder_without_validation_holds_a_part_of_train_out(towers, tmp_path):
    folder = write(tmp_path / "two", ["train"] * 15 + ["test"] * 5)
    found = embed(
        load_encoder(f"two-towers:{towers},ridge:folder:{folder}"), prepared(datasets.load(f"folder:{folder}"))
    )
    assert "chosen on a fifth of the same, held out" in found.notes[0]


def test_a_folder_without_train_names_the_cure(towers, tmp_path):
    folder = write(tmp_path / "whole", [None] * 5)
    with pytest.raises(EncoderError, match=r"fitted on held-out pairs, and there are none.*as in ridge:flickr8k"):
        load_encoder(f"two-towers:{towers},ridge:folder:{folder}").fingerprint()


def test_another_copy_of_the_measured_data_raises_the_alarm(towers, pairs, tmp_path):
    copy = tmp_path / "copy"
    copy.mkdir()
    for i in (3, 4, 20):  # two of train, one of test
        (copy / f"other name {i}.png").write_bytes((pairs / f"{i}.png").read_bytes())
    (copy / "c.csv").write_text("filename,caption\n" + "".join(f"other name {i}.png,text {i}\n" for i in (3, 4, 20)))
    encoder = load_encoder(f"two-towers:{towers},ridge:folder:{pairs}")
    (alarm,) = [n for n in embed(encoder, prepared(datasets.load(f"folder:{copy}"))).notes if "LEAK" in n]
    assert "2 of the 3 measured pictures are among those that the projection was fitted on" in alarm
    assert not [n for n in embed(encoder, prepared(datasets.load(f"folder:{pairs}"))).notes if "LEAK" in n]


def test_a_bare_method_means_the_measured_data():
    def named(spec, measured):
        return fitted(encoders.load(spec), measured).name

    assert named("two-towers:a,b,ridge", "arasaac-es:both,keywords=first") == (
        "two-towers:a,b,ridge:arasaac-es:both,keywords=first"
    )
    for spec in ("two-towers:a,b,random", "two-towers:a,b,ridge:flickr8k", "two-towers:a,b,m.npy", "tiny-random"):
        assert named(spec, "coco") == spec
