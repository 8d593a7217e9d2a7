"""The space axis under pytest: named by option, by ``-k`` and by ``-m``; a space from outside shows without more."""

import json

import pytest

from mmgap import spaces

CONFTEST = """
from dataclasses import dataclass

import numpy as np
from PIL import Image

from mmgap import datasets, encoders, spaces
from mmgap.datasets import Dataset
from mmgap.spaces import Affine, Fitted, PairMap, Space

pytest_plugins = ["mmgap.harness.fixtures"]


class Sizes:
    name = "sizes"
    def fingerprint(self, modality=None): return {"encoder_family": "sizes"}
    def logit_scale(self): return None
    def encode_images(self, images): return np.array([image.getpixel((0, 0)) for image in images], dtype=np.float32)
    def encode_texts(self, texts): return np.array([[len(text), 1, 2] for text in texts], dtype=np.float32)


def load(argument, *, split):
    pictures = tuple(Image.new("RGB", (8, 8), (100 + k, 9, 9)) for k in range(4))
    return Dataset("mine", split, "1", tuple("abcd"), pictures, tuple("abcd"), np.arange(4))


@dataclass(frozen=True)
class Twice(Space):
    factor: float = 2.0

    def learn(self, train, validation):
        return Fitted(PairMap(Affine(self.factor * np.eye(3), np.zeros(3))), ("Larger images.",))


for registry, name, entry in (
    (encoders.registry, "sizes", lambda argument, **options: Sizes()),
    (datasets.registry, "mine", load),
    (spaces.registry, "twice", Twice),
):
    if name not in registry:
        registry.register(name)(entry)
"""
EXPERIMENT = """
import pytest

@pytest.mark.experiment("sums", axes=("encoder", "dataset", "space"))
def test_sum(cell, vectors, record):
    record("sum", float(vectors.images.sum()))
    for note in vectors.notes:
        record.note(note)
"""


@pytest.fixture
def project(pytester, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(pytester.path / "cache"))
    pytester.makepyfile(test_sums=EXPERIMENT, conftest=CONFTEST)
    return pytester


def test_a_space_from_outside_is_measured_as_the_vectors_are(project, session):
    words = ("--encoder", "sizes", "--dataset", "mine")
    named = ("--space", "as-is", "--space", "twice", "--space", "twice:factor=3.0")
    session(*words, *named).assert_outcomes(passed=3)
    rows = [json.loads(path.read_text()) for path in (project.path / "reports" / "rows").glob("*.json")]
    found = {row["cell"].get("space"): row for row in rows}
    assert set(found) == {None, "twice", "twice:3"}
    assert "space" not in found[None]["cell"]
    assert "space" not in found[None]["inputs"]
    for space, factor in (("twice", 2), ("twice:3", 3)):
        row = found[space]
        assert row["metrics"]["sum"]["value"] == factor * found[None]["metrics"]["sum"]["value"]
        assert row["inputs"]["space"]["kind"] == space
        assert row["inputs"]["space"]["fitted_on"]["split"] == "train"
        assert row["inputs"]["identities"]["space:twice"]["file"] == "conftest.py"
        assert row["notes"] == ["Larger images."]
    report = (project.path / "reports" / "scratch" / "report.md").read_text()
    assert "as is" in report
    assert "twice:3" in report
    session(*words, *named).assert_outcomes(skipped=3)  # each has its row
    session(*words, "--collect-only", "-q", "-k", "twice").stdout.fnmatch_lines(
        ["*::test_sum?sizes-mine-twice-captions-first-s0?"]
    )
    chosen = session(*words, "-m", 'cell(space="shift")')
    chosen.assert_outcomes(passed=1, deselected=len(spaces.registry.specs()) + 1)  # as is and twice, without shift


def test_every_space_is_asked_for_in_one_word(project, session):
    words = ("--encoder", "sizes", "--dataset", "mine", "--space", "every", "--collect-only", "-q")
    shown = session(*words).stdout
    shown.fnmatch_lines(["*sizes-mine-captions-first-s0?", "*sizes-mine-centre-captions-first-s0?"])
    shown.fnmatch_lines(["*sizes-mine-twice-captions-first-s0?"])


def test_a_space_that_cannot_be_is_one_line(project, session):
    wrong = session("--space", "twice:half")
    wrong.stderr.fnmatch_lines(["ERROR: space 'twice:half': factor must be a number, got 'half'"])
