"""Dual encoders from a folder: what they give is what the model gives, whatever its class."""

import json
import logging
import math
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from mmgap import encoders
from mmgap.core.integrity import write_sealed_json
from mmgap.core.paths import MissingDataError
from mmgap.encoders import EncoderError
from tests.support import small_models

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module", params=["clip", "siglip", "dual"])
def folder(request, tmp_path_factory):
    return getattr(small_models, request.param)(tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return small_models.clip(tmp_path_factory.mktemp("clip-alone"))


def test_vectors_are_the_models_own(folder):
    from transformers import AutoImageProcessor, AutoModel, AutoTokenizer

    model, processor = AutoModel.from_pretrained(folder).eval(), AutoImageProcessor.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    padding = {"padding": "max_length", "max_length": 24} if model.config.model_type == "siglip" else {}
    encoder = encoders.load(f"hf:{folder}", batch_size=2)
    with torch.no_grad():
        expected = [
            model.get_image_features(**processor(images=image, return_tensors="pt")).pooler_output
            for image in small_models.images()
        ]
        np.testing.assert_allclose(encoder.encode_images(small_models.images()), torch.cat(expected), atol=1e-5)
        texts = ("a cat", "ñ", "two dogs")
        expected = [
            model.get_text_features(**tokenizer(text, return_tensors="pt", **padding)).pooler_output for text in texts
        ]
        np.testing.assert_allclose(encoder.encode_texts(texts), torch.cat(expected), atol=1e-5)


def test_tensor_outputs_of_older_releases_are_taken_as_they_are():
    from mmgap.encoders.dual import pooled

    vectors = torch.ones(2, 3)
    assert pooled(vectors) is vectors


def test_logit_scale_is_read_from_the_file(clip, tmp_path):
    encoder = encoders.load(f"hf:{clip}")
    stored = load_file(clip / "model.safetensors")["logit_scale"].item()
    assert encoder.logit_scale() == math.exp(stored)
    assert "parts" not in vars(encoder)  # and the model was not loaded for it
    without = shutil.copytree(clip, tmp_path / "without")
    save_file({"other": torch.zeros(1)}, without / "model.safetensors")
    assert encoders.load(f"hf:{without}").logit_scale() is None


def test_long_texts_are_cut_counted_and_logged(clip, caplog):
    encoder = encoders.load(f"hf:{clip}", batch_size=2)
    with caplog.at_level(logging.WARNING):
        vectors = encoder.encode_texts(["x" * 22, "x" * 23, "y", "x" * 40])  # 24 tokens, start and end counted
    assert encoder.texts_cut == 2
    assert "2 of 4 texts are longer than 24 tokens" in caplog.text
    np.testing.assert_allclose(vectors[1], vectors[3], atol=1e-6)
    encoder.encode_texts(["y"])
    assert encoder.texts_cut == 0


def test_half_precision_stays_near(clip):
    full, half = (encoders.load(f"hf:{clip}", dtype=dtype) for dtype in ("float32", "bfloat16"))
    assert half.parts.model.dtype == torch.bfloat16
    a, b = full.encode_images(small_models.images()), half.encode_images(small_models.images())
    assert b.dtype == np.float32
    assert not np.array_equal(a, b)
    np.testing.assert_allclose(a, b, atol=0.05 * np.abs(a).max())


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "preprocessor_config.json", "tokenizer.json"])
def test_fingerprint_follows_every_file(clip, tmp_path, name):
    other = shutil.copytree(clip, tmp_path / clip.name)
    before = encoders.load(f"hf:{clip}").fingerprint()
    assert encoders.load(f"hf:{other}").fingerprint() == before  # the place does not count
    with (other / name).open("ab") as stream:
        stream.write(b" ")
    assert encoders.load(f"hf:{other}").fingerprint() != before


@pytest.mark.parametrize("option", [{"dtype": "bfloat16"}, {"device": "cuda"}])
def test_fingerprint_follows_every_option(clip, option):
    assert encoders.load(f"hf:{clip}", **option).fingerprint() != encoders.load(f"hf:{clip}").fingerprint()


def test_batch_size_and_the_number_of_the_device_leave_the_fingerprint(clip):
    assert encoders.load(f"hf:{clip}", batch_size=3).fingerprint() == encoders.load(f"hf:{clip}").fingerprint()
    first, second = (encoders.load(f"hf:{clip}", device=device).fingerprint() for device in ("cuda:0", "cuda:1"))
    assert first == second


