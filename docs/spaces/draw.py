"""Draw the pictures of these pages, from vectors that are made up here: ``python docs/spaces/draw.py [NAME …]``."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image
from scipy.stats import ortho_group, skew

from mmgap import spaces
from mmgap.core.atomic import write_atomic
from mmgap.metrics.gap import modality_gap
from mmgap.metrics.retrieval import expected_recall_at_pool
from mmgap.report.figures.spheres import LOW, draw_points, row_of_spheres, seen_from
from mmgap.report.figures.style import FAINT, IMAGE, INK, MATCHED, STYLE, TEXT
from mmgap.spaces import Pairs

HERE = Path(__file__).parent
N, POOL, K = 240, 10, 10
Draw = Callable[[int, int], tuple[np.ndarray, np.ndarray]]

#: What is drawn where a name alone does not show it in three dimensions.
SPECS = {"project-gap": "project-gap:1", "pca-drop": "pca-drop:1", "gap-drop": "gap-drop:1"}
STRANGERS = ("procrustes", "cca", "ridge", "random")


def unit(rows: np.ndarray) -> np.ndarray:
    """Return the rows with length one."""
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def cones(seed: int, n: int, d: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Return n images and their texts about two centres: both vary with what a pair shows, and each by itself."""
    rng = np.random.default_rng(seed)
    first, noise = ((0.15, 0.35, 0.35), 0.1) if d == 3 else ((0.05, 0.05, 0.05), 0.8)  # as CLIP's: hardly along the gap
    spread = np.concatenate([first, np.geomspace(0.35, 0.12, d - 3)])
    shown, centres = rng.normal(size=(n, d)) * spread, np.zeros((2, d))
    centres[:, :3] = (0.75, -0.1, 0.6), (0.75, -0.6, -0.35)
    images, texts = (unit(c + shown + noise * rng.normal(size=(n, d)) * spread) for c in centres)
    return images, texts


