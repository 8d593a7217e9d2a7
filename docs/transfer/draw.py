"""Draw the pictures of these pages, from vectors that are made up here: ``python docs/transfer/draw.py [NAME …]``."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image
from scipy.stats import ortho_group

from mmgap import stats
from mmgap.core.atomic import write_atomic
from mmgap.datasets.base import Dataset
from mmgap.evaluation.caption_multiplicity import by_multiplicity
from mmgap.metrics import (
    MinibatchCka,
    best_logit_scale,
    linear_cka,
    modality_clusters,
    mutual_information_bound,
    pair_differences,
)
from mmgap.metrics.unit_rows import normalised
from mmgap.report.figures.shared_captions import shared_captions
from mmgap.report.figures.style import BLUE, FAINT, GREEN, IMAGE, INK, ORANGE, STYLE, TEXT, VERMILLION

HERE = Path(__file__).parent


def unit(rows: np.ndarray) -> np.ndarray:
    """Return the rows with length one."""
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def axes_of(count: int, width: float = 8.4) -> tuple[Figure, list[Axes]]:
    """Return a figure with panels side by side."""
    figure = Figure(figsize=(width, 3.2), layout="constrained")
    return figure, list(np.atleast_1d(figure.subplots(1, count)))


def information_imbalance() -> Figure:
    """Both ways, for a turned space, one that lacks half of the dimensions, a noisy one and a stranger."""
    rng = np.random.default_rng(0)
    x = unit(rng.normal(size=(400, 8)))
    others = {
        "turned": x @ ortho_group.rvs(8, random_state=0),
        "two of eight\ndimensions": unit(x[:, :2]),
        "with noise": unit(x + 0.15 * rng.normal(size=x.shape)),
        "a stranger": unit(rng.normal(size=x.shape)),
    }
    figure, (axes,) = axes_of(1, 6.4)
    for place, y in enumerate(others.values()):
        for found, colour, lift in zip(stats.imbalance_intervals(x, y), (IMAGE, TEXT), (-0.12, 0.12), strict=True):
            axes.vlines(place + lift, found.low, found.high, color=colour, linewidth=2, alpha=0.6)
            axes.plot(place + lift, found.value, "o", color=colour, markersize=6)
    axes.axhline(1, color=FAINT, linewidth=1)
    axes.set_xticks(range(len(others)), others)
    axes.set_title("X → Y (blue) and Y → X (red), Y being …", loc="left", fontsize=9, color=INK)
    axes.set_ylim(0, 1.15)
    return figure


def gaussian_pairs(n: int, seed: int, d: int = 64, r: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    """Return n unit pairs whose coordinates are correlated by r before they are made unit."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, d))
    return unit(x), unit(r * x + np.sqrt(1 - r**2) * rng.normal(size=(n, d)))


def information_bound() -> Figure:
    """The bound as the number of pairs grows, under its ceiling and under the truth."""
    sizes = [2**k for k in range(3, 13)]
    scale = best_logit_scale(*gaussian_pairs(1000, 1))
    bounds = [mutual_information_bound(*gaussian_pairs(n, 2 + n), logit_scale=scale).value for n in sizes]
    figure, (axes,) = axes_of(1, 6.4)
    axes.axhline(-32 * np.log(1 - 0.25), color=VERMILLION, linewidth=1.4)
    axes.text(sizes[0], -32 * np.log(1 - 0.25) - 0.2, "what they share", color=VERMILLION, va="top", fontsize=9)
    axes.plot(sizes, np.log(sizes), color=INK, linewidth=1.4)
    axes.text(90, np.log(90) + 0.35, "ceiling ln N", color=INK, fontsize=9, ha="right")
    axes.plot(sizes, bounds, "o-", color=GREEN, markersize=5)
    axes.text(1400, 5.3, "the bound", color=GREEN, fontsize=9)
    axes.set_xscale("log", base=2)
    axes.set_xlabel("pairs N")
    axes.set_title("mutual information, nats", loc="left", fontsize=9, color=INK)
    axes.set_ylim(0, 10)
    return figure


def cka_of_layers() -> Figure:
    """What plain, debiased and minibatch CKA say of unrelated and of related layers, by the number of items."""
    figure, panels = axes_of(2)
    sizes = [16, 32, 64, 128, 256, 512]
    for axes, related, title in zip(panels, (0.0, 1.0), ("unrelated layers", "related layers"), strict=True):
        rng = np.random.default_rng(1)
        x, mixed = rng.normal(size=(2048, 64)), rng.normal(size=(64, 64)) / 8
        y = related * x @ mixed + rng.normal(size=(2048, 64))
        for colour, name, values in (
            (ORANGE, "plain, n items", [linear_cka(x[:n], y[:n], debiased=False) for n in sizes]),
            (BLUE, "debiased, n items", [linear_cka(x[:n], y[:n]) for n in sizes]),
            (GREEN, "minibatches of n of 2,048", [minibatches(x, y, n) for n in sizes]),
        ):
            axes.plot(sizes, values, "o-", color=colour, markersize=4, label=name)
        axes.axhline(linear_cka(x, y), color=FAINT, linewidth=1)
        axes.set_xscale("log", base=2)
        axes.set_ylim(-0.15, 1)
        axes.set_xlabel("n")
        axes.set_title(f"CKA of {title}", loc="left", fontsize=9, color=INK)
    panels[0].legend(frameon=False, labelcolor="linecolor", fontsize=8.5)
    return figure


