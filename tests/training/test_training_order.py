"""Which pairs meet in a batch: all images once an epoch, all captions in time, equal captions counted or kept apart."""

from collections import Counter
from dataclasses import replace

import hypothesis
import numpy as np
import pytest
import torch
from hypothesis import strategies as st
from PIL import Image

from mmgap import datasets
from mmgap.datasets import Dataset
from mmgap.datasets.base import NoSplitError
from mmgap.encoders.tower_inputs import PixelRows, TokenRows
from mmgap.training.batch_order import Order
from mmgap.training.data_splits import NoTrainingDataError, Splits
from mmgap.training.model_inputs import in_chunks, moved
from mmgap.training.recipe import Recipe, TrainingError
from tests.support import small_trainings as small


def order(data, batch_size=4, processes=1, **options):
    return Order(data, Recipe("ce", batch_size=batch_size, **options), processes)


def captioned(captions, each=1):
    """Pictures whose captions are these letters."""
    n = len(captions) // each
    data = small.squares(n)
    return replace(data, captions=tuple(captions), owner=np.repeat(np.arange(n), each))


def test_an_epoch_has_every_image_once_but_for_the_rest():
    made = order(small.squares(11), 4)
    assert (made.size, made.steps) == (4, 2)
    for number in (1, 2, 3):
        seen = np.concatenate([batch.images for batch in made.epoch(number)])
        assert len(seen) == 8
        assert len(set(seen.tolist())) == 8
    assert set(np.concatenate([b.images for n in range(1, 9) for b in made.epoch(n)]).tolist()) == set(range(11))


def test_a_text_belongs_to_its_image():
    data = captioned([str(k) for k in range(24)], each=3)
    for number in range(1, 5):
        for batch in order(data).epoch(number):
            assert data.owner[batch.texts].tolist() == batch.images.tolist()


def test_the_seed_and_the_epoch_alone_decide():
    data = small.squares(12, captions=3)
    first, again, other = (order(data, seed=seed) for seed in (0, 0, 1))

    def drawn(made, number):
        return [(batch.images.tolist(), batch.texts.tolist()) for batch in made.epoch(number)]

    assert drawn(first, 2) == drawn(again, 2)
    assert drawn(first, 2) != drawn(first, 1)
    assert drawn(first, 2) != drawn(other, 2)


def test_every_caption_is_drawn_in_time_and_alike():
    data = small.squares(8, captions=5)
    made = order(data)
    counts = Counter(int(text) for number in range(1, 201) for batch in made.epoch(number) for text in batch.texts)
    assert set(counts) == set(range(40))
    assert all(15 < count < 75 for count in counts.values())  # 40 on average
    first = order(data, train_captions="first")
    drawn = {int(text) for number in range(1, 9) for batch in first.epoch(number) for text in batch.texts}
    assert drawn == set(range(0, 40, 5))


def test_pictures_are_moved_by_no_more_than_asked():
    made = order(small.squares(12), shift=2)
    offsets = np.concatenate([batch.offsets for number in range(1, 20) for batch in made.epoch(number)])
    assert set(offsets.ravel().tolist()) == {-2, -1, 0, 1, 2}
    assert not any(batch.offsets.any() for batch in order(small.squares(12)).epoch(1))


def test_a_moved_picture_repeats_its_edge():
    pixels = torch.arange(2 * 4 * 4 * 3, dtype=torch.uint8).reshape(2, 4, 4, 3)
    found = moved(pixels, np.array([[1, -2], [0, 0]]))
    for row in range(4):
        for column in range(4):
            assert torch.equal(found[0, row, column], pixels[0, max(row - 1, 0), min(column + 2, 3)])
    assert torch.equal(found[1], pixels[1])


def shares(data, batches):
    """The share of pairs with an equal caption in their batch, pair by pair."""
    words = [data.captions[text].strip().casefold() for text in range(len(data.captions))]
    shared = []
    for batch in batches:
        texts = [words[text] for text in batch.texts]
        shared.append(np.mean([texts.count(text) > 1 for text in texts]))
    return float(np.mean(shared))


@pytest.mark.parametrize("captions", ["abcdefghijkl", "aaaaaaaaaaaa", "aAbbcdefgghh", "aabbccddeeff"])
def test_copositives_are_counted(captions):
    data = captioned(captions)
    made = order(data)
    for number in (1, 2, 3):
        batches = made.epoch(number)
        assert made.copositives(batches) == pytest.approx(shares(data, batches))


@pytest.mark.parametrize(
    ("captions", "size"),
    [
        ("aaabbbcccddd", 4),  # only one way: each batch has each caption
        ("aaaabcdefghijklm", 4),
        ("aaabbcdefghi", 4),
        ("aabbccddeeffg", 4),  # one is left over
        ("aabbccddee", 3),
        ("aaaaabcdefghij", 3),  # five in four batches and a rest of two
    ],
)
def test_copositives_are_kept_apart_wherever_that_can_be(captions, size):
    data = captioned(captions)
    made = order(data, size, copositives="apart")
    for number in range(1, 30):
        batches = made.epoch(number)
        assert made.copositives(batches) == 0
        images = np.concatenate([batch.images for batch in batches])
        assert len(set(images.tolist())) == len(images) == made.steps * size


