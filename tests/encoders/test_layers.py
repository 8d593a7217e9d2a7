import numpy as np
import pytest
import torch
from torch import nn

from mmgap import datasets, encoders
from mmgap.encoders.base import EncoderError
from mmgap.encoders.layers import OUTPUT, blocks_of, layer_vectors
from mmgap.metrics.unit_rows import normalised

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def data():
    return datasets.load("glyphs-en", captions="first").select(range(70))


def gathered(encoder, data, modality):
    batches = list(layer_vectors(encoder, data, modality))
    return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}


@pytest.mark.parametrize("modality", ["image", "text"])
def test_the_last_are_the_vectors_that_encoding_gives(data, modality):
    encoder = encoders.load("tiny")
    found = gathered(encoder, data, modality)[OUTPUT]
    encoded = encoder.encode_images(data.images) if modality == "image" else encoder.encode_texts(data.captions)
    cosines = (normalised(found).tensor * normalised(encoded).tensor).sum(dim=1)
    assert cosines.min() > 0.999


def test_layers_are_the_hidden_states_of_the_model(data):
    encoder = encoders.load("tiny")
    found = gathered(encoder, data.select(range(4)), "text")
    rows = encoder.text_rows(data.select(range(4))).take(np.arange(4))
    with torch.inference_mode():
        states = encoder.parts.model.text_model(**rows, output_hidden_states=True).hidden_states
    mask = rows["attention_mask"].float()
    for number in (1, 2):
        expected = [states[number][i][mask[i] > 0].mean(dim=0).numpy() for i in range(4)]
        assert found[str(number)] == pytest.approx(np.array(expected), abs=1e-5)


def test_padding_changes_nothing(data):
    encoder = encoders.load("tiny")
    short = min(range(70), key=lambda i: len(data.captions[i]))
    alone = gathered(encoder, data.select([short]), "text")
    among = gathered(encoder, data, "text")
    assert among["1"][short] == pytest.approx(alone["1"][0], abs=1e-4)


class Own:
    """An encoder of three methods, with feature maps between its layers."""

    name = "own"

    def __init__(self, image):
        self.image, self.text = image, nn.Sequential(nn.Linear(9, 4), nn.Linear(4, 4))

    def towers(self):
        return self.image, self.text

    def image_inputs(self, images):
        return (
            torch.stack([torch.tensor(np.asarray(image.resize((4, 4)))) for image in images]).permute(0, 3, 1, 2) / 255
        )

    def text_inputs(self, texts):
        return torch.tensor([list(text.encode()[:9].ljust(9)) for text in texts]) / 255

    def fingerprint(self, modality=None):
        return {}

    def logit_scale(self):
        return None

    def encode_images(self, images):
        return self.image(self.image_inputs(images)).detach().numpy()

    def encode_texts(self, texts):
        return self.text(self.text_inputs(texts)).detach().numpy()


def test_feature_maps_are_averaged_over_their_places(data):
    convolution = nn.Conv2d(3, 5, 1)
    own = Own(nn.Sequential(convolution, nn.Flatten(), nn.Linear(80, 4)))
    some = data.select(range(3))
    found = gathered(own, some, "image")
    with torch.inference_mode():
        expected = convolution(own.image_inputs(some.images)).mean(dim=(2, 3)).numpy()
    assert found["1"] == pytest.approx(expected, abs=1e-5)
    assert list(found) == ["1", "2", "3", OUTPUT]
    assert list(gathered(own, some, "text")) == ["1", "2", OUTPUT]


def test_hooks_are_gone_afterwards_and_the_mode_is_back(data):
    own = Own(nn.Sequential(nn.Flatten(), nn.Linear(48, 4)))
    own.image.train()
    gathered(own, data.select(range(2)), "image")
    assert own.image.training
    assert not any(module._forward_hooks for module in own.image.modules())


def test_the_longest_list_is_taken():
    deep = nn.ModuleList([nn.Linear(2, 2) for _ in range(5)])
    tower = nn.Sequential(nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2)]), deep, *[nn.Identity()] * 9)
    assert blocks_of(tower) is deep
    assert blocks_of(nn.Linear(2, 2)) is None


def test_a_tower_without_layers_is_named(data):
    class Flat(nn.Module):
        def forward(self, pixels):
            return pixels.flatten(1)

    with pytest.raises(EncoderError, match="own: Flat has no list of layers"):
        gathered(Own(Flat()), data.select(range(2)), "image")


def test_whoever_takes_layers_may_learn_between_batches_and_after(data):
    encoder = encoders.load("tiny")
    pairs = zip(layer_vectors(encoder, data, "image"), layer_vectors(encoder, data, "text"), strict=False)
    next(pairs)
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()
    del pairs
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()
