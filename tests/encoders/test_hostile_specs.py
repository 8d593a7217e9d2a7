"""Specs that nobody should write end in one short line that says what may stand there."""

import pytest

from mmgap import encoders
from mmgap.core.paths import MissingDataError
from mmgap.core.registry import UnknownNameError
from mmgap.encoders import EncoderError

LONG = "x" * 100_000
ODD = (
    "",
    LONG,
    "a\0b",
    "~nobody-of-this-name/m",
    "a\nb",
    "../" * 3000,
    "ñ" * 200,
    "@",
    f"a/{LONG}",
    "a/b/c",
    "-",
    " ",
    "*",
)


@pytest.fixture(autouse=True)
def no_hub(monkeypatch, tmp_path):
    def ask(name, **options):
        assert len(name) < 200
        raise OSError("no network")

    monkeypatch.setattr("huggingface_hub.snapshot_download", ask)
    monkeypatch.setenv("MMGAP_WEIGHTS", str(tmp_path))


@pytest.mark.parametrize(
    "family", ["hf", "trained", "two-towers", "tiny-random", "tiny", "clip-vit-b-32", "vectors", ""]
)
@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_a_family_with_an_odd_argument(family, odd):
    refused(f"{family}:{odd}")


@pytest.mark.parametrize(
    "parts", ["{0},minilm,random", "mobilenet-v2,{0},random", "mobilenet-v2,minilm,{0}", "a,b,{0}.npy"]
)
@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_towers_with_an_odd_part(parts, odd):
    refused("two-towers:" + parts.format(odd))


@pytest.mark.parametrize("seed", ["-1", "1.5", "1e3", "9" * 30, "9" * 5000, str(2**64), "²", "0x1"])
@pytest.mark.parametrize("spec", ["tiny-random:{0}", "two-towers:mobilenet-v2,minilm,random:{0}"])
def test_seeds(spec, seed):
    with pytest.raises(EncoderError, match="the seed must be a whole number of at least 0"):
        encoders.load(spec.format(seed))


def refused(spec):
    with pytest.raises((EncoderError, MissingDataError, UnknownNameError)) as caught:
        encoders.load(spec).fingerprint()
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 2000