def test_a_caption_of_more_pairs_than_batches_comes_together_as_rarely_as_can_be():
    data = captioned("aaaaabcdefgh")
    made = order(data, 4, copositives="apart")
    for number in range(1, 20):
        batches = made.epoch(number)
        counts = sorted((data.caption_groups[batch.texts] == 0).sum() for batch in batches)
        assert sum(counts) == 5
        assert counts[0] >= 1
        assert sorted(np.concatenate([batch.images for batch in batches]).tolist()) == list(range(12))
    one = order(captioned("aaaaaaaa"), 4, copositives="apart")
    assert one.copositives(one.epoch(1)) == 1


def test_kept_apart_is_random_all_the_same():
    made = order(captioned("aabbccddeefghijk"), 4, copositives="apart")
    met = Counter()
    for number in range(1, 400):
        for batch in made.epoch(number):
            met.update((int(a), int(b)) for a in batch.images for b in batch.images if a < b)
    pairs = [
        (a, b) for a in range(16) for b in range(a + 1, 16) if (a, b) not in [(2 * k, 2 * k + 1) for k in range(5)]
    ]
    assert set(met) == set(pairs)
    assert min(met.values()) > 0.5 * np.mean(list(met.values()))


class TestProcesses:
    def test_a_batch_is_as_large_as_its_equal_shares(self):
        made = order(small.squares(12), 5, processes=2)
        assert (made.size, made.steps) == (4, 3)

    def test_more_processes_than_pairs(self):
        with pytest.raises(TrainingError, match="batch of 2 pairs cannot be shared by 3 processes"):
            order(small.squares(12), 2, processes=3)
        with pytest.raises(TrainingError, match="batch of 3 pairs cannot be shared by 4 processes"):
            order(small.squares(3), 90, processes=4)


class TestRows:
    def test_tokens_are_as_long_as_the_longest_of_the_batch(self):
        tokens = {"input_ids": torch.arange(20).reshape(4, 5)}
        tokens["attention_mask"] = torch.tensor([[1, 1, 0, 0, 0], [1, 1, 1, 0, 0], [1] * 5, [1, 0, 0, 0, 0]])
        rows = TokenRows(tokens, whole=False)
        taken = rows.take(np.array([0, 1]))
        assert {name: value.shape for name, value in taken.items()} == dict.fromkeys(tokens, (2, 3))
        assert all(len(values) == 5 for values in TokenRows(tokens, whole=True).take(np.array([0]))["input_ids"])
        chunks = in_chunks(rows.take(np.array([0, 2, 3])), 2)
        assert [chunk["input_ids"].shape for chunk in chunks] == [(2, 5), (1, 5)]

    def test_pixels_of_an_array_and_of_a_store_alike(self):
        pixels = np.random.default_rng(0).integers(0, 255, (4, 8, 8, 3), dtype=np.uint8)
        chosen = np.array([2, 0])
        plain, stored = PixelRows(pixels).take(chosen), PixelRows(list(pixels)).take(chosen)
        assert torch.equal(plain, stored)
        assert plain.dtype == torch.uint8
        assert [len(chunk) for chunk in in_chunks(plain, 1)] == [1, 1]


