"""Draw the pictures of these pages, from vectors that are made up here: ``python docs/adapters/draw.py [NAME …]``."""

from __future__ import annotations

import io
import sys
from functools import cache
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from mmgap import adapters
from mmgap.adapters import FittedAdapter, LabelledVectors
from mmgap.core.atomic import write_atomic
from mmgap.report.figures.style import BLUE, FAINT, GREEN, INK, ORANGE, STYLE, VERMILLION

HERE = Path(__file__).parent
COLOURS = (BLUE, VERMILLION, GREEN, ORANGE)
SHOTS, SEEDS, TESTED = (1, 2, 4, 8, 16), 5, 200


def turned(rows: np.ndarray, by: float) -> np.ndarray:
    """Return the rows turned about the axis that looks at us."""
    out = rows.copy()
    c, s = np.cos(by), np.sin(by)
    out[:, 0], out[:, 1] = c * rows[:, 0] - s * rows[:, 1], s * rows[:, 0] + c * rows[:, 1]
    return out


def centres(d: int) -> np.ndarray:
    """Return where the images of four classes lie, on one side of the ball."""
    angles = np.array([0.4, 1.7, 3.1, 4.9])
    out = np.zeros((len(angles), d))
    out[:, 0], out[:, 1], out[:, 2] = 0.55 * np.cos(angles), 0.55 * np.sin(angles), 1
    return out


def classes(d: int) -> np.ndarray:
    """Return what the texts say of them: turned by a little and off to a side, as a gap has it."""
    out = turned(centres(d), 0.55)
    out[:, :2] += 0.16, 0.1
    return out


def images(count: int, seed: int, d: int) -> LabelledVectors:
    """Return ``count`` images of each class, spread along one direction more than along the others."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(COLOURS)), count)
    spread = np.full(d, 0.1 if d == 3 else 0.16)
    spread[1] = 0.25
    return LabelledVectors(centres(d)[labels] + rng.normal(size=(len(labels), d)) * spread, labels)


def fitted(name: str, count: int, seed: int, d: int) -> FittedAdapter:
    """Return an adapter after ``count`` shots of each class."""
    return adapters.parse(name).fit(images(count, 100 + seed, d), classes(d), seed=seed)


@cache
def accuracy(name: str, count: int, d: int = 16) -> float:
    """Return its accuracy on new images in per cent, mean over draws of the shots."""
    new = images(TESTED, 7, d)
    found = [
        (fitted(name, count, seed, d).logits(new.images).argmax(axis=1) == new.labels).mean() for seed in range(SEEDS)
    ]
    return 100 * float(np.mean(found))


def ball(axes: Axes, name: str) -> None:
    """Draw which class each place of the ball is given, the shots, and the class vectors as stars."""
    side = np.linspace(-1, 1, 241)
    x, y = np.meshgrid(side, side)
    seen = x**2 + y**2 < 0.995
    places = np.stack([x[seen], y[seen], np.sqrt(1 - x[seen] ** 2 - y[seen] ** 2)], axis=1)
    shots = images(4, 101, 3)
    given = fitted(name, 4, 1, 3).logits(places).argmax(axis=1)
    shown = np.ones((*x.shape, 3))
    shown[seen] = 0.62 + 0.38 * np.array([to_rgb(colour) for colour in COLOURS])[given]
    axes.imshow(shown, extent=(-1, 1, -1, 1), origin="lower", interpolation="bilinear")
    texts = classes(3) / np.linalg.norm(classes(3), axis=1, keepdims=True)
    for label, colour in enumerate(COLOURS):
        own = shots.images[shots.labels == label]
        axes.plot(own[:, 0], own[:, 1], "o", color=colour, markersize=5, markeredgecolor="white")
        axes.plot(*texts[label, :2], "*", color=colour, markersize=12, markeredgecolor=INK, markeredgewidth=0.7)
    axes.set_axis_off()
    axes.set_title(name, fontsize=9.5, color=INK)


def curve(axes: Axes, name: str) -> None:
    """Draw the accuracy of new images in 16 dimensions over the shots."""
    zero = accuracy("zero-shot", 1)
    axes.axhline(zero, color=FAINT, linewidth=1.5)
    axes.plot(SHOTS, [accuracy(name, count) for count in SHOTS], "o-", color=INK, markersize=3.5)
    axes.set_xscale("log", base=2)
    axes.set_xticks(SHOTS, [str(count) for count in SHOTS])
    axes.minorticks_off()
    axes.text(SHOTS[-1], zero - 1, "zero-shot", ha="right", va="top", color="#6B6B6B", fontsize=8.5)
    axes.set_ylim(25, 101)
    axes.set_xlabel("shots of each class")
    axes.set_title("accuracy of new images, %, d = 16", fontsize=9.5, color=INK)


def picture(name: str) -> Figure:
    """Return the picture of an adapter: the ball before and after four shots a class, and accuracy over shots."""
    figure = Figure(figsize=(8.4, 2.75), layout="constrained")
    before, after, third = figure.subplots(1, 3)
    ball(before, "zero-shot")
    ball(after, name)
    curve(third, name)
    figure.supxlabel("stars: class vectors; dots: shots; colour of the ball: the class that is given", fontsize=8.5)
    return figure


def png(name: str) -> bytes:
    """Return the picture of an adapter as a file of few colours; equal ones give equal bytes."""
    buffer, small = io.BytesIO(), io.BytesIO()
    with mpl.rc_context(STYLE):
        picture(name).savefig(buffer, format="png", dpi=125, metadata={"Software": None})
    Image.open(buffer).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(small, "png", optimize=True)
    return small.getvalue()


if __name__ == "__main__":
    for chosen in sys.argv[1:] or adapters.registry.names():
        write_atomic(HERE / f"{chosen}.png", png(chosen))
