"""The shipped default: weights by seed and a gap before any training; and trained, as its card says."""

import hashlib

import numpy as np
import pytest

import mmgap.encoders.tiny as tiny
from mmgap import datasets, encoders, measure, metrics
from mmgap.encoders import EncoderError
from mmgap.encoders.byte_tokenizer import END, PAD, START, VOCABULARY, byte_tokenizer
from tests.support import small_models

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("text", ["a cat", "ñandú, ¿qué?", "🙂 日本", "", "line\nbreak\t  two spaces", "<|end|x"])
def test_every_text_is_its_bytes_and_comes_back(text):
    tokenizer = byte_tokenizer()
    ids = tokenizer(text)["input_ids"]
    assert ids == [START, *text.encode(), END]
    assert tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False) == text


def test_every_byte_has_its_own_id():
    tokenizer = byte_tokenizer()
    assert len(tokenizer) == VOCABULARY
    every = "".join(map(chr, range(0x800))) + "€🙂"
    assert tokenizer(every, verbose=False)["input_ids"][1:-1] == list(every.encode())


def test_padding_and_cutting():
    batch = byte_tokenizer(6)(["abc", "abcdefgh"], padding=True, truncation=True)
    assert batch["input_ids"] == [[START, 97, 98, 99, END, PAD], [START, 97, 98, 99, 100, END]]
    assert batch["attention_mask"] == [[1, 1, 1, 1, 1, 0], [1] * 6]


def test_seed_makes_the_weights():
    by_option, by_argument, other = (
        encoders.load("tiny-random", seed=3),
        encoders.load("tiny-random:3", seed=9),
        encoders.load("tiny-random"),
    )
    first, second, third = (e.encode_images(small_models.images(2)) for e in (by_option, by_argument, other))
    np.testing.assert_array_equal(first, second)
    assert np.abs(first - third).max() > 0.1
    assert by_option.fingerprint() == by_argument.fingerprint() != other.fingerprint()


def test_making_it_leaves_the_global_random_state():
    import torch

    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    _ = encoders.load("tiny-random").parts
    assert torch.equal(torch.rand(3), expected)


def test_size_and_scale():
    encoder = encoders.load("tiny-random")
    model = encoder.parts.model
    assert 1.0e6 < sum(p.numel() for p in model.parameters()) < 1.5e6
    assert encoder.logit_scale() == pytest.approx(model.logit_scale.exp().item(), rel=1e-6)
    assert encoder.encode_texts(["a"]).shape == (1, 64)


@pytest.mark.parametrize("field", ["model", "processor"])
def test_fingerprint_follows_the_configuration(monkeypatch, field):
    before = encoders.load("tiny-random").fingerprint()
    if field == "model":
        monkeypatch.setitem(tiny.CONFIG, "projection_dim", 65)
    else:
        monkeypatch.setitem(tiny.PROCESSOR, "size", {"shortest_edge": 65})
    assert encoders.load("tiny-random").fingerprint() != before


@pytest.mark.parametrize("seed", ["x", "-1", "1.5", ""])
def test_bad_seeds(seed):
    with pytest.raises(EncoderError, match="the seed must be a whole number"):
        encoders.load(f"tiny-random:{seed}")


@pytest.mark.parametrize("seed", [0, 1])
def test_two_cones_before_training(seed):
    """Liang et al. 2022: each tower has a narrow cone of its own, so the gap is far above that of two halves."""
    encoder = encoders.load("tiny-random", seed=seed)
    texts = [f"{hashlib.md5(bytes([k])).hexdigest()[:10]} number {k}" for k in range(20)]
    x, y = encoder.encode_images(small_models.images() * 4), encoder.encode_texts(texts)
    x, y = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x, y))
    assert metrics.cone(x).mean > 0.6
    assert metrics.cone(y).mean > 0.6
    assert metrics.modality_gap(x, y) > 2 * metrics.modality_gap(y[:10], y[10:])


@pytest.mark.parametrize("text", ["a cat", "ñandú, ¿qué?", "🙂 日本", "", "line\nbreak\t  two spaces"])
def test_its_tokenizer_loses_nothing(text):
    tokenizer = encoders.load("tiny-random").parts.tokenizer
    ids = tokenizer(text)["input_ids"]
    assert tokenizer.convert_ids_to_tokens([ids[0], ids[-1]]) == [tiny.START, tiny.END]
    assert tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False) == text


def test_its_tokenizer_is_what_the_build_makes():
    from mmgap.training.tiny_training import VOCABULARY, tokenizer

    made = tokenizer()
    assert len(made) == VOCABULARY
    shipped = encoders.load("tiny-random").parts.tokenizer
    assert shipped.get_vocab() == made.get_vocab()
    captions = [datasets.load(f"glyphs-{language}", split="validation").captions[:50] for language in ("en", "es")]
    lengths = []
    for some in captions:
        assert shipped(list(some))["input_ids"] == made(list(some))["input_ids"]
        lengths.append(np.mean([len(ids) for ids in shipped(list(some))["input_ids"]]))
    assert max(lengths) / min(lengths) < 1.2  # Spanish is no longer than English


def test_the_trained_one_is_small_and_says_where_it_comes_from():
    assert sum(file.stat().st_size for file in tiny.FILES.iterdir()) < 6e6
    card = (tiny.FILES / "README.md").read_text(encoding="utf-8")
    for word in ("glyphs-en:textured", "python -m mmgap.training.tiny_training", "Apache-2.0", "seed"):
        assert word in card
    with pytest.raises(EncoderError, match="tiny takes no argument"):
        encoders.load("tiny:3")


def test_the_trained_one_knows_textured_glyphs_better_than_flat_ones_and_no_spanish():
    encoder = encoders.load("tiny")
    assert encoder.logit_scale() > 20
    recalls = {}
    for spec in ("glyphs-en:textured", "glyphs-en", "glyphs-es"):
        data = datasets.load(spec, split="validation").select(range(300))
        x, y = encoder.encode_images(data.images), encoder.encode_texts(data.captions)
        found = measure(x, y, relevance=data.relevance("any"))
        recalls[spec] = found["t2i_r1_pool90"]
        assert found["gap"] > 0.15
    assert recalls["glyphs-en:textured"] > 0.5 > recalls["glyphs-en"] > 0.1 > recalls["glyphs-es"]