def test_missing_weights_are_refused(clip, tmp_path):
    broken = shutil.copytree(clip, tmp_path / "broken")
    weights = load_file(broken / "model.safetensors")
    del weights["visual_projection.weight"]
    save_file(weights, broken / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(EncoderError, match=r"no weights for visual_projection\.weight"):
        encoders.load(f"hf:{broken}").encode_images(small_models.images())


def test_a_model_of_one_modality_is_refused(tmp_path):
    encoder = encoders.load(f"hf:{small_models.sentences(tmp_path) / '..' / 'bert'}")
    shutil.copy(small_models.clip(tmp_path / "clip") / "preprocessor_config.json", tmp_path / "bert")
    with pytest.raises(EncoderError, match="BertModel has no get_image_features"):
        encoder.encode_texts(["a"])


def test_pickled_weights_are_refused(clip, tmp_path):
    pickled = shutil.copytree(clip, tmp_path / "pickled")
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    with pytest.raises(EncoderError, match="no safetensors weights, and pickled ones are never loaded"):
        encoders.load(f"hf:{pickled}").fingerprint()
    (pickled / "config.json").unlink()
    with pytest.raises(EncoderError, match=r"no config\.json"):
        encoders.load(f"hf:{pickled}").fingerprint()


def test_an_absent_device_is_named(clip):
    if torch.cuda.is_available():
        pytest.skip("this machine has the device")
    with pytest.raises(EncoderError, match="device 'cuda:3' is not there"):
        encoders.load(f"hf:{clip}", device="cuda:3").encode_texts(["a"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"device": "gpu"}, "device must be cpu, cuda"),
        ({"dtype": "float64"}, "dtype must be float32"),
        ({"batch_size": 0}, "batch_size must be"),
    ],
)
def test_wrong_options_are_refused_at_once(options, message):
    with pytest.raises(EncoderError, match=message):
        encoders.load("hf:somewhere", **options)


def test_hub_ids_are_looked_for_among_the_local_weights(clip, tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_WEIGHTS", str(tmp_path))
    shutil.copytree(clip, tmp_path / "clip-vit-base-patch32")
    by_alias, by_id = encoders.load("clip-vit-b-32"), encoders.load("hf:openai/clip-vit-base-patch32")
    assert by_alias.folder == by_id.folder == tmp_path / "clip-vit-base-patch32"
    assert by_alias.fingerprint() == by_id.fingerprint()
    assert by_alias.name == "clip-vit-b-32"


def test_an_absent_model_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_WEIGHTS", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.snapshot_download", no_hub)
    with pytest.raises(MissingDataError, match=r"hf download openai/clip-vit-large-patch14 --include .*MMGAP_WEIGHTS"):
        encoders.load("clip-vit-l-14").fingerprint()
    with pytest.raises(MissingDataError, match=r"hf download some/model --revision v2"):
        encoders.load("hf:some/model@v2").fingerprint()
    with pytest.raises(MissingDataError, match="model folder '/no/such/folder' not found"):
        encoders.load("hf:/no/such/folder").fingerprint()


def no_hub(*args, **options):
    raise OSError("no network")


def test_a_revision_is_taken_from_the_hub_alone(clip, tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_WEIGHTS", str(tmp_path))
    shutil.copytree(clip, tmp_path / "model")
    asked = []

    def hub(name, *, revision, local_files_only, **options):
        asked.append((name, revision, local_files_only))
        if local_files_only:
            raise OSError("not cached")
        return str(clip)

    monkeypatch.setattr("huggingface_hub.snapshot_download", hub)
    encoder = encoders.load("hf:some/model@v2")
    assert encoder.folder == clip
    assert asked == [("some/model", "v2", True), ("some/model", "v2", False)]
    assert encoder.fingerprint()["model_revision"] == "v2"


@pytest.mark.parametrize(
    ("spec", "message"),
    [("hf", "names no model"), ("hf:", "names no model"), ("clip-vit-b-32:x", "takes no argument")],
)
def test_bad_specs(spec, message):
    with pytest.raises(EncoderError, match=message):
        encoders.load(spec)


def test_a_folder_may_have_an_at_sign(clip, tmp_path):
    shutil.copytree(clip, tmp_path / "model@home")
    assert encoders.load(f"hf:{tmp_path}/model@home").folder == tmp_path / "model@home"


def test_hashes_of_large_files_are_kept_until_the_file_changes(tmp_path, monkeypatch):
    from mmgap.encoders import weights

    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    file = tmp_path / "large.safetensors"
    file.write_bytes(b"a" * 2_000_000)
    first = weights.file_hash(file)
    (memo,) = (tmp_path / "cache" / "hashes").iterdir()
    assert json.loads(memo.read_text())["content"] == first
    label = json.loads(memo.read_text())["file"]
    write_sealed_json(memo, {"file": label, "content": "0" * 64})  # what is remembered is what is read …
    assert weights.file_hash(file) == "0" * 64
    memo.write_text(memo.read_text().replace("0" * 64, "1" * 64))  # … unless it is damaged
    with pytest.warns(UserWarning, match="a kept hash is damaged"):
        assert weights.file_hash(file) == first
    write_sealed_json(memo, {"file": "another", "content": "0" * 64})  # … or another file's
    assert weights.file_hash(file) == first
    file.write_bytes(b"b" * 2_000_001)
    assert weights.file_hash(file) != first
    monkeypatch.setattr(weights, "write_sealed_json", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    file.write_bytes(b"c" * 2_000_002)
    with pytest.warns(UserWarning, match="could not be kept: disk full"):
        weights.file_hash(file)


def test_fingerprint_is_json(clip):
    print_ = encoders.load(f"hf:{clip}").fingerprint()
    assert json.loads(json.dumps(print_)) == print_
