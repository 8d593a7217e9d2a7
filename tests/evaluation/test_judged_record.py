"""ECCV Caption's positives beside COCO's own: read by ids, cut to what is there, measured where there are enough."""

import json

import numpy as np
import pytest

from mmgap import datasets
from mmgap.core import packages
from mmgap.datasets import further_judges
from mmgap.datasets.further_judges import LEAST, Judged, judged
from mmgap.evaluation.judged_record import record_judged
from mmgap.evaluation.space_record import record_space
from mmgap.metrics.catalogue import described
from mmgap.rows.recorder import Recorder
from tests.support import made_up_copies as copies


@pytest.fixture
def coco(tmp_path, monkeypatch):
    """41 photos to test on, with three captions each; annotation ids are made up of the photo's and the number."""
    monkeypatch.setenv("MMGAP_DATA", str(tmp_path))
    copies.coco(tmp_path / "coco", train=4, val=40)
    return tmp_path


def package(folder, monkeypatch, to_images, to_captions):
    """A made-up eccv-caption."""
    copies.write(folder / "eccv" / "data" / "eccv_caption_to_image.json", to_images)
    copies.write(folder / "eccv" / "data" / "eccv_image_to_caption.json", to_captions)
    monkeypatch.setattr(further_judges, "package_folder", lambda *_: folder / "eccv")
    further_judges._positives.cache_clear()


@pytest.fixture(autouse=True)
def forgotten():
    yield
    further_judges._positives.cache_clear()


def test_positives_are_found_by_their_ids(coco, monkeypatch):
    data = datasets.load("coco")
    assert data.image_ids[:2] == ("5", "6")
    own = dict(zip(data.caption_ids, data.captions, strict=True))
    first, other = data.caption_ids[0], data.caption_ids[4]
    assert own[first] == data.captions[0]
    package(coco, monkeypatch, {first: [5, 7, 999], "1": [5], other: [999]}, {"5": [int(first), int(other)], "8": [1]})
    found = judged(data)
    assert (dict(found.t2i), dict(found.i2t)) == ({0: (0, 2)}, {0: (0, 4)})
    assert found.fingerprint() == {}, "too few to be measured: the key stays"
    some = data.select([2, 0]).first_captions()
    assert dict(judged(some).t2i) == {1: (0, 1)}


def test_captions_keep_their_ids(coco):
    data = datasets.load("coco")
    assert len(set(data.caption_ids)) == len(data.captions) == 120
    assert data.first_captions().caption_ids == data.caption_ids[::3]
    assert data.select([3]).caption_ids == data.caption_ids[9:12]


def test_karpathys_sentences_have_the_ids_that_his_file_says(coco):
    sentences = [{"raw": "a", "sentid": 77}, {"raw": "b"}, {"raw": " ", "sentid": 78}]
    image = {"cocoid": 5, "filename": f"{5:012}.jpg", "split": "test", "sentences": sentences}
    copies.write(coco / "coco" / "dataset_coco.json", {"images": [image]})
    assert datasets.load("coco").caption_ids == ("77", "sentence 1")


def test_nothing_is_said_without_the_package_or_of_other_data(coco, monkeypatch):
    known = packages.find_spec
    monkeypatch.setattr(packages, "find_spec", lambda name: None if name == "eccv_caption" else known(name))
    assert judged(datasets.load("coco")) is None
    assert judged(datasets.load("glyphs-en")) is None


def test_what_is_recorded_is_what_the_formulas_say(coco, monkeypatch):
    data, rng = datasets.load("coco"), np.random.default_rng(0)
    to_images = {one: [int(data.image_ids[data.owner[k]]), 5] for k, one in enumerate(data.caption_ids)}
    package(coco, monkeypatch, to_images, {"5": [int(data.caption_ids[3])]})
    images, texts = rng.normal(size=(40, 8)), rng.normal(size=(120, 8))
    record = Recorder()
    record_space(record, images, texts, data)
    metrics = {name: entry for name, entry in record.metrics.items() if name.startswith("judged_")}
    assert set(metrics) == {f"judged_t2i_{name}" for name in ("r1", "r5", "r10", "rprecision", "map_at_r")}
    x, y = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (images, texts))
    hits, precisions = [], []
    for row, scores in enumerate(y @ x.T):
        relevant = {0, int(data.owner[row])}
        order = np.argsort(-scores)
        hits.append(order[0] in relevant)
        precisions.append(len(relevant & set(order[: len(relevant)].tolist())) / len(relevant))
    assert metrics["judged_t2i_r1"]["value"] == pytest.approx(np.mean(hits))
    assert metrics["judged_t2i_rprecision"]["value"] == pytest.approx(np.mean(precisions))
    for name, entry in metrics.items():
        assert 0 <= entry["ci_low"] <= entry["value"] <= entry["ci_high"] <= 1, name
        assert described(name).help
    assert any("ECCV Caption" in str(note) for note in record.notes)
    assert set(judged(data).fingerprint()) == {"judged"}


def test_fewer_than_a_hundred_queries_have_no_figures(coco):
    data, rng = datasets.load("coco"), np.random.default_rng(0)
    few = dict.fromkeys(range(LEAST - 1), (0,))
    record = Recorder()
    record_judged(record, rng.normal(size=(40, 8)), rng.normal(size=(120, 8)), data, Judged(few, {}))
    assert record.metrics == {}
    assert record.notes == []


def test_the_package_is_read_as_it_is():
    pytest.importorskip("eccv_caption")
    captions = further_judges._positives("eccv_caption_to_image.json")
    images = further_judges._positives("eccv_image_to_caption.json")
    assert (len(captions), len(images)) == (1332, 1261)
    assert "373119" in captions["552666"]
    assert json.dumps(captions["552666"][0]) == '"445512"'
