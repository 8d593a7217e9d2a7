"""What was trained is what is loaded: vectors, keys, adapters, chains, and clear errors where folders do not fit."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from mmgap import encoders
from mmgap.core.cache import Cache
from mmgap.core.integrity import SEAL
from mmgap.core.paths import MissingDataError
from mmgap.encoders import EncoderError
from mmgap.encoders.copies import copies_of
from mmgap.encoders.embed import embed
from mmgap.training import artifact, artifact_writer
from mmgap.training.artifact import about, history
from mmgap.training.history import History
from mmgap.training.recipe import Recipe
from mmgap.training.run import trained
from mmgap.training.trained_encoder import onto
from tests.support import small_models
from tests.support import small_trainings as small

pytestmark = pytest.mark.usefixtures("one_thread")

FAMILIES = ("clip", "siglip", "dual", "towers")


@pytest.fixture(scope="module")
def specs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return {name: small.family(name, folder) for name in FAMILIES}


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MMGAP_CACHE", str(tmp_path_factory.mktemp("trained-cache")))
        yield


def recipe(**options):
    return Recipe("ce", **{"batch_size": 6, "rate": 1e-2, "epochs": 1, **options})


def saved_after_a_step(spec, folder, **options):
    """A `Dual` after two steps, and its folder."""
    made = small.Prepared(spec, recipe(**options), small.splits(), folder / "run")
    trainer = made.trainer()
    for number in range(2):
        made.dual.train()
        trainer.step(*made.batch(number=number))
    told = History(epochs={"curve_gap": [np.zeros(())], "curve_t2i_r1": [np.zeros(())], "curve_i2t_r1": [np.zeros(())]})
    told.epochs["epoch_image"] = [np.zeros(4, dtype=np.int64)]
    folder.mkdir(exist_ok=True)
    artifact_writer.save(folder, made.dual, made.encoder, made.recipe, made.splits.fingerprint(), 8, told, [])
    return made


@pytest.mark.parametrize(
    ("family", "tuning", "towers"),
    [
        *((family, "dora", "both") for family in FAMILIES),
        ("clip", "full", "both"),
        ("clip", "lora", "image"),
        ("clip", "head", "text"),
        ("siglip", "last-1", "text"),
        ("dual", "last-1", "image"),
        ("towers", "full", "both"),
        ("towers", "head", "both"),
        ("towers", "lora", "text"),
    ],
)
def test_loaded_vectors_are_those_of_the_training(family, tuning, towers, specs, tmp_path):
    made = saved_after_a_step(specs[family], tmp_path / "out", tuning=tuning, towers=towers)
    spec, data = f"trained:{tmp_path / 'out'}", made.splits.validation
    start = small.encoded(specs[family], data)
    changes = []
    for vectors, wanted, before in zip(small.encoded(spec, data), made.vectors(), start, strict=True):
        np.testing.assert_allclose(vectors, wanted, atol=1e-5)
        changes.append(float(np.abs(vectors - before).max()))
    assert (changes[0] > 1e-3) == (towers != "text")
    assert (changes[1] > 1e-3) == (towers != "image")
    assert encoders.load(spec).logit_scale() == pytest.approx(made.dual.scale.item(), rel=1e-6)
    assert encoders.load(spec).logit_scale() != pytest.approx(encoders.load(specs[family]).logit_scale() or 1 / 0.07)


def test_vectors_of_a_tower_that_was_left_are_not_computed_again(specs, tmp_path, monkeypatch):
    data = small.splits().validation
    saved_after_a_step(specs["towers"], tmp_path / "out", tuning="lora", towers="image")
    plain, tuned = encoders.load(specs["towers"]), encoders.load(f"trained:{tmp_path / 'out'}")
    assert tuned.raw.texts.fingerprint() == plain.raw.texts.fingerprint()
    assert tuned.raw.images.fingerprint() != plain.raw.images.fingerprint()
    kept = Cache(tmp_path / "vectors")
    embed(plain, data, cache=kept)
    count = len(list((tmp_path / "vectors").rglob("*.json")))
    embed(tuned, data, cache=kept)
    assert len(list((tmp_path / "vectors").rglob("*.json"))) == count + 1


def test_heads_alone_leave_both_towers_keys(specs, tmp_path):
    saved_after_a_step(specs["towers"], tmp_path / "out", tuning="head")
    plain, tuned = encoders.load(specs["towers"]), encoders.load(f"trained:{tmp_path / 'out'}")
    assert tuned.raw.fingerprint() == plain.raw.fingerprint()
    assert tuned.fingerprint() != plain.fingerprint()


def test_an_adapters_description_has_one_order(specs, tmp_path):
    """peft writes a set, and its bytes are part of the encoder's key."""
    saved_after_a_step(specs["clip"], tmp_path / "out", tuning="lora")
    told = json.loads((tmp_path / "out" / "adapter" / "model" / "adapter_config.json").read_text())
    assert told["target_modules"] == sorted(told["target_modules"])
    assert len(told["target_modules"]) > 2