class TestSplits:
    def load(self, monkeypatch, **found):
        def load(spec, split):
            if split not in found:
                raise NoSplitError(f"no {split}")
            return found[split]

        monkeypatch.setattr(datasets, "load", load)
        return Splits.of("squares", lambda data: data)

    def test_both_are_taken_where_they_are(self, monkeypatch):
        found = self.load(monkeypatch, train=small.squares(12), validation=small.squares(6, "validation"))
        assert (len(found.train.image_ids), found.validation.split) == (12, "validation")

    def test_a_tenth_is_held_out_where_there_is_no_validation(self, monkeypatch):
        data = captioned([c for c in "abcdefghijklmnopqrst" for _ in range(2)])
        found = self.load(monkeypatch, train=data)
        assert len(found.validation.image_ids) == 4
        assert set(found.train.image_ids) | set(found.validation.image_ids) == set(data.image_ids)
        assert not set(found.train.captions) & set(found.validation.captions)

    @pytest.mark.parametrize("chain", [["ab", "bc"], ["bc", "ab"], ["ab", "cd", "bc"], ["ad", "bc", "cd"]])
    def test_captions_that_link_images_keep_them_together(self, chain, monkeypatch):
        captions = [word for k in range(10) for pair in chain for word in (f"{pair[0]}{k}", f"{pair[1]}{k}")]
        found = self.load(monkeypatch, train=captioned(captions, each=2))
        assert not set(found.train.captions) & set(found.validation.captions)

    def test_a_few_images_are_divided_too(self, monkeypatch):
        found = self.load(monkeypatch, train=small.squares(4))
        assert (len(found.train.image_ids), len(found.validation.image_ids)) == (2, 2)
        found = self.load(monkeypatch, train=captioned("aaaabbb"))
        assert (set(found.train.captions), set(found.validation.captions)) == ({"a"}, {"b"})

    def test_nothing_to_train_on(self, monkeypatch):
        with pytest.raises(TrainingError, match="squares has nothing to train on: it has no train split"):
            self.load(monkeypatch, validation=small.squares(6))

    def test_too_few_pairs(self, monkeypatch):
        data = small.squares(12).select(range(1))
        with pytest.raises(TrainingError, match=r"train split has 1 images and 1 captions.*two pairs at least"):
            self.load(monkeypatch, train=data)
        with pytest.raises(TrainingError, match="validation split has"):
            Splits(small.squares(12), data)

    def test_an_empty_split_is_none(self, monkeypatch):
        with pytest.raises(NoTrainingDataError, match="it has no train split"):
            self.load(monkeypatch, train=small.squares(12).select([]))

    def test_pictures_without_captions(self, monkeypatch):
        bare = Dataset("bare", "train", "1", ("a", "b"), (Image.new("RGB", (8, 8)),) * 2, (), np.zeros(0))
        with pytest.raises(TrainingError, match="nothing to train on: its pictures have no captions"):
            self.load(monkeypatch, train=bare)

    def test_a_validation_split_that_is_of_no_use_is_not_passed_over(self, monkeypatch):
        with pytest.raises(TrainingError, match="validation split has 1 images"):
            self.load(monkeypatch, train=small.squares(12), validation=small.squares(1, "validation"))


def test_an_epoch_of_some_of_the_pairs():
    data = small.squares(12)
    some = order(data, batch_size=3, pairs=7)
    assert (some.size, some.steps) == (3, 2)
    epochs = [{int(i) for batch in some.epoch(number) for i in batch.images} for number in range(1, 9)]
    assert all(len(images) == 6 for images in epochs)
    assert set().union(*epochs) == set(range(12))  # drawn anew each time
    assert order(data, batch_size=5, pairs=4).size == 4


def test_some_of_the_pairs_are_kept_apart_too():
    made = order(captioned("aaabbbcccdddefgh"), 4, copositives="apart", pairs=11)
    for number in range(1, 20):
        batches = made.epoch(number)
        assert [len(batch.images) for batch in batches] == [4, 4]
        assert made.copositives(batches) == 0


def can_be_apart(groups, made):
    """Whether a rest that is not trained on can take what is too much of each caption for the batches."""
    counts = np.unique(groups, return_counts=True)[1]
    return np.maximum(counts - made.steps, 0).sum() <= made.pairs - made.steps * made.size


@hypothesis.given(
    captions=st.integers(1, 12).flatmap(lambda most: st.lists(st.integers(0, most), min_size=4, max_size=60)),
    each=st.integers(1, 3),
    batch_size=st.integers(2, 20),
    pairs=st.none() | st.integers(2, 30),
    processes=st.integers(1, 3),
    train_captions=st.sampled_from(["all", "first"]),
    copositives=st.sampled_from(["apart", "keep"]),
    seed=st.integers(0, 3),
)
def test_any_epoch(captions, each, batch_size, pairs, processes, train_captions, copositives, seed):
    n = len(captions) // each
    hypothesis.assume(min(n, batch_size, pairs or n) >= processes and n >= 2)
    data = captioned([str(caption) for caption in captions[: n * each]], each)
    options = {"pairs": pairs, "train_captions": train_captions, "copositives": copositives, "seed": seed}
    made, again = (order(data, batch_size, processes, **options) for _ in range(2))
    assert made.pairs == min(n, pairs or n)
    assert made.size % processes == 0
    seen = set()
    for number in range(1, 31):
        batches = made.epoch(number)
        images, texts = (np.concatenate([getattr(batch, side) for batch in batches]) for side in ("images", "texts"))
        assert len(batches) == made.steps == made.pairs // made.size
        assert all(len(batch.images) == len(batch.offsets) == made.size for batch in batches)
        assert len(set(images.tolist())) == len(images)
        assert data.owner[texts].tolist() == images.tolist()
        assert np.array_equal(texts, np.concatenate([batch.texts for batch in again.epoch(number)]))
        seen.update(images.tolist())
        if copositives == "apart" and each == 1 and can_be_apart(taken(data, made, number), made):
            assert made.copositives(batches) == 0
    for number in range(31, 1500):
        if len(seen) == n:
            break
        seen.update(int(image) for batch in made.epoch(number) for image in batch.images)
    assert len(seen) == n, "every image comes in time"


def taken(data, made, number):
    """The captions that take part in an epoch, the rest counted, of pictures with one caption each."""
    images = np.random.default_rng((made.recipe.seed, number)).permutation(len(data.image_ids))[: made.pairs]
    return data.caption_groups[images]
