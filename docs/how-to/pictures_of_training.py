"""Pictures of losses, their scale, and what tuning changes."""

from __future__ import annotations

import numpy as np
import torch
from made_vectors import made, recall, unit
from matplotlib.axes import Axes
from plain_charts import bars
from scipy.linalg import expm

from mmgap import losses
from mmgap.report.figures.style import FAINT, IMAGE, INK, MATCHED, ORANGE, TEXT


def logit_scale(axes: list[Axes]) -> None:
    cosines = np.array([0.25, 0.22, 0.19])
    for panel, scale in zip(axes, (1.0, 14.3, 100.0), strict=True):
        shares = np.exp(scale * cosines) / np.exp(scale * cosines).sum()
        named = {f"cosine {one:.2f}": 100 * share for one, share in zip(cosines, shares, strict=True)}
        bars(panel, named, "probability, %")
        panel.set_title(f"logit scale {scale:g}", fontsize=9)
        panel.set_xlim(0, 115)


def collapse(axes: list[Axes]) -> None:
    images, texts = (torch.from_numpy(side) for side in made(64, 32, 0.7, 0.0))
    spread = np.linspace(0, 1, 60)
    for scale, colour in ((14.3, ORANGE), (100.0, MATCHED)):
        found = []
        for share in spread:
            x, y = (torch.nn.functional.normalize(1 - share + share * side, dim=1) for side in (images, texts))
            found.append(float(losses.ce(x, y, logit_scale=scale)))
        axes[0].plot(spread, found, color=colour, label=f"logit scale {scale:g}")
    axes[0].axhline(np.log(64), color=FAINT, linestyle="--")
    axes[0].text(1, np.log(64), "ln 64", ha="right", va="bottom", color=INK)
    axes[0].set_xlabel("from all vectors in one point to spread vectors")
    axes[0].set_ylabel("CLIP loss, batch of 64")
    axes[0].legend(frameon=False)


def batch_size(axes: list[Axes]) -> None:
    images, texts = (torch.nn.functional.normalize(torch.from_numpy(side), dim=1) for side in made(1024, 32, 1.5, 0.0))
    sizes = [2**k for k in range(3, 11)]
    found = []
    for size in sizes:
        parts = [
            float(losses.ce(x, y, logit_scale=10.0)) for x, y in zip(images.split(size), texts.split(size), strict=True)
        ]
        found.append(np.mean(parts))
    axes[0].plot(sizes, found, color=MATCHED, marker="o", markersize=4)
    axes[0].set_xscale("log", base=2)
    axes[0].set_xticks(sizes, [str(size) for size in sizes])
    axes[0].set_xlabel("pairs that are negatives of each other")
    axes[0].set_ylabel("CLIP loss, same pairs")


def half_precision(axes: list[Axes]) -> None:
    cosines = np.linspace(0.05, 1, 400)
    for name, kind, colour in (
        ("bfloat16", torch.bfloat16, TEXT),
        ("float16", torch.float16, IMAGE),
        ("float32", torch.float32, MATCHED),
    ):
        eps = torch.finfo(kind).eps
        axes[0].plot(cosines, 100 * eps * 2.0 ** np.floor(np.log2(cosines)), color=colour, label=name)
    axes[0].set_yscale("log")
    axes[0].set_xlabel("cosine")
    axes[0].set_ylabel("step between neighbours\nat a logit scale of 100")
    axes[0].legend(frameon=False)


def fine_tune_worse(axes: list[Axes]) -> None:
    rng, shares = np.random.default_rng(0), np.linspace(0, 1, 21)
    turn = rng.normal(size=(24, 24))
    towards = expm(0.15 * (turn - turn.T))  # what tuning learned: the new texts lie a turn away from their images
    sides = []
    for needed in (towards, np.eye(24)):
        images = rng.normal(size=(300, 24))
        sides.append((images, images @ needed + 0.8 * rng.normal(size=images.shape)))
    for name, (images, texts), colour in zip(("the new data", "the old data"), sides, (MATCHED, TEXT), strict=True):
        found = [recall(unit((1 - share) * images + share * images @ towards), texts) for share in shares]
        axes[0].plot(shares, found, color=colour, label=name)
    axes[0].set_ylim(0, 100)
    axes[0].set_xlabel("share of the tuned model in the mean of both")
    axes[0].set_ylabel("R@1, %")
    axes[0].legend(frameon=False)
