"""``--device cpu,cpu``: a run whose encodings two processes share has the row of a run with one."""

import json

import pytest

EXPERIMENT = """
import pytest

@pytest.mark.experiment("sums", version=1, axes=("encoder", "dataset"), seeded=False)
def test_sums(cell, vectors, inputs, record):
    assert inputs.device == "cpu"
    for name, side in (("images", vectors.images), ("texts", vectors.texts)):
        record(name, float((side.astype("float64") ** 2).sum()))
"""

ENCODER = """
import os
from pathlib import Path
import numpy as np

class Sized:
    name = "sized"
    def fingerprint(self, modality=None):
        return {"encoder_family": "sized"}
    def logit_scale(self):
        return None
    def items_a_batch(self, modality):
        return 2
    def encode_images(self, images):
        with Path(os.environ["SIZED"]).open("a") as file:
            file.write(os.environ.get("RANK", "none") + chr(10))
        return np.array([np.asarray(image).mean(axis=(0, 1)) for image in images], dtype=np.float32)
    def encode_texts(self, texts):
        return np.array([[len(text), sum(map(ord, text)), 1] for text in texts], dtype=np.float32)

def make(argument, *, device, dtype, batch_size, seed):
    assert device == "cpu"
    return Sized()
"""

CONFTEST = """
pytest_plugins = ["mmgap.harness.fixtures"]
from mmgap import encoders
encoders.registry.lazy("sized", "sized_encoder:make")
"""


@pytest.fixture
def project(pytester, monkeypatch):
    monkeypatch.setenv("SIZED", str(pytester.path / "ranks"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    pytester.makeini("[pytest]\npythonpath = .\n")
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(sized_encoder=ENCODER, test_sums=EXPERIMENT)
    return pytester


def test_the_row_of_two_processes_is_that_of_one(project, monkeypatch):
    found = {}
    for devices in ("cpu", "cpu,cpu"):
        monkeypatch.setenv("MMGAP_CACHE", str(project.path / f"cache {devices}"))
        words = ("--encoder", "sized", "--dataset", "glyphs-en", "--device", devices, "--reports", devices)
        result = project.runpytest_subprocess(*words, "--no-report", "-p", "no:cacheprovider")
        result.assert_outcomes(passed=1)
        (path,) = (project.path / devices / "rows").glob("*.json")
        found[devices] = json.loads(path.read_text())
        ranks = (project.path / "ranks").read_text().split()
        (project.path / "ranks").unlink()
        assert set(ranks) == ({"none"} if devices == "cpu" else {"0", "1"})
    one, two = found.values()
    assert one["key"] == two["key"]
    assert {n: m["value"] for n, m in one["metrics"].items() if n in ("images", "texts")} == {
        n: m["value"] for n, m in two["metrics"].items() if n in ("images", "texts")
    }
    assert (one["provenance"]["device"], two["provenance"]["device"]) == ("cpu", "cpu,cpu")


@pytest.mark.parametrize(
    ("devices", "message"),
    [
        ("cpu,cuda:0", "*EncoderError: devices must be of one kind, as cuda:0,cuda:1, got 'cpu,cuda:0'*"),
        ("cuda:0,cuda:99", "*EncoderError: device 'cuda:*' is not there: *"),
        ("cuda:0,", "*EncoderError: no device between commas, or none behind the last one: got 'cuda:0,'*"),
    ],
)
def test_devices_that_are_not_there_or_do_not_belong_together_are_one_line(devices, message, project, session):
    words = ("--encoder", "tiny-random", "--dataset", "glyphs-en", "--device", devices, "--reports", "refused")
    project.makeconftest('pytest_plugins = ["mmgap.harness.fixtures"]')
    result = session(*words, "--no-report", "-p", "no:cacheprovider")
    result.stdout.fnmatch_lines([message])
    assert "Traceback" not in result.stdout.str()
