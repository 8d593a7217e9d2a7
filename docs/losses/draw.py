"""Draw the pictures of these pages, from cones that are made up here: ``python docs/losses/draw.py [NAME …]``."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from mmgap import losses
from mmgap.app.playground.cone_draws import cone_draws
from mmgap.app.playground.descent import descended
from mmgap.app.playground.state import PlaygroundState
from mmgap.core.atomic import write_atomic
from mmgap.metrics.gap import modality_gap
from mmgap.metrics.retrieval import recall_at_k
from mmgap.report.figures.spheres import LOW, draw_points, row_of_spheres, seen_from
from mmgap.report.figures.style import IMAGE, INK, MATCHED, STYLE, TEXT

HERE = Path(__file__).parent
N, STEPS, SCALE = 90, 200, 10.0
#: How far a point moves in the first step, on average.
FIRST = 0.06
#: Two cones; what a text shares with its image is more than what is its own.
CONES = PlaygroundState(n=N, angle=100.0, kappa_image=12.0, kappa_text=12.0, correlation=0.7)
#: The sum that a loss is drawn in beside itself; one that is whole is drawn beside ``ce``.
BESIDE = {
    "ce": "ce+anti",
    "intra": "ce+intra",
    "inter": "ce+intra+inter",
    "anti": "ce+anti",
    "var": "ce+var",
    "cyclip_inter": "ce+cyclip_inter",
    "cyclip_intra": "ce+cyclip_intra",
    "align": "align+uniform",
    "uniform": "align+uniform",
    "centroid": "ce+centroid",
    "cu": "ce+align+cu",
    "xuniform": "ce+align+uniform+xuniform",
    "barlow": "ce+0.024*barlow",
    "imsep": "ce+0.5*imsep",
}
Vectors = tuple[np.ndarray, np.ndarray]


def cones() -> Vectors:
    """Return images and texts about two centres, between which the viewer looks."""
    towards = np.radians(-58)
    turn = np.array([[np.cos(towards), -np.sin(towards), 0], [np.sin(towards), np.cos(towards), 0], [0, 0, 1]])
    images, texts = cone_draws(CONES)
    return images @ turn.T, texts @ turn.T


def caption_cosines() -> torch.Tensor:
    """Return how alike the made-up captions are: as the texts lie at the start."""
    texts = torch.from_numpy(cones()[1])
    centred = torch.nn.functional.normalize(texts - texts.mean(0), dim=1)
    return centred @ centred.T


def walk(expression: str) -> list[Vectors]:
    """Return images and texts after each step down a loss, the free points themselves being moved."""
    total = losses.parse(expression).double().requires_grad_(False)
    loss: Callable[..., Any] = partial(total, caption_cosines=caption_cosines())
    at = cones()
    found = [at]
    rate = FIRST / first_slope(loss, at)
    for step in range(STEPS):
        at = descended(at, loss, SCALE, rate * (1 - step / STEPS))
        found.append(at)
    return found


def first_slope(loss: Callable[..., Any], vectors: Vectors) -> float:
    """Return n times the mean length of the points' gradients along the sphere."""
    before = [torch.from_numpy(v).requires_grad_() for v in vectors]
    loss(*before, logit_scale=SCALE).backward()
    along = [v.grad - (v.grad * v.detach()).sum(1, keepdim=True) * v.detach() for v in before]
    return N * float(torch.cat(along).norm(dim=1).mean())


def ball(axes: Axes, title: str, images: np.ndarray, texts: np.ndarray) -> None:
    """Draw pairs on the ball, a few of them joined, an arrow from the mean text to the mean image, and what they
    measure."""
    found = 100 * float(recall_at_k(images, texts, k=1, direction="t2i"))
    axes.set_title(f"{title}\ngap {modality_gap(images, texts):.2f}, R@1 {found:.0f} %", fontsize=8.5, color=INK)
    x, y = seen_from(images, LOW), seen_from(texts, LOW)
    draw_points(axes, x, IMAGE)
    draw_points(axes, y, TEXT)
    for a, b in zip(x[::9], y[::9], strict=True):
        axes.plot([a[0], b[0]], [a[1], b[1]], color=MATCHED, linewidth=0.8, alpha=0.9, zorder=5)
    axes.annotate("", x.mean(0)[:2], y.mean(0)[:2], arrowprops={"arrowstyle": "-|>", "color": INK, "lw": 1.4}, zorder=6)


def picture(name: str) -> Figure:
    """Return the picture of a loss: cones, what it makes of them, what a sum makes of them, the gap on the way."""
    other = BESIDE.get(name, "ce")
    alone, together = walk(name), walk(other)
    figure, (before, after, third, fourth) = row_of_spheres(4, 3.0, LOW)
    for axes, title, vectors in ((before, "before", alone[0]), (after, name, alone[-1]), (third, other, together[-1])):
        ball(axes, title, *vectors)
    figure.delaxes(fourth)
    with mpl.rc_context(STYLE):
        curves = figure.add_subplot(1, 4, 4)
    for path, style, label in ((alone, "-", name), (together, "--", other)):
        curves.plot([modality_gap(*vectors) for vectors in path], style, color=INK, linewidth=1.4, label=label)
    curves.set_ylim(0, 2.05)
    curves.set_xlabel("steps")
    curves.set_title("gap", fontsize=8.5, color=INK)
    curves.legend(frameon=False, labelcolor=INK, fontsize=7.5)
    for place, (what, colour) in enumerate((("images", IMAGE), ("texts", TEXT), ("pairs", MATCHED))):
        figure.text(0.01 + 0.06 * place, 0.01, what, color=colour, fontsize=9)
    return figure


def png(name: str) -> bytes:
    """Return the picture of a loss as a file of few colours; equal ones give equal bytes."""
    buffer, small = io.BytesIO(), io.BytesIO()
    with mpl.rc_context(STYLE):
        picture(name).savefig(buffer, format="png", dpi=115, metadata={"Software": None})
    Image.open(buffer).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(small, "png", optimize=True)
    return small.getvalue()


if __name__ == "__main__":
    for chosen in sys.argv[1:] or losses.registry.names():
        write_atomic(HERE / f"{chosen}.png", png(chosen))
