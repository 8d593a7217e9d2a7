"""The adapter axis under pytest: named by option, by ``-k`` and by ``-m``; its cells hold it, and its key its data."""

import json

import pytest

from mmgap import adapters

CONFTEST = """
import numpy as np
from PIL import Image

from mmgap import datasets, encoders
from mmgap.datasets import Dataset

pytest_plugins = ["mmgap.harness.fixtures"]
COLOURS = {"red": (220, 30, 30), "green": (30, 220, 30), "blue": (30, 30, 220)}


class Pixels:
    name = "pixels"
    def fingerprint(self, modality=None): return {"encoder_family": "pixels"}
    def logit_scale(self): return None
    def encode_images(self, images): return np.array([image.getpixel((0, 0)) for image in images], dtype=np.float32)
    def encode_texts(self, texts): return np.array([[c in t for c in COLOURS] for t in texts], dtype=np.float32) + 0.4


def load(argument, *, split):
    rng = np.random.default_rng(("train", "validation", "test", "all").index(split))
    names = [name for name in COLOURS for _ in range(6)]
    pixels = [tuple(int(v) for v in np.clip(np.array(COLOURS[n]) + rng.integers(-90, 90, 3), 0, 255)) for n in names]
    pictures = tuple(Image.new("RGB", (8, 8), pixel) for pixel in pixels)
    ids = tuple(f"{split}{k}" for k in range(18))
    told = () if argument == "bare" else tuple(names)
    return Dataset("mine", split, "1", ids, pictures, tuple(names), np.arange(18), categories=told)


for registry, name, entry in (
    (encoders.registry, "pixels", lambda argument, **options: Pixels()),
    (datasets.registry, "mine", load),
):
    if name not in registry:
        registry.register(name)(entry)
"""
EXPERIMENT = """
import pytest

@pytest.mark.experiment("few", version=1, axes=("encoder", "dataset", "adapter"), adapters=("zero-shot",), split="test")
def test_few(cell, dataset, inputs, record):
    from mmgap.adapters import parse
    from mmgap.datasets import DatasetError
    from mmgap.evaluation.few_shot_record import record_adapter

    try:
        task = inputs.task(("a {} picture",))
    except DatasetError as error:
        pytest.skip(str(error))
    record_adapter(record, parse(cell.adapter), task, shots=(1, 4), seeds=2)
"""
HERE = ("--encoder", "pixels", "--dataset", "mine", "-q", "-p", "no:cacheprovider")


@pytest.fixture
def project(pytester, monkeypatch, tmp_path):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_few=EXPERIMENT)
    return pytester


def cells(project):
    return {
        row["cell"]["adapter"]: row
        for row in (json.loads(p.read_text()) for p in (project.path / "reports/rows").glob("*.json"))
    }


def test_the_baseline_runs_unasked_and_others_when_named(project, session):
    session(*HERE).assert_outcomes(passed=1)
    assert set(cells(project)) == {"zero-shot"}
    session(*HERE, "--adapter", "lp-plus-plus", "--adapter", "gda:alpha=1.0").assert_outcomes(passed=2)
    assert set(cells(project)) == {"zero-shot", "lp++", "gda"}
    row = cells(project)["gda"]
    assert row["inputs"]["identities"]["adapter:gda"] == {"version": 1}
    assert set(row["inputs"]["classified"]) == {"train", "validation", "test"}
    assert row["metrics"]["accuracy_shots4"]["value"] > 0.5


def test_every_and_words_of_k_name_adapters(project, session):
    told = session(*HERE, "--adapter", "every", "--collect-only").stdout.str()
    assert told.count("test_few[") == len(adapters.registry.specs())
    session(*HERE, "-k", "gda").assert_outcomes(passed=1, deselected=9)
    marked = session(*HERE, "-m", "cell(adapter='clap')")
    marked.assert_outcomes(passed=1, deselected=9)


def test_a_dataset_without_classes_is_a_skip_with_the_reason(project, session):
    result = session("--encoder", "pixels", "--dataset", "mine:bare", "--adapter", "gda", "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines("*mine has no categories to classify by; it has neither these nor labels*")


def test_what_is_no_adapter_ends_in_a_line(project, session):
    result = session(*HERE, "--adapter", "gda:select=test")
    result.stderr.fnmatch_lines("*ERROR: gda: select=test tunes on what is measured, which is a leak*")
