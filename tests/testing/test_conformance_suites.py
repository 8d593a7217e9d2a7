"""The public checks: they pass what keeps the written contract, and name what does not."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from mmgap import adapters, datasets, losses, spaces
from mmgap.core.paths import MissingDataError
from mmgap.testing import Conformance, check_adapter, check_dataset, check_encoder, check_loss, check_space

pytestmark = pytest.mark.usefixtures("one_thread")


class Plain:
    """An encoder with the documented methods and nothing else."""

    name = "plain"

    def fingerprint(self, modality=None):
        return {"weights": 1}

    def encode_images(self, images):
        return np.stack([np.asarray(image.resize((2, 2)), dtype=np.float32).ravel() for image in images])

    def encode_texts(self, texts):
        return np.stack([np.frombuffer(text.encode().ljust(12)[:12], dtype=np.uint8) for text in texts]).astype("f4")


def mine(x, y, *, logit_scale=1.0):
    """A loss as the guide has it: a function, without the decorator."""
    return logit_scale * (x - 2 * y).square().sum(1).mean()


@losses.loss(symmetric=True)
def lopsided(x, y, *, logit_scale=None):
    return (x[:, 0] - 2 * y[:, 0]).square().mean()


@pytest.mark.parametrize("check", check_encoder.each(Plain()))
def test_an_encoder_with_the_documented_methods_passes(check):
    check()


@pytest.mark.parametrize("check", check_loss.each(mine))
def test_a_function_without_tags_passes(check):
    check()


@pytest.mark.parametrize("check", check_loss.each(lopsided, expected_failures={"sides_change_places": "on purpose"}))
def test_an_expected_failure_is_one(check):
    check()


@pytest.mark.parametrize("name", spaces.registry.names())
def test_spaces(name):
    check_space(name)


@pytest.mark.parametrize(
    "spec", [*adapters.registry.names(), "gda:select=val", "tip-adapter:select=test,protocol=legacy"]
)
def test_adapters(spec):
    check_adapter(spec)


def test_a_dataset_passes_as_spec_and_as_object():
    check_dataset("glyphs-en")
    check_dataset(datasets.load("glyphs-en").select(range(12)))


def test_one_call_names_every_failing_check():
    said = "loss lopsided fails 2 of 8 checks: sides_change_places, joint_rotation_changes_nothing"
    with pytest.raises(ExceptionGroup, match=said) as found:
        check_loss(losses.loss(symmetric=True, rotation_invariant=True)(lopsided))
    notes = [error.__notes__ for error in found.value.exceptions]
    assert notes == [[f"in check {check!r} of loss lopsided"] for check in said.partition(": ")[2].split(", ")]


def test_a_check_that_passes_though_it_should_fail_is_an_error():
    with pytest.raises(ExceptionGroup, match="sides_change_places") as found:
        check_loss("ce", expected_failures={"sides_change_places": "it was lopsided once"})
    assert "it was lopsided once" in str(found.value.exceptions[0])
    check_loss(lopsided, expected_failures={"sides_change_places": "on purpose"})


def test_an_unknown_check_is_refused_with_those_that_there_are():
    for use in (check_loss, check_loss.each):
        with pytest.raises(ValueError, match=r"no check 'sides' of a loss.*gives_one_number, takes_the_logit_scale"):
            use("ce", expected_failures={"sides": "a slip"})


def test_missing_data_are_a_skip_with_the_reason(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_DATA", str(tmp_path))
    monkeypatch.setenv("MMGAP_WEIGHTS", str(tmp_path))
    for suite, name in ((check_dataset, "flickr8k"), (check_encoder, "clip-vit-b-32")):
        with pytest.raises(pytest.skip.Exception, match=str(tmp_path)):
            suite(name)
        check = suite.each(name)[0].values[0]
        with pytest.raises(pytest.skip.Exception, match=str(tmp_path)):
            check()


def test_the_thing_is_made_once_and_not_before_the_first_check():
    made = []
    suite = Conformance("number", lambda thing: made.append(thing) or thing)
    suite.add(lambda subject: None)
    suite.checks["second"] = suite.checks["<lambda>"]
    parameters = suite.each(3)
    assert made == []
    for parameter in parameters:
        parameter.values[0]()
    assert made == [3]


def test_missing_data_are_asked_for_again():
    def prepare(thing):
        raise MissingDataError("nothing here")

    suite = Conformance("number", prepare)
    suite.checks = {"first": print, "second": print}
    for parameter in suite.each(3):
        with pytest.raises(pytest.skip.Exception, match="nothing here"):
            parameter.values[0]()


def broken_encoders():
    class Empty(Plain):
        name = ""

    class Random(Plain):
        def encode_texts(self, texts):
            return np.random.default_rng().normal(size=(len(texts), 12)).astype("f4")

    class Double(Plain):
        def encode_images(self, images):
            return super().encode_images(images).astype("f8")

    class Backwards(Plain):
        def encode_images(self, images):
            return np.sort(super().encode_images(images), axis=0)

    class Swallows(Plain):
        def encode_images(self, images):
            try:
                return super().encode_images(images)
            except OSError:
                return np.zeros((len(images), 12), dtype="f4")

    class OfTuples(Plain):
        def encode_texts(self, texts):
            return super().encode_texts(texts if isinstance(texts, tuple) else [texts[0]] * len(texts))

    class Narrow(Plain):
        def encode_texts(self, texts):
            return super().encode_texts(texts)[:, :5]

    class Nan(Plain):
        def fingerprint(self, modality=None):
            return {"weights": float("nan")}

    class Negative(Plain):
        def logit_scale(self):
            return -1.0

    class OtherTowers(Plain):
        def towers(self):
            return torch.nn.Linear(12, 12), torch.nn.Linear(12, 12)

        def image_inputs(self, images):
            return torch.from_numpy(self.encode_images(images))

        def text_inputs(self, texts):
            return torch.from_numpy(self.encode_texts(texts))

    return [
        (Empty, "has_a_name"),
        (Random, "two_calls_agree"),
        (Double, "gives_finite_float32_rows"),
        (Backwards, "order_is_kept"),
        (Swallows, "error_of_an_item_is_raised"),
        (OfTuples, "takes_any_sequence"),
        (Narrow, "one_width"),
        (Nan, "fingerprint_is_json_and_stable"),
        (Negative, "logit_scale_is_positive_or_none"),
        (OtherTowers, "towers_give_its_vectors"),
    ]


@pytest.mark.parametrize(("kind", "check"), broken_encoders())
def test_a_broken_encoder_is_found_by_its_check(kind, check):
    with pytest.raises(ExceptionGroup, match=check):
        check_encoder(kind())


@losses.loss()
def vector(x, y, *, logit_scale=None):
    return (x - y).square().sum(1)


@losses.loss()
def writing(x, y, *, logit_scale=None):
    return x.mul_(2).sum() + y.sum()


def deaf(x, y):
    return (x - y).square().sum()


@losses.loss()
def detached(x, y, *, logit_scale=None):
    return (x - y.detach()).square().sum()


@losses.loss()
def rooted(x, y, *, logit_scale=None):
    return (x - y).square().sum(1).sqrt().mean()


@losses.loss()
def ordered(x, y, *, logit_scale=None):
    return (torch.arange(len(x)) * (x * y).sum(1)).sum()


@losses.loss(rotation_invariant=True)
def turned(x, y, *, logit_scale=None):
    return (x - y).abs().sum()


@pytest.mark.parametrize(
    ("function", "check"),
    [
        (vector, "gives_one_number"),
        (writing, "gives_one_number"),
        (deaf, "takes_the_logit_scale"),
        (detached, "gradients_are_right"),
        (rooted, "equal_rows_have_finite_gradients"),
        (ordered, "order_of_pairs_changes_nothing"),
        (turned, "joint_rotation_changes_nothing"),
    ],
)
def test_a_broken_loss_is_found_by_its_check(function, check):
    with pytest.raises(ExceptionGroup, match=check):
        check_loss(function)


@dataclass(frozen=True)
class Grey:
    """Pictures without colour."""

    images: object

    def __len__(self):
        return len(self.images)

    def __getitem__(self, k):
        return self.images[k].convert("L")


@pytest.mark.parametrize(
    ("change", "check"),
    [
        (lambda data: {"images": Grey(data.images)}, "images_are_rgb"),
        (lambda data: {"captions": (" ", *data.captions[1:])}, "split_holds_what_the_whole_holds"),
        (lambda data: {"licence": ""}, "facts_are_there"),
        (lambda data: {"prompt": "another {}"}, "facts_are_there"),
        (lambda data: {"revision": ""}, "revision_is_of_the_whole"),
    ],
)
def test_a_broken_dataset_is_found_by_its_check(change, check):
    data = datasets.load("glyphs-en").select(range(8))
    with pytest.raises(ExceptionGroup, match=check):
        check_dataset(replace(data, **change(data)))


def test_splits_that_share_an_image_are_found():
    data = datasets.load("glyphs-en").select(range(8))
    with pytest.raises(ExceptionGroup, match="splits_are_disjoint_and_add_up"):
        check_dataset({"test": data, "train": replace(data, split="train")})