@pytest.mark.parametrize("tuning", ["lora", "dora"])
def test_peft_reads_the_adapters(tuning, specs, tmp_path):
    from peft import PeftModel
    from transformers import AutoModel, BertModel, CLIPModel

    made = saved_after_a_step(specs["clip"], tmp_path / "clip", tuning=tuning)
    model = CLIPModel.from_pretrained(specs["clip"].removeprefix("hf:"))
    tuned = PeftModel.from_pretrained(model, str(tmp_path / "clip" / "adapter" / "model")).eval()
    parts = made.encoder.parts
    tokens = parts.tokenizer(
        list(small_models.TEXTS), padding=True, truncation=True, max_length=24, return_tensors="pt"
    )
    with torch.no_grad():
        wanted = tuned.base_model.model.text_model(**tokens).pooler_output
        made.dual.eval()
        torch.testing.assert_close(made.dual.text.trunk(dict(tokens)), wanted, atol=1e-5, rtol=0)

    made = saved_after_a_step(specs["towers"], tmp_path / "towers", tuning=tuning)
    image, text = specs["towers"].removeprefix("two-towers:").removesuffix(",random").split(",")
    adapter = tmp_path / "towers" / "adapter"
    backbone = PeftModel.from_pretrained(AutoModel.from_pretrained(image), str(adapter / "image")).eval()
    bert = PeftModel.from_pretrained(BertModel.from_pretrained(text), str(adapter / "text")).eval()
    pixels = torch.randint(0, 255, (3, 32, 32, 3), dtype=torch.uint8)
    processor = made.encoder.raw.images.parts[1]
    with torch.no_grad():
        made.dual.eval()
        values = processor(images=list(pixels.numpy()), return_tensors="pt")["pixel_values"]
        wanted = backbone(pixel_values=values).pooler_output.flatten(1)
        torch.testing.assert_close(made.dual.image.trunk(pixels), wanted, atol=1e-5, rtol=1e-5)
        tokens = made.encoder.raw.texts.model.tokenizer(["a cat"], return_tensors="pt")
        wanted = bert(**tokens).last_hidden_state.mean(1)
        torch.testing.assert_close(made.dual.text.trunk(dict(tokens)), wanted, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("family", "first", "then"),
    [
        ("clip", {"tuning": "dora"}, {"tuning": "lora"}),
        ("towers", {"tuning": "lora"}, {"tuning": "head"}),
        ("towers", {"tuning": "lora"}, {"tuning": "lora"}),
        ("towers", {"tuning": "full"}, {"tuning": "lora", "towers": "text"}),
    ],
)
def test_what_was_trained_can_be_trained_again(family, first, then, specs, tmp_path):
    made = saved_after_a_step(specs[family], tmp_path / "a", **first)
    data, a, b = made.splits.validation, f"trained:{tmp_path / 'a'}", f"trained:{tmp_path / 'b'}"
    again = small.Prepared(a, recipe(**then), small.splits(), tmp_path)
    assert again.dual.scale.item() == pytest.approx(made.dual.scale.item(), rel=1e-6)
    for vectors, wanted in zip(again.vectors(), made.vectors(), strict=True):
        np.testing.assert_allclose(vectors, wanted, atol=1e-5)
    again = saved_after_a_step(a, tmp_path / "b", **then)
    for vectors, wanted in zip(small.encoded(b, data), again.vectors(), strict=True):
        np.testing.assert_allclose(vectors, wanted, atol=1e-5)