def minibatches(x: np.ndarray, y: np.ndarray, size: int) -> float:
    """Return CKA of all rows, that many at a time."""
    cka = MinibatchCka(["x"], ["y"])
    for start in range(0, len(x), size):
        cka.add({"x": x[start : start + size]}, {"y": y[start : start + size]})
    return float(cka.matrix()[0, 0])


def captions_shared() -> Figure:
    """Gap and R@1 where a caption is that of one, of three and of five images."""
    rng = np.random.default_rng(3)
    captions = np.concatenate([np.arange(240), 300 + np.arange(120) // 3, 400 + np.arange(120) // 5])
    _, of_image = np.unique(captions, return_inverse=True)
    shown = rng.normal(size=(of_image.max() + 1, 16))
    x = unit(shown[of_image] + 0.9 * rng.normal(size=(len(captions), 16)) + np.eye(16)[0])
    y = unit(shown + 0.9 * rng.normal(size=shown.shape) - np.eye(16)[0])[of_image]
    names = tuple(map(str, captions))
    ids = tuple(map(str, range(len(x))))
    data = Dataset("made-up", "test", "1", ids, [None] * len(x), names, np.arange(len(x)))  # type: ignore[list-item]
    groups = by_multiplicity(normalised(x), normalised(y), data)

    def series(name: str) -> np.ndarray:
        found = [getattr(group, name) for group in groups]
        return np.array([[one.value, one.low, one.high] for one in found])

    items = {
        "multiplicity": np.array([[group.least, group.images] for group in groups]),
        "multiplicity_gap": series("gap"),
        "multiplicity_r1_own": series("own"),
        "multiplicity_r1": series("any"),
    }
    return shared_captions(items, "made-up pairs", "en")


def clusters_and_constant_gap() -> Figure:
    """Clusters by class and by modality as a gap opens, and C3's diagnostics of the direction."""
    rng = np.random.default_rng(4)
    classes = np.arange(300) % 6
    centres = 1.5 * rng.normal(size=(6, 12))
    sides = [np.c_[centres[classes] + rng.normal(size=(300, 12)), np.zeros(300)] for _ in range(2)]
    gaps = np.linspace(0, 12, 13)
    by_class, by_modality, measured = [], [], []
    for gap in gaps:
        x, y = (unit(side + np.eye(13)[12] * sign * gap / 2) for side, sign in zip(sides, (1, -1), strict=True))
        by_class.append(modality_clusters(x, y, labels=(classes, classes)).v_measure)
        by_modality.append(modality_clusters(x, y).v_measure)
        measured.append(pair_differences(x, y, group=100))
    lengths = [found.length for found in measured]
    figure, (left, right) = axes_of(2)
    left.plot(lengths, by_class, "o-", color=GREEN, markersize=4, label="by class, 6 clusters")
    left.plot(lengths, by_modality, "o-", color=VERMILLION, markersize=4, label="by modality, 2 clusters")
    left.set_title("V-measure of k-means", loc="left", fontsize=9, color=INK)
    right.plot(lengths, [found.direction for found in measured], "o-", color=BLUE, markersize=4, label="direction")
    right.plot(
        lengths, [found.along_images for found in measured], "o-", color=ORANGE, markersize=4, label="along images"
    )
    right.plot(
        lengths, [found.noise_direction for found in measured], "o-", color=FAINT, markersize=4, label="noise direction"
    )
    right.set_title("C3's cosines", loc="left", fontsize=9, color=INK)
    for axes in (left, right):
        axes.set_xlabel("gap of 100 pairs")
        axes.set_ylim(-0.25, 1.05)
        axes.legend(frameon=False, labelcolor="linecolor", fontsize=8.5)
    return figure


PICTURES = {
    "information-imbalance": information_imbalance,
    "information-bound": information_bound,
    "cka-of-layers": cka_of_layers,
    "captions-shared": captions_shared,
    "clusters-and-constant-gap": clusters_and_constant_gap,
}


def png(name: str) -> bytes:
    """Return a picture as a PNG of few colours."""
    with mpl.rc_context(STYLE):
        raw, small = io.BytesIO(), io.BytesIO()
        PICTURES[name]().savefig(raw, format="png", dpi=110)
    Image.open(raw).convert("RGB").quantize(64).save(small, "PNG", optimize=True)
    return small.getvalue()


if __name__ == "__main__":
    for chosen in sys.argv[1:] or PICTURES:
        write_atomic(HERE / f"{chosen}.png", png(chosen))
