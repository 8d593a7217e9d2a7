"""Pictures of how vectors lie, and of what a change of them does."""

from __future__ import annotations

import numpy as np
from made_vectors import fitted, made, recall, unit
from matplotlib.axes import Axes
from plain_charts import bars, cosine_kinds, histograms

import mmgap
from mmgap import spaces
from mmgap.metrics import mixed_search
from mmgap.report.figures.style import IMAGE, TEXT


def low_cosines(axes: list[Axes]) -> None:
    images, texts = made()
    x, y = unit(images), unit(texts)
    above = np.triu_indices(len(x), 1)
    among = {"two images": ((x @ x.T)[above], IMAGE), "two texts": ((y @ y.T)[above], TEXT)}
    histograms(axes[0], cosine_kinds(images, texts), "cosine of an image and a text")
    histograms(axes[1], among, "cosine of two of one modality")


def negative_cosines(axes: list[Axes]) -> None:
    images, texts = (side + 1.0 for side in made(400, 32, apart=0))
    for panel, (name, pair) in zip(
        axes,
        {"as they are": (images[200:], texts[200:]), "centred": fitted("centre", images, texts)}.items(),
        strict=True,
    ):
        histograms(panel, cosine_kinds(*pair))
        panel.set_title(f"{name}: R@1 {recall(*pair):.0f} %", fontsize=9)


def one_index(axes: list[Axes]) -> None:
    images, texts = made(600, 64, 0.7, 0.0)
    images[:, 0] += 6
    texts[:, 1] += 6
    pairs = {"as they are": (images[300:], texts[300:]), "centred": fitted("centre", images, texts)}
    found = {name: 100 * mixed_search(*map(unit, pair)).share.mean() for name, pair in pairs.items()}
    bars(axes[0], found, "images among the first ten that a text finds, % (50 would be fair)")


def close_the_gap(axes: list[Axes]) -> None:
    images, texts = made(800, 48, 1.0, 10.0)
    pairs = {"as they are": (images[400:], texts[400:])}
    pairs |= {name: fitted(name, images, texts) for name in ("shift:1", "centre", "whiten")}
    found = {name: mmgap.measure(*pair) for name, pair in pairs.items()}
    bars(axes[0], {name: one["gap_corrected"] for name, one in found.items()}, "corrected gap", 2, (IMAGE,))
    bars(axes[1], {name: 100 * one["t2i_r1"] for name, one in found.items()}, "R@1 from text to image, %")


def normalise(axes: list[Axes]) -> None:
    rng = np.random.default_rng(0)
    images, texts = rng.normal(size=(400, 32)) + 0.8 * rng.normal(size=(2, 400, 32))
    images *= rng.uniform(0.5, 3, size=(400, 1))
    raw = 100 * float(np.mean((texts @ images.T).argmax(axis=1) == np.arange(400)))
    bars(axes[0], {"rows as given": raw, "normalised": recall(images, texts)}, "own image first, %")


def rows_out_of_step(axes: list[Axes]) -> None:
    images, texts = made(300, 32, 0.6, 4.0)
    names = ("in step", "1 row too late", "2 rows too late", "3 rows too late")
    shown = {name: (images, np.roll(texts, k, axis=0)) for k, name in enumerate(names)}
    bars(axes[0], {name: recall(*pair) for name, pair in shown.items()}, "R@1 from text to image, %")
    gaps = {name: mmgap.measure(*pair)["gap_corrected"] for name, pair in shown.items()}
    bars(axes[1], gaps, "corrected gap", 2, (IMAGE,))


def hubs(axes: list[Axes]) -> None:
    rng = np.random.default_rng(0)
    images, texts = rng.normal(size=(900, 64)) + 1.2 * rng.normal(size=(2, 900, 64))
    images += 2.5 * rng.random(size=(900, 1))
    texts += 1.0
    train = spaces.Pairs("made", "train", images[:450], texts[:450], np.arange(450))
    scores = {"cosines": unit(texts[450:]) @ unit(images[450:]).T}
    scores["nnn"] = spaces.parse("nnn").fit(train).scores(images[450:], texts[450:], "t2i")
    never, right = {}, {}
    for name, one in scores.items():
        first = np.argsort(-one, axis=1)[:, :10]
        never[name] = 100 * float(np.mean(np.bincount(first.ravel(), minlength=450) == 0))
        right[name] = 100 * float(np.mean(first[:, 0] == np.arange(450)))
    bars(axes[0], never, "images that no query finds among ten, %", colours=(TEXT,))
    bars(axes[1], right, "R@1 from text to image, %")
