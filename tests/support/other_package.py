"""A package of somebody else's: one file and one entry point for each thing it adds to mmgap."""

from __future__ import annotations

from pathlib import Path

FILES = {
    "loss.py": '''
"""A loss: the distance of the two sides' first coordinates."""

from mmgap.losses import loss


@loss(symmetric=True, uses_scale=False)
def first_apart(x, y, *, weight: float = 1.0, logit_scale=None):
    return weight * (x[:, 0] - y[:, 0]).square().mean()
''',
    "encoder.py": '''
"""An encoder that can be trained, too: pictures as 4 x 4 pixels, texts as bags of bytes."""

import numpy as np
import torch


class Bytes:
    name = "own-bytes"

    def __init__(self):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.image, self.text = torch.nn.Linear(48, 8).eval(), torch.nn.EmbeddingBag(256, 8).eval()

    def fingerprint(self, modality=None):
        return {"weights": 0}

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
            return self.image(self.image_inputs(images)).numpy()

    def encode_texts(self, texts):
        with torch.no_grad():
            return self.text(self.text_inputs(texts)).numpy()


def load(argument, *, device, dtype, batch_size, seed):
    return Bytes()
''',
    "dataset.py": '''
"""A dataset: squares of two colours."""

import numpy as np
from PIL import Image

from mmgap.datasets import Dataset

COLOURS = {"red": (220, 20, 20), "green": (20, 200, 20), "blue": (20, 20, 220), "grey": (128, 128, 128)}
SPLITS = ("train", "train", "validation", "test")


def load(argument, *, split):
    pairs = [(upper, lower, size) for size in (24, 32, 40) for upper in COLOURS for lower in COLOURS]
    chosen = [pair for k, pair in enumerate(pairs) if split in ("all", SPLITS[k % 4])]
    return Dataset(
        name="own-squares",
        split=split,
        revision="1",
        image_ids=tuple(f"{upper}-{lower}-{size}" for upper, lower, size in chosen),
        images=[square(*pair) for pair in chosen],
        captions=tuple(f"a square, {upper} above {lower}, of side {size}" for upper, lower, size in chosen),
        owner=np.arange(len(chosen)),
        language="en",
        licence="CC0",
    )


def square(upper, lower, size):
    pixels = np.full((size, size, 3), COLOURS[upper], dtype=np.uint8)
    pixels[size // 2 :] = COLOURS[lower]
    return Image.fromarray(pixels)
''',
    "space.py": '''
"""A space: one side scaled."""

from dataclasses import dataclass

import numpy as np

from mmgap.spaces import Affine, Fitted, PairMap, Space


@dataclass(frozen=True)
class Scaled(Space):
    factor: float = 2.0
    needs_training = False

    def learn(self, train, validation):
        return Fitted(PairMap(Affine(self.factor * np.eye(8), np.zeros(8))), ("Images are scaled.",))
''',
    "adapter.py": '''
"""An adapter: the class of the nearest mean of shots."""

from dataclasses import dataclass

from mmgap.adapters import Adapter


@dataclass(frozen=True)
class Means:
    rows: object

    def scores(self, x):
        return x @ self.rows.T


@dataclass(frozen=True)
class NearestMean(Adapter):
    scale: float = 1.0

    def learn(self, few):
        return Means(self.scale * few.onehot.T @ few.x)
''',
    "metric.py": '''
"""A metric, with what tables and the legend say of it."""

from mmgap.metrics.catalogue_entry import Metric


def farthest(space):
    return (space.images - space.texts[space.owner.argsort()[: len(space.images)]]).norm(dim=1).max()


OWN_FARTHEST = Metric(
    "own_farthest",
    "own farthest pair",
    range="[0, 2]",
    better=False,
    help="distance of the pair that lies farthest apart",
    compute=farthest,
)
''',
    "section.py": '''
"""What a report says of the experiment."""

from mmgap.report.section import Section

OWN_WIDTH = Section("own-width", "How wide the vectors are", figures=("own-widths",))
''',
    "figure.py": '''
"""The figure of the experiment."""

from mmgap.report.figures.kinds import FigureKind


def draw(items, title, language):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3, 2))
    figure.subplots().plot(items["norms"])
    return figure


OWN_WIDTHS = FigureKind("own-widths", draw, "Lengths of the vectors, item by item.", "lengths of vectors", ("norms",))
''',
    "test_width.py": '''
"""An experiment."""

import numpy as np

import pytest


@pytest.mark.experiment("own-width", axes=("encoder", "dataset"), split="test")
def test_width(cell, vectors, record):
    record("own_width", vectors.images.shape[1], n=len(vectors.images))
    record.keep({"norms": np.linalg.norm(vectors.images, axis=1)})
''',
    "test_checks.py": '''
"""Its tests: what mmgap asks of each thing it adds."""

import pytest

from mmgap.testing import check_adapter, check_dataset, check_encoder, check_loss, check_space

THINGS = {
    "first_apart": check_loss,
    "own-bytes": check_encoder,
    "own-squares": check_dataset,
    "own-scaled": check_space,
    "own-mean": check_adapter,
}


@pytest.mark.parametrize("check", [check for name, suite in THINGS.items() for check in suite.each(name)])
def test_conformance(check):
    check()
''',
}

#: One line for each thing.
ENTRY_POINTS = """
[mmgap.losses]
first_apart = own.loss:first_apart
[mmgap.encoders]
own-bytes = own.encoder:load
[mmgap.datasets]
own-squares = own.dataset:load
[mmgap.spaces]
own-scaled = own.space:Scaled
[mmgap.adapters]
own-mean = own.adapter:NearestMean
[mmgap.metrics]
own_farthest = own.metric:OWN_FARTHEST
[mmgap.sections]
own-width = own.section:OWN_WIDTH
[mmgap.figures]
own-widths = own.figure:OWN_WIDTHS
"""


def install(site: Path) -> Path:
    """Write the package into a folder of installed packages as pip would; return the package's own folder."""
    package, about = site / "own", site / "own-1.0.dist-info"
    package.mkdir(parents=True)
    about.mkdir()
    (package / "__init__.py").write_text("")
    for name, text in FILES.items():
        (package / name).write_text(text.lstrip())
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: own\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(ENTRY_POINTS.lstrip())
    return package