def test_a_folder_under_weights_goes_by_its_name(specs, tmp_path, monkeypatch):
    made = saved_after_a_step(specs["clip"], tmp_path / "mine", tuning="head")
    monkeypatch.setenv("MMGAP_WEIGHTS", str(tmp_path))
    np.testing.assert_allclose(small.encoded("trained:mine", made.splits.validation)[0], made.vectors()[0], atol=1e-5)


def test_the_whole_way_through_the_cache(specs, tmp_path):
    splits, epochs = small.splits(), []
    options = recipe(epochs=2, tuning="dora")
    folder = trained(specs["clip"], splits, options, on_epoch=lambda epoch, told: epochs.append(epoch))
    assert epochs == [0, 1, 2]
    assert trained(specs["clip"], splits, options, on_epoch=lambda epoch, told: epochs.append(epoch)) == folder
    assert epochs == [0, 1, 2]
    found = about(folder)
    assert (found.base, found.epochs, found.recipe) == (specs["clip"], 2, options.to_dict())
    assert not list(folder.glob("checkpoint*"))
    assert history(folder).arrays()["epochs"].tolist() == [0, 1, 2]
    assert trained(specs["clip"], splits, replace(options, seed=1)) != folder
    vectors = embed(encoders.load(f"trained:{folder}"), splits.validation)
    assert vectors.images.shape == (6, 16)


@pytest.fixture(scope="module")
def folders(specs, tmp_path_factory):
    """A trained encoder of either kind, made once."""
    made = {name: tmp_path_factory.mktemp(name) for name in ("clip", "towers", "dual")}
    for name, folder in made.items():
        saved_after_a_step(specs[name], folder, tuning="lora")
    return made


def unsealed(folder):
    """What ``trained.json`` says, as somebody changes it by hand: without the seal."""
    return {name: value for name, value in json.loads((folder / artifact.ABOUT).read_text()).items() if name != SEAL}


class TestErrors:
    @pytest.fixture(params=["clip", "towers"])
    def folder(self, request, folders, tmp_path):
        self.family = request.param
        return shutil.copytree(folders[request.param], tmp_path / "out")

    def encode(self, folder):
        return encoders.load(f"trained:{folder}").encode_images(small_models.images(1))

    def test_no_folder(self):
        with pytest.raises(EncoderError, match="names no folder"):
            encoders.load("trained")
        with pytest.raises(MissingDataError, match="mmgap train"):
            encoders.load("trained:nowhere")

    def test_another_base(self, folder, specs, tmp_path):
        about_it = unsealed(folder)
        other = small.family("dual" if self.family == "clip" else "clip", tmp_path / "other")
        (folder / artifact.ABOUT).write_text(json.dumps({**about_it, "base": other}))
        with pytest.raises(EncoderError, match="other weights"):
            self.encode(folder)

    def test_changed_weights(self, folder, tmp_path):
        spec = json.loads((folder / artifact.ABOUT).read_text())["base"]
        path = spec.removeprefix("hf:").removeprefix("two-towers:").split(",")[0]
        copy = shutil.copytree(path, tmp_path / "copy")
        from safetensors.torch import load_file, save_file

        weights = load_file(copy / "model.safetensors")
        save_file({name: 2 * value for name, value in weights.items()}, copy / "model.safetensors", {"format": "pt"})
        text = json.dumps(unsealed(folder))
        (folder / artifact.ABOUT).write_text(text.replace(json.dumps(spec), json.dumps(spec.replace(path, str(copy)))))
        with pytest.raises(EncoderError, match="other weights than"):
            self.encode(folder)

    @pytest.mark.parametrize("text", ["{", "[]", "{}", '{"format": 1}', '"x"', "\x00"])
    def test_an_unreadable_description(self, folder, text):
        (folder / artifact.ABOUT).write_text(text)
        with pytest.raises(EncoderError, match=r"trained\.json cannot be read"):
            self.encode(folder)

    def test_a_newer_format(self, folder):
        known = json.loads((folder / artifact.ABOUT).read_text())
        (folder / artifact.ABOUT).write_text(json.dumps({**known, "format": 99, "surprise": 1}))
        with pytest.raises(EncoderError, match="newer than this mmgap reads"):
            self.encode(folder)

    @pytest.mark.parametrize("damage", ["absent", "torn"])
    def test_damaged_weights(self, folder, damage):
        file = folder / artifact.WEIGHTS
        file.unlink() if damage == "absent" else file.write_bytes(file.read_bytes()[:20])
        with pytest.raises(EncoderError, match=r"weights\.safetensors"):
            self.encode(folder)

    def test_an_adapter_of_another_model(self, folder, folders):
        other = folders["dual" if self.family == "clip" else "clip"]
        for part in (folder / artifact.ADAPTER).iterdir():
            shutil.rmtree(part)
            shutil.copytree(other / artifact.ADAPTER / "model", part)
        with pytest.raises(EncoderError, match="does not fit"):
            self.encode(folder)