def strangers(seed: int, n: int, d: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Return n images and their texts from two towers that never met: the texts' space is turned at random."""
    images, texts = cones(seed, n, d)
    return images, texts @ np.asarray(ortho_group.rvs(d, random_state=7))


def hubs(seed: int, n: int, d: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """Return n images and their texts; images that happen to lie towards the middle of all texts are found by many."""
    rng = np.random.default_rng(seed)
    towards, shown = np.eye(d)[0], rng.normal(size=(n, d))
    shown[:, 0] = 0
    images = 2 * rng.normal(size=(n, 1)) * towards + shown + 1.5 * rng.normal(size=(n, d))
    return unit(images), unit(8 * towards + shown + 1.5 * rng.normal(size=(n, d)))


def fitted(name: str, draw: Draw, n: int = N) -> spaces.Fitted:
    """Return a space as it is fitted on n pairs that are not drawn."""
    space = spaces.parse(SPECS.get(name, name))
    images, texts = draw(1, n)
    return space.fit(Pairs("made up", "train", images, texts, np.arange(n)))


def recall(images: np.ndarray, texts: np.ndarray, pool: int) -> float:
    """Return R@1 of texts among as many images, in per cent."""
    return 100 * float(expected_recall_at_pool(images, texts, pool=pool, direction="t2i", raw=True))


def sphere(axes: Axes, title: str, images: np.ndarray, texts: np.ndarray) -> None:
    """Draw pairs on the ball, a few of them joined, an arrow from the mean text to the mean image, and what they
    measure."""
    measured = f"gap {modality_gap(images, texts):.2f}, R@1 of {POOL}: {recall(images, texts, POOL):.0f} %"
    axes.set_title(f"{title}\n{measured}", fontsize=9.5, color=INK)
    x, y = seen_from(images, LOW), seen_from(texts, LOW)
    draw_points(axes, x, IMAGE)
    draw_points(axes, y, TEXT)
    for a, b in zip(x[::20], y[::20], strict=True):
        axes.plot([a[0], b[0]], [a[1], b[1]], color=MATCHED, linewidth=0.8, alpha=0.9, zorder=5)
    axes.annotate("", x.mean(0)[:2], y.mean(0)[:2], arrowprops={"arrowstyle": "-|>", "color": INK, "lw": 1.6}, zorder=6)


def map_picture(name: str) -> Figure:
    """Draw other pairs than were fitted on before and after a map; of paired maps also how many pairs it takes."""
    draw: Draw = strangers if name in STRANGERS else cones
    figure, (before, after, third) = row_of_spheres(3, 2.75, LOW)
    images, texts = draw(2, N)
    sphere(before, "before", images, texts)
    mapped = fitted(name, draw).transform(images, texts)
    sphere(after, SPECS.get(name, name), *map(unit, map(np.float64, mapped)))
    figure.delaxes(third)
    with mpl.rc_context(STYLE):
        third = figure.add_subplot(1, 3, 3)
    (learning_curve if name in STRANGERS else spectra)(third, name)
    for place, (what, colour) in enumerate((("images", IMAGE), ("texts", TEXT), ("pairs", MATCHED))):
        figure.text(0.01 + 0.08 * place, 0.01, what, color=colour, fontsize=9)
    return figure


def spectra(axes: Axes, name: str) -> None:
    """Draw the standard deviations along the principal directions of 16-dimensional images, before and after."""
    images, texts = cones(2, N, 16)
    after = fitted(name, lambda seed, n: cones(seed, n, 16)).transform(images, texts)
    found = recall(images, texts, N), recall(*after, N)
    for rows, colour, width, label in ((images, FAINT, 3.5, "before"), (after[0], IMAGE, 1.4, "after")):
        sd = np.sqrt(np.clip(np.linalg.eigvalsh(np.cov(rows.T))[::-1], 0, None))
        axes.plot(np.arange(1, 17), sd, color=colour, linewidth=width, label=label)
    axes.set_ylim(0)
    axes.set_title(
        "spread by direction, d = 16\nR@1 of {}: {:.0f} → {:.0f} %".format(N, *found), fontsize=9.5, color=INK
    )
    axes.set_xlabel("principal direction")
    axes.legend(frameon=False, labelcolor=INK)


def learning_curve(axes: Axes, name: str) -> None:
    """Draw R@1 of new pairs in 32 dimensions against the number of pairs that a map was fitted on."""

    def draw(seed: int, n: int) -> tuple[np.ndarray, np.ndarray]:
        return strangers(seed, n, 32)

    counts = (8, 16, 32, 64, 128, 256, 512, 1024)
    found = [recall(*fitted(name, draw, n).transform(*draw(2, N)), N) for n in counts]
    axes.semilogx(counts, found, base=2, color=INK, marker="o", markersize=3)
    axes.axvline(32, color=TEXT, linewidth=1, linestyle="--")
    axes.text(36, 3, "n = d", color=TEXT, fontsize=8.5)
    axes.set_xticks(counts[::2], [str(n) for n in counts[::2]])
    axes.set_ylim(0, 101)
    axes.set_title(f"R@1 of {N} new pairs, %\nd = 32", fontsize=9.5, color=INK)
    axes.set_xlabel("pairs that it was fitted on")


def scorer_picture(name: str) -> Figure:
    """Draw how often each image is among the first answers, before and after a scorer."""
    images, texts = hubs(2, N)
    scorer = fitted(name, hubs)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(6.6, 2.6), layout="constrained")
        panels = figure.subplots(1, 2, sharex=True, sharey=True)
    for axes, title, scores in (
        (panels[0], "cosine", images @ texts.T),
        (panels[1], name, scorer.scores(images, texts, "t2i")),
    ):
        counts = np.bincount(np.argsort(-scores, axis=0, kind="stable")[:K].ravel(), minlength=N)
        r1 = 100 * (scores.argmax(axis=0) == np.arange(N)).mean()
        axes.hist(counts, bins=np.arange(-0.5, 126, 5), color=IMAGE)
        axes.set_yscale("log")
        axes.set_title(f"{title}\nhubness {skew(counts):.1f}, R@1 {r1:.0f} %", fontsize=9.5, color=INK)
        axes.set_xlabel(f"texts that have an image among their {K} first")
    panels[0].set_ylabel(f"of {N} images")
    return figure


def picture(name: str) -> Figure:
    """Return the picture of a space."""
    return (scorer_picture if spaces.registry.get(name).kind == "scorer" else map_picture)(name)


def png(name: str) -> bytes:
    """Return the picture of a space as a file of few colours; equal ones give equal bytes."""
    buffer, small = io.BytesIO(), io.BytesIO()
    with mpl.rc_context(STYLE):
        picture(name).savefig(buffer, format="png", dpi=125, metadata={"Software": None})
    Image.open(buffer).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(small, "png", optimize=True)
    return small.getvalue()


if __name__ == "__main__":
    for chosen in sys.argv[1:] or spaces.registry.names():
        write_atomic(HERE / f"{chosen}.png", png(chosen))
