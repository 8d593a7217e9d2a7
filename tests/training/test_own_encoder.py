"""An encoder from outside the package that offers its two towers is trained by the same code."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open

from mmgap import encoders
from mmgap.encoders import EncoderError
from mmgap.training.recipe import Recipe, TrainingError
from mmgap.training.run import trained
from mmgap.training.whole_models import write_merged
from tests.support import small_trainings as small

pytestmark = pytest.mark.usefixtures("one_thread")

#: A package of somebody else's: pictures as 4 × 4 pixels, texts as bags of bytes.
OWN = """
import numpy as np
import torch


class Bytes:
    def __init__(self, seed):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.image = torch.nn.Sequential(torch.nn.Linear(48, 32), torch.nn.ReLU(), torch.nn.Linear(32, 8))
            self.text = torch.nn.Sequential(torch.nn.EmbeddingBag(256, 32), torch.nn.Linear(32, 8))
        self.name, self.weights = "bytes", seed

    def fingerprint(self, modality=None):
        return {"weights": self.weights}

    def logit_scale(self):
        return None

    def towers(self):
        return self.image, self.text

    def image_inputs(self, images):
        pixels = [np.asarray(images[k].resize((4, 4)), dtype=np.float32).ravel() for k in range(len(images))]
        return torch.from_numpy(np.stack(pixels) / 255)

    def text_inputs(self, texts):
        return torch.tensor([list(text.encode()[:24].ljust(24)) for text in texts])

    def encode_images(self, images):
        with torch.no_grad():
            return self.image.eval()(self.image_inputs(images)).numpy()

    def encode_texts(self, texts):
        with torch.no_grad():
            return self.text.eval()(self.text_inputs(texts)).numpy()


def load(argument, *, device, dtype, batch_size, seed):
    return Bytes(0)
"""


#: Of five pictures each.
SPLITS = ("train", "train", "train", "validation", "test")


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A folder of installed packages that holds the encoder, with its entry point."""
    folder = tmp_path / "site"
    about = folder / "bytes_encoder-1.0.dist-info"
    about.mkdir(parents=True)
    (folder / "bytes_encoder.py").write_text(OWN)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: bytes-encoder\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[mmgap.encoders]\nbytes = bytes_encoder:load\n")
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def own(package, monkeypatch):
    """The module, its encoder registered for this test."""
    encoders.registry.names()  # what is installed is looked for once: not here, where what is found is forgotten again
    monkeypatch.syspath_prepend(package)
    sys.modules.pop("bytes_encoder", None)
    import bytes_encoder

    monkeypatch.setattr(encoders.registry, "_entries", dict(encoders.registry._entries))
    monkeypatch.setattr(encoders.registry, "_versions", dict(encoders.registry._versions))
    encoders.registry.lazy("bytes", "bytes_encoder:load")
    yield bytes_encoder
    sys.modules.pop("bytes_encoder", None)


def recipe(**options):
    return Recipe("ce", **{"batch_size": 6, "rate": 1e-2, "epochs": 1, "tuning": "full", **options})


@pytest.mark.parametrize("tuning", ["full", "lora", "dora"])
def test_what_was_trained_is_what_is_loaded(own, tuning):
    splits = small.splits()
    folder = trained("bytes", splits, recipe(tuning=tuning))
    before, after = (small.encoded(spec, splits.validation) for spec in ("bytes", f"trained:{folder}"))
    for one, other in zip(before, after, strict=True):
        assert one.shape == other.shape == (6, 8)
        assert np.abs(one - other).max() > 1e-4
    assert encoders.load(f"trained:{folder}").fingerprint() != encoders.load("bytes").fingerprint()
    again = trained(f"trained:{folder}", splits, recipe(tuning=tuning))
    assert np.abs(small.encoded(f"trained:{again}", splits.validation)[1] - after[1]).max() > 1e-4


def test_one_tower_alone(own):
    splits = small.splits()
    folder = trained("bytes", splits, recipe(towers="text"))
    before, after = (small.encoded(spec, splits.validation) for spec in ("bytes", f"trained:{folder}"))
    np.testing.assert_array_equal(before[0], after[0])
    assert np.abs(before[1] - after[1]).max() > 1e-4


def test_a_batch_in_chunks_is_the_same_batch(own):
    found = []
    for chunk in (None, 2):
        folder = trained("bytes", small.splits(), recipe(chunk=chunk))
        found.append(small.encoded(f"trained:{folder}", small.splits().validation)[1])
    np.testing.assert_allclose(*found, atol=1e-5)


CONSTANT = {"encode_texts": lambda self, texts: np.eye(len(texts), 8)}


def without(kind, *names):
    """The same class without these methods."""
    members = {name: value for name, value in vars(kind).items() if name[:2] != "__" or name == "__init__"}
    return type(kind.__name__, (), {name: value for name, value in members.items() if name not in names})


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({"towers": None}, {}, r"has the methods towers, image_inputs and text_inputs of mmgap\.encoders\.Trainable"),
        ({"towers": lambda self: (self.image,)}, {}, "towers gives 1 objects, but two torch modules are needed"),
        ({"towers": lambda self: (torch.nn.Identity(), torch.nn.Identity())}, {}, "its towers have no parameters"),
        (
            {"image_inputs": lambda self, images: torch.zeros(3, 48)},
            {},
            r"image_inputs gave a tensor of shape \(3, 48\) for",
        ),
        ({"text_inputs": lambda self, texts: list(texts), **CONSTANT}, {}, "text_inputs gave list: a tensor is needed"),
        ({"text_inputs": lambda self, texts: {}, **CONSTANT}, {}, "text_inputs gave dict"),
        (CONSTANT, {}, "training would see other text vectors"),
        (
            {"encode_images": lambda self, images: np.ones((len(images), 5))},
            {},
            "image tower gives 8 dimensions, but it",
        ),
        ({}, {"shift": 3}, "shift=3 moves pixels"),
        ({}, {"start": "amended"}, "start=amended is for dual encoders"),
        ({}, {"tuning": "head"}, "leaves nothing to train"),
        ({}, {"tuning": "last-1"}, "has no list of blocks"),
    ],
)
def test_what_cannot_be_trained_says_why(own, change, options, message):
    kind = without(own.Bytes, *(name for name, value in change.items() if value is None))
    for name in change.keys() & vars(kind).keys():
        setattr(kind, name, change[name])
    with pytest.raises(TrainingError, match=message):
        trained(kind(0), small.splits(), recipe(**options))


