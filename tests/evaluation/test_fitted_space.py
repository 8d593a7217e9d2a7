"""A space in a cell: on any encoder's vectors, fitted on train alone, each of its parts in the row's key."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from mmgap import datasets, encoders, spaces
from mmgap.datasets import Dataset
from mmgap.datasets.base import NoSplitError
from mmgap.encoders import EncoderError
from mmgap.encoders.base import Vectors
from mmgap.evaluation.fitted_space import FittedSpace
from mmgap.evaluation.score_record import record_scores, record_vectors
from mmgap.harness.cell_inputs import CellInputs
from mmgap.harness.key_inputs import key_inputs
from mmgap.metrics.retrieval import recall_at_k
from mmgap.rows.cell import Cell
from mmgap.rows.recorder import Recorder
from mmgap.rows.row import row_key
from mmgap.spaces import Pairs, SpaceError
from tests.support.made_scorer import LessBank

pytestmark = pytest.mark.usefixtures("one_thread")

SIZES = {"train": 24, "validation": 8, "test": 12}


class Colours:
    """Pictures of one colour, and captions that name it, in spaces of their own."""

    name = "colours"

    def __init__(self, width=3):
        self.width = width

    def fingerprint(self, modality=None):
        return {"encoder_family": "colours", "width": self.width}

    def logit_scale(self):
        return None

    def encode_images(self, images):
        return np.array([image.getpixel((0, 0)) for image in images], dtype=np.float32) + 60

    def encode_texts(self, texts):
        rows = np.array([[float(part) for part in text.split()] for text in texts], dtype=np.float32)
        return np.pad(rows, ((0, 0), (0, self.width - 3)))


#: Of each split: a change of a data set, and whether it is there.
REVISIONS: dict[str, str] = {}


def load(argument, *, split):
    if split not in REVISIONS:
        raise NoSplitError(f"colours has no {split!r} split")
    rng = np.random.default_rng(list(SIZES).index(split))
    values = rng.integers(0, 255, size=(SIZES[split], 3))
    pictures = tuple(Image.new("RGB", (8, 8), tuple(map(int, value))) for value in values)
    captions = tuple(" ".join(map(str, value)) for value in values)
    ids = tuple(f"{split} {k}" for k in range(len(values)))
    return Dataset("colours", split, REVISIONS[split], ids, pictures, captions, np.arange(len(ids)))


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    for split in SIZES:
        monkeypatch.setitem(REVISIONS, split, "1")
    monkeypatch.setitem(datasets.registry._entries, "colours", load)
    monkeypatch.setitem(encoders.registry._entries, "colours", lambda argument, **options: Colours(int(argument or 3)))
    monkeypatch.setitem(spaces.registry._entries, "less-bank", LessBank)
    return REVISIONS


def cell(space, encoder="colours", seed=0):
    return CellInputs(Cell("measure", encoder, "colours", None, seed, (("captions", "first"),), space))


def key(space="centre", encoder="colours", seed=0):
    inputs = cell(space, encoder, seed)
    return row_key(inputs.cell.to_dict(), key_inputs(inputs, {"version": 1}))


def of_split(split):
    found = datasets.load("colours", split=split)
    return found, Pairs.of(found, Colours().encode_images(found.images), Colours().encode_texts(found.captions))


@pytest.mark.parametrize("spec", ["centre", "shift:0.5", "cca", "random", "centre+cca"])
def test_is_the_space_of_train_and_validation_on_test(data, spec):
    inputs = cell(spec)
    found = inputs.vectors(inputs.encoder)
    (_, train), (_, held), (_, test) = map(of_split, SIZES)
    fitted = spaces.parse(spec).fit(train, held)
    for side, wanted in zip((found.images, found.texts), fitted.transform(test.images, test.texts), strict=True):
        np.testing.assert_allclose(side, wanted, rtol=1e-4, atol=1e-4)
    assert found.notes == fitted.notes
    assert found.scorer is None


def test_fitted_once_and_kept(data, monkeypatch):
    first = cell("centre")
    before = first.vectors(first.encoder).images
    monkeypatch.setattr("mmgap.spaces.centre.Centre.learn", None)
    again = cell("centre")
    np.testing.assert_array_equal(again.vectors(again.encoder).images, before)


def test_a_trained_encoder_has_a_space_of_its_own(data):
    inputs = cell("centre")
    inputs.vectors(inputs.encoder)
    changed = Colours()
    changed.fingerprint = lambda modality=None: {"trained": True}
    changed.encode_images = lambda images: Colours().encode_images(images)[:, ::-1]
    np.testing.assert_allclose(
        inputs.vectors(changed).images, inputs.vectors(inputs.encoder).images[:, ::-1], rtol=1e-4, atol=1e-5
    )


def test_each_part_of_a_space_is_in_the_key(data, monkeypatch):
    assert key() == key()
    found = {key(None), key(), key("shift"), key("shift:0.5"), key("shift:0.5,side=text"), key("centre+shift")}
    assert len(found) == 6
    before, as_is = key(), key(None)
    for split in ("train", "validation"):
        monkeypatch.setitem(data, split, "2")
        assert key() != before, split
        assert key(None) == as_is, split
        before = key()
    monkeypatch.setattr("mmgap.evaluation.fitted_space.FORMAT", 99)
    assert key() != before
    before = key()
    monkeypatch.setitem(spaces.registry._versions, "centre", 2)
    assert key() != before
    assert key(None) == as_is


def test_the_source_of_a_space_from_outside_is_in_the_key(data):
    told = key_inputs(cell("centre+less-bank"), {"version": 1})
    assert told["identities"]["space:centre"] == {"version": 1}
    assert told["identities"]["space:less-bank"]["file"] == "made_scorer.py"
    assert told["space"]["identities"]["space:less-bank"]["source"]


def test_a_space_has_no_seed(data):
    one, other = (cell("random", seed=seed) for seed in (0, 1))
    assert one.space.fingerprint() == other.space.fingerprint()
    np.testing.assert_array_equal(one.vectors(one.encoder).images, other.vectors(other.encoder).images)


def test_what_needs_no_training_needs_no_train_split(data, monkeypatch):
    for split in ("train", "validation"):
        monkeypatch.delitem(data, split)
    inputs = cell("random")
    assert inputs.vectors(inputs.encoder).images.shape == (12, 3)
    with pytest.raises(EncoderError, match=r"space 'centre' is fitted on held-out pairs, and there are none.*parse\("):
        key("centre")


def test_unequal_widths_name_the_spaces_that_take_them(data):
    inputs = cell("shift", "colours:5")
    with pytest.raises(SpaceError, match=r"3 and 5 dimensions.*cca\+shift; .*cca.*random.*take unequal ones"):
        inputs.vectors(inputs.encoder)
    joined = cell("cca+shift", "colours:5")
    found = joined.vectors(joined.encoder)
    assert found.images.shape == found.texts.shape == (12, 3)


def test_saved_vectors_name_the_cure(tmp_path, data):
    np.save(tmp_path / "a.npy", np.eye(5))
    spec = f"vectors:{tmp_path}/a.npy,{tmp_path}/a.npy"
    with pytest.raises(EncoderError, match=r"saved vectors are fitted and changed by mmgap.spaces.parse\('centre'\)"):
        FittedSpace("centre", encoders.load("vectors"), spec).fingerprint()


def test_a_scorer_gets_recalls_alone(data):
    inputs = cell("centre+less-bank")
    vectors, record = inputs.vectors(inputs.encoder), Recorder()
    assert vectors.scorer is not None
    record_vectors(record, vectors, inputs.dataset, pool=8)
    assert "gap" not in record.metrics
    assert {f"{way}_r1{pool}{own}" for way in ("i2t", "t2i") for pool in ("", "_pool8") for own in ("", "_own")} <= set(
        record.metrics
    )
    assert any("A scorer changes scores, not vectors" in note for note in record.notes)
    assert "A bank of 24 texts." in record.notes


class Products:
    """A scorer that changes nothing."""

    def extended(self, queries, gallery, by):
        return queries, gallery


def test_scores_that_are_products_give_the_recalls_of_the_vectors(data):
    test, pairs = of_split("test")
    x, y = (side / np.linalg.norm(side, axis=1, keepdims=True) for side in (pairs.images, pairs.texts))
    record = Recorder()
    record_scores(record, Products(), x, y, test, pool=8)
    for k in (1, 5):
        for way in ("i2t", "t2i"):
            value = record.metrics[f"{way}_r{k}"]["value"]
            assert value == pytest.approx(recall_at_k(x, y, k, direction=way), abs=1e-6)


def test_vectors_of_the_bank_that_are_measured_too_are_left_out_with_a_note(data):
    inputs = cell("nnn")
    plain = inputs.vectors(inputs.encoder)
    train = inputs.space._pairs(inputs.space._train)
    measured = replace(plain, images=train.images[:12], texts=train.texts[:12])
    found = inputs.space.of(replace(measured, scorer=None), inputs.dataset)
    assert any("vectors of the bank are also among those measured" in note for note in found.notes)
    found.scorer.extended(found.texts, found.images, "text")


def test_maps_alone_get_every_metric(data):
    test, pairs = of_split("test")
    record = Recorder()
    record_vectors(record, Vectors(pairs.images, pairs.texts), test, pool=8)
    assert {"gap", "misalignment", "uniformity", "t2i_r1"} <= set(record.metrics)
