"""Pictures of what recall is counted of, and how sure it is."""

from __future__ import annotations

import numpy as np
from made_vectors import unit
from matplotlib.axes import Axes
from plain_charts import bars

import mmgap
from mmgap import datasets, encoders
from mmgap.report.figures.style import FAINT, INK, MATCHED, TEXT
from mmgap.stats import contrast, mean_interval, share_interval


def recall_definitions(axes: list[Axes]) -> None:
    rng = np.random.default_rng(0)
    images, owner = rng.normal(size=(200, 32)), np.arange(200).repeat(5)
    texts = images[owner] + 1.5 * rng.normal(size=(1000, 32))
    every, first = mmgap.measure(images, texts, owner=owner), mmgap.measure(images, texts[::5])
    found = {
        "any of five captions, pools of 90": every["i2t_r1_pool90"],
        "any of five captions": every["i2t_r1"],
        "one caption an image": first["i2t_r1"],
        "share of the five captions": np.mean(owner[(images @ texts.T).argmax(axis=1)] == np.arange(200)) / 5,
    }
    bars(axes[0], {name: 100 * value for name, value in found.items()}, "R@1 from image to text, %")


def languages(axes: list[Axes]) -> None:
    tiny, found = encoders.load("tiny"), {}
    for name, language in (("English, which it learned", "en"), ("Spanish", "es")):
        data = datasets.load(f"glyphs-{language}", split="test", captions="first").select(range(0, 1100, 5))
        measured = mmgap.measure(tiny.encode_images(data.images), tiny.encode_texts(data.captions))
        found[name] = 100 * measured["t2i_r1_pool90"]
    bars(axes[0], found, "R@1 from text to image in pools of 90, the same pictures, %")


def compare_models(axes: list[Axes]) -> None:
    rng = np.random.default_rng(0)
    a = (rng.random(1000) < 0.60) * 1.0
    b = np.where(rng.random(1000) < 0.05, 1.0, a)
    for panel, sides, label in (
        (axes[0], {"model A": mean_interval(a), "model B": mean_interval(b)}, "R@1, %"),
        (axes[1], {"B − A, paired": mean_interval(b - a)}, "difference, points"),
    ):
        for place, one in enumerate(sides.values()):
            panel.plot([100 * one.low, 100 * one.high], [place, place], color=INK)
            panel.plot([100 * one.value], [place], "o", color=MATCHED)
        panel.set_yticks(range(len(sides)), list(sides))
        panel.set_ylim(-0.7, len(sides) - 0.3)
        panel.invert_yaxis()
        panel.set_xlabel(label)
    axes[1].axvline(0, color=FAINT, linestyle="--")


def long_captions(axes: list[Axes]) -> None:
    tiny, words, found = encoders.load("tiny"), ("a large red ball beside two small yellow ducks " * 12).split(), {}
    for name, before in (("in the first word", 0), ("in the 11th word", 10), ("in the 81st word", 80)):
        pair = [" ".join([*words[:before], end, *words[before:90]]) for end in ("fish", "tree")]
        x, y = unit(tiny.encode_texts(pair))
        found[name] = float(x @ y)
    bars(axes[0], found, "cosine of two captions of 91 words that differ there", digits=3)


def prompts(axes: list[Axes]) -> None:
    data = datasets.load("glyphs-en", split="validation", captions="first")
    chosen = data.select(range(0, len(data.image_ids), 2))
    names = [caption.removeprefix("A picture of ") for caption in chosen.captions]
    tiny, found = encoders.load("tiny"), {}
    images = tiny.encode_images(chosen.images)
    for prompt in ("A picture of {}", "a photo of a {}.", "{}", "{}, which is what one sees in it"):
        texts = tiny.encode_texts([prompt.format(name) for name in names])
        found[prompt] = 100 * mmgap.measure(images, texts)["t2i_r1_pool90"]
    bars(axes[0], found, "R@1 from text to image in pools of 90, %")


def how_many_pairs(axes: list[Axes]) -> None:
    rng, sizes = np.random.default_rng(0), np.array([20, 50, 100, 200, 500, 1000, 2000, 5000])
    alone, apart = [], []
    for n in sizes:
        right = np.arange(n) < 0.45 * n
        found = share_interval(right)
        alone.append(50 * (found.high - found.low))
        better = np.where(rng.random(n) < 0.1, rng.random(n) < 0.65, right)
        ends = contrast(right * 1.0, better * 1.0, shares=True).difference
        apart.append(50 * (ends.high - ends.low))
    axes[0].plot(sizes, alone, color=TEXT, marker="o", markersize=4, label="R@1 of one model")
    axes[0].plot(sizes, apart, color=MATCHED, marker="o", markersize=4, label="difference of two, paired")
    axes[0].set_xscale("log")
    axes[0].set_yscale("log")
    axes[0].set_xticks(sizes, [f"{n:,}" for n in sizes], fontsize=7.5)
    axes[0].set_yticks([1, 2, 5, 10, 20], ["1", "2", "5", "10", "20"])
    axes[0].minorticks_off()
    axes[0].set_xlabel("pairs")
    axes[0].set_ylabel("± points")
    axes[0].legend(frameon=False)


def several_captions(axes: list[Axes]) -> None:
    rng = np.random.default_rng(0)
    images, owner = rng.normal(size=(150, 24)), np.arange(150).repeat(5)
    texts = images[owner] + 1.3 * rng.normal(size=(750, 24))
    told, copied = mmgap.measure(images, texts, owner=owner), mmgap.measure(images[owner], texts)
    found = {
        "image → text, any of the five": told["i2t_r1"],
        "text → image": told["t2i_r1"],
        "text → image, five copies of each": copied["t2i_r1"],
    }
    bars(axes[0], {name: 100 * value for name, value in found.items()}, "R@1, %")