def test_an_encoder_that_offers_nothing_any_more(own, monkeypatch):
    folder = trained("bytes", small.splits(), recipe())
    monkeypatch.setattr(own, "Bytes", without(own.Bytes, "towers"))
    with pytest.raises(EncoderError, match="bytes, an encoder that cannot be trained"):
        encoders.load(f"trained:{folder}")


def test_what_it_needs_is_counted_on_its_own_towers(own):
    from mmgap.training.estimate.plan import plan

    encoder, found = (
        own.load(None, device="cpu", dtype="float32", batch_size=None, seed=0),
        plan("bytes", recipe(), 10, 5),
    )
    counts = [p.numel() for tower in encoder.towers() for p in tower.parameters()]
    assert found.parameters == found.trained == sum(counts) + 1  # the logit scale
    assert found.memory.weights == 4 * found.parameters + 4 * 6  # means, spreads and shifts of both towers
    assert found.memory.inputs == 2 * 6 * (4 * 48 + 8 * 24)
    assert (found.downloads, found.memory.vectors, found.fits) == ((), 16 * 6 * 8, True)


#: The same with heads, of a family that says how a whole model is written.
FAMILY = """
import torch

import bytes_encoder
from mmgap.encoders.tower_modules import HeadedTower
from mmgap.encoders.trainable import TrainableEncoder


class Headed(TrainableEncoder, bytes_encoder.Bytes):
    def __init__(self, seed):
        bytes_encoder.Bytes.__init__(self, seed)
        self.name = "headed"

    fingerprint, logit_scale = bytes_encoder.Bytes.fingerprint, bytes_encoder.Bytes.logit_scale
    image_inputs, text_inputs = bytes_encoder.Bytes.image_inputs, bytes_encoder.Bytes.text_inputs
    encode_images, encode_texts = bytes_encoder.Bytes.encode_images, bytes_encoder.Bytes.encode_texts

    def towers(self):
        return HeadedTower(self.image[:2], self.image[2]), HeadedTower(self.text[:1], self.text[1])

    def write_whole(self, folder, logit_scale):
        torch.save(self.image.state_dict(), folder / "image.pt")
        return "headed:{out}"


def load(argument, *, device, dtype, batch_size, seed):
    return Headed(0)
"""


def test_a_family_of_its_own_has_heads_and_whole_models(own, package, tmp_path, monkeypatch):
    (package / "headed_encoder.py").write_text(FAMILY)
    encoders.registry.lazy("headed", "headed_encoder:load")
    folder = trained("headed", small.splits(), recipe(tuning="head"))
    with safe_open(folder / "weights.safetensors", framework="np") as weights:
        assert {name.partition(".")[2].partition(".")[0] for name in set(weights.keys()) - {"log_scale"}} == {"head"}
    made, before = encoders.load(f"trained:{folder}"), encoders.load("headed")
    texts = list(small.splits().validation.captions)
    assert np.abs(made.encode_texts(texts) - before.encode_texts(texts)).max() > 1e-4
    assert write_merged(made, tmp_path / "out") == f"headed:{tmp_path / 'out'}"
    whole = torch.load(tmp_path / "out" / "image.pt", weights_only=True)
    assert torch.equal(whole["0.weight"], before.image[0].weight)
    assert not torch.equal(whole["2.weight"], before.image[2].weight)


def test_it_has_no_whole_model(own, tmp_path):
    folder = trained("bytes", small.splits(), recipe())
    with pytest.raises(EncoderError, match="has no whole model"):
        write_merged(encoders.load(f"trained:{folder}"), tmp_path / "out")


def test_from_the_command_line(own, package, tmp_path):
    """Installed beside mmgap, it is trained by its name, and what comes out is loaded by its folder elsewhere."""
    photos = tmp_path / "photos"
    photos.mkdir()
    data, colours = small.squares(40), []
    for k, picture in enumerate(data.images):
        picture.save(photos / f"{k}.png")
        colours.append({"image": f"{k}.png", "caption": f"{data.captions[k]} number {k}", "split": SPLITS[k % 5]})
    (photos / "metadata.json").write_text(json.dumps(colours))
    assert Image.open(photos / "0.png").size == (32, 32)
    path = os.pathsep.join([str(package), *filter(None, [os.environ.get("PYTHONPATH"), os.getcwd()])])
    options = ["--encoder", "bytes", "--dataset", f"folder:{photos}", "--out", str(tmp_path / "out")]
    words = ["-m", "mmgap", "train", *options, "--recipe", "tuning=full,epochs=1,batch_size=8,rate=0.01"]
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"trained:{tmp_path / 'out'}"
    about = json.loads((tmp_path / "out" / "trained.json").read_text())
    assert (about["base"], about["epochs"]) == ("bytes", 1)
    after, before = (encoders.load(one).encode_texts(["a"]) for one in (f"trained:{tmp_path / 'out'}", "bytes"))
    assert after[0, 0] != before[0, 0]
