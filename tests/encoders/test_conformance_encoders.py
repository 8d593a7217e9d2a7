"""What every registered encoder must fulfil; those whose weights are not on this machine skip."""

import subprocess
import sys

import numpy as np
import pytest
from tqdm import tqdm

from mmgap import encoders
from mmgap.core.paths import MissingDataError
from mmgap.encoders import Encoder, EncoderError, batches
from mmgap.testing import check_encoder
from mmgap.testing.encoder_checks import EncoderSubject
from tests.support import small_models

pytestmark = pytest.mark.usefixtures("one_thread")

#: Specs beside the bare names; families that need a path get a small model made in code.
MORE = ("tiny-random:7", "two-towers:mobilenet-v2,minilm,random", "two-towers:small,none")
MORE += ("two-towers:efficientnet-lite2,e5,random",)
#: Bound to the rows of a dataset, so neither order nor batches mean anything: see test_saved_vectors.py.
BOUND = ("vectors",)
#: Their text model ends with a module that normalises.
UNIT_TEXTS = ("two-towers:mobilenet-v2,minilm,random", "two-towers:efficientnet-lite2,e5,random")
MODEL_LIBRARIES = {"torch", "transformers", "sentence_transformers"}


def after_training(start, folder):
    """The folder of an encoder after one epoch on eight glyphs."""
    from mmgap import datasets
    from mmgap.training.data_splits import Splits
    from mmgap.training.recipe import Recipe
    from mmgap.training.run import trained

    splits = Splits(*(datasets.load("glyphs-en", split=split).select(range(8)) for split in ("train", "validation")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MMGAP_CACHE", str(folder / "cache"))
        return trained(start, splits, Recipe("ce", tuning="lora", epochs=1, batch_size=4))


@pytest.fixture(scope="module", params=sorted({*encoders.registry.names(), *MORE} - set(BOUND)))
def spec(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    if request.param == "hf":
        return f"hf:{small_models.clip(folder)}"
    if request.param == "trained":
        return "trained:" + str(after_training(f"hf:{small_models.clip(folder / 'clip')}", folder))
    if request.param in ("two-towers", "two-towers:small,none"):
        towers = f"{small_models.resnet(folder / 'resnet')},{small_models.sentences(folder)}"
        return f"two-towers:{towers},{'none' if 'none' in request.param else 'random'}"
    try:
        encoders.load(request.param).fingerprint()
    except MissingDataError as error:
        pytest.skip(str(error))
    return request.param


@pytest.fixture(scope="module")
def encoder(spec):
    return encoders.load(spec, batch_size=4)


@pytest.fixture(scope="module")
def vectors(encoder):
    return encoder.encode_images(small_models.images()), encoder.encode_texts(small_models.TEXTS)


def close(a, b):
    np.testing.assert_allclose(a, b, atol=1e-5 * np.abs(b).max(), rtol=0)


@pytest.fixture(scope="module")
def subject(encoder, spec):
    """One for all checks: what it encodes, it encodes once."""
    return EncoderSubject(encoder, spec)


@pytest.mark.parametrize("check", check_encoder.checks)
def test_contract(subject, spec, check, request):
    if check == "one_width" and spec.endswith(",none"):
        request.applymarker(pytest.mark.xfail(reason="two towers without a projection", strict=True))
    check_encoder.checks[check](subject)


def test_protocol(encoder):
    assert isinstance(encoder, Encoder)


@pytest.mark.parametrize("batch_size", [1, 64])
def test_an_empty_text_is_one_in_every_batch(spec, vectors, batch_size):
    assert "" in small_models.TEXTS
    close(encoders.load(spec, batch_size=batch_size).encode_texts(small_models.TEXTS), vectors[1])


def test_different_items_get_different_vectors(vectors):
    for side in vectors:
        assert len(np.unique(side.round(4), axis=0)) == len(side)


def test_vectors_are_raw(vectors, spec):
    images, texts = (np.linalg.norm(side, axis=1) for side in vectors)
    assert np.abs(images - 1).max() > 1e-2
    assert (np.abs(texts - 1).max() > 1e-2) != (spec in UNIT_TEXTS)


def test_fingerprint_says_what_is_known_of_mmgaps_own(encoder):
    assert {"encoder_family", "dtype", "device_kind", "libraries"} <= set(encoder.fingerprint())


@pytest.mark.parametrize("option", [{"dtype": "float16"}, {"dtype": "bfloat16"}, {"device": "cuda"}])
def test_fingerprint_follows_the_options(encoder, spec, option):
    assert encoders.load(spec, **option).fingerprint() != encoder.fingerprint()


@pytest.mark.parametrize("library", ["torch", "transformers", "tokenizers", "pillow"])
def test_fingerprint_follows_the_libraries(encoder, spec, library, monkeypatch):
    from mmgap.encoders import model_options

    before, known = encoder.fingerprint(), model_options.versions
    monkeypatch.setattr(model_options, "versions", lambda names: known(names) | {library: "0.1"})
    assert encoders.load(spec).fingerprint() != before


def test_no_model_library_is_imported_before_the_first_item(spec):
    code = (
        f"import sys; from mmgap import encoders; encoders.load({spec!r}).fingerprint();"
        f"print(sorted({MODEL_LIBRARIES!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


def test_nothing_to_encode_is_an_error(encoder):
    with pytest.raises(EncoderError, match="no images to encode"):
        encoder.encode_images([])
    with pytest.raises(EncoderError, match="no texts to encode"):
        encoder.encode_texts([])


def test_what_is_no_text_is_named(encoder):
    with pytest.raises(EncoderError, match="text 1 is of type NoneType"):
        encoder.encode_texts(["a", None])


def test_progress_counts_every_item(encoder, monkeypatch):
    seen = []

    class Bar(tqdm):
        def update(self, n=1):
            seen.append((self.desc, int(n), self.total))
            return super().update(n)

    monkeypatch.setattr(batches, "progress_bar", Bar)
    encoder.encode_images(small_models.images())
    assert seen == [("images", 4, 5), ("images", 1, 5)]


def test_images_are_read_one_batch_at_a_time(encoder):
    read = []

    class Images(list):
        def __getitem__(self, i):
            read.append(i)
            return super().__getitem__(i)

    encoder.encode_images(Images(small_models.images()))
    assert read == [0, 1, 2, 3, 4]