class TestWhatALossLearned:
    @pytest.mark.parametrize(("expression", "name"), [("siglip", "siglip.bias"), ("ce(tilt=0)+0.1*var", "ce.tilt")])
    def test_it_is_kept_and_put_back(self, expression, name, specs):
        start = {"siglip.bias": -10, "ce.tilt": 0}[name]
        folder = trained(specs["clip"], small.splits(), replace(recipe(tuning="head"), loss=expression))
        learned = about(folder).learned
        assert learned.keys() == {name}
        assert learned[name] != start
        loss = artifact.loss(folder)
        assert loss.name == expression
        assert {key: p.item() for key, p in loss.learned.items()} == learned
        assert encoders.load(f"trained:{folder}").logit_scale() == about(folder).logit_scale

    def test_it_is_that_of_the_checkpoint(self, specs):
        """What `keep=best` takes back goes back with the weights."""
        how = replace(recipe(tuning="head", keep="best", epochs=3), loss="siglip")
        folder = trained(specs["clip"], small.splits(), how)
        kept = about(folder)
        one = trained(specs["clip"], small.splits(), replace(how, keep="last", epochs=max(kept.best, 1)))
        assert (kept.learned == about(one).learned) == (kept.best > 0)

    def test_a_loss_without_any_has_none(self, specs):
        folder = trained(specs["clip"], small.splits(), recipe(tuning="head"))
        assert about(folder).learned == {}
        assert artifact.loss(folder).learned == {}

    def test_folders_from_before_have_the_start(self, specs, tmp_path):
        folder = trained(specs["clip"], small.splits(), replace(recipe(tuning="head"), loss="siglip"))
        shutil.copytree(folder, tmp_path / "old")
        told = json.loads((tmp_path / "old" / artifact.ABOUT).read_text())
        del told["learned"], told[SEAL]
        (tmp_path / "old" / artifact.ABOUT).write_text(json.dumps(told))
        assert artifact.loss(tmp_path / "old").learned["siglip.bias"].item() == -10
        told["learned"] = {"ce.tilt": 1.0}
        (tmp_path / "old" / artifact.ABOUT).write_text(json.dumps(told))
        with pytest.raises(EncoderError, match=r"ce.tilt is not what siglip learns: train it again"):
            artifact.loss(tmp_path / "old")


@pytest.mark.parametrize("family", ["clip", "towers"])
def test_other_processes_come_by_the_trained_encoder(family, specs, tmp_path):
    """As they do by its base, on whose devices it is: what was trained is put onto a base of theirs."""
    saved_after_a_step(specs[family], tmp_path / "trained", tuning="full")
    made = onto(encoders.load(specs[family], device="cpu,cpu"), tmp_path / "trained", "made")
    theirs = copies_of(made).make(device="cpu")
    data = small.splits().validation
    assert theirs.fingerprint() == made.fingerprint() == encoders.load(f"trained:{tmp_path / 'trained'}").fingerprint()
    np.testing.assert_array_equal(theirs.encode_texts(data.captions), made.encode_texts(data.captions))
    np.testing.assert_array_equal(theirs.encode_images(data.images), made.encode_images(data.images))
    if family == "towers":
        beneath = copies_of(made.raw).make(device="cpu")
        assert beneath.fingerprint("text") == made.raw.fingerprint("text")
