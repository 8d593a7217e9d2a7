"""Draw the pictures of these pages, from made-up vectors or the small CLIP: ``python docs/how-to/draw.py [NAME …]``."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image
from scipy.linalg import expm

import mmgap
from mmgap import datasets, encoders, losses, spaces
from mmgap.core.atomic import write_atomic
from mmgap.metrics import mixed_search
from mmgap.report.figures.style import FAINT, IMAGE, INK, MATCHED, ORANGE, STYLE, TEXT, UNMATCHED
from mmgap.stats import contrast, mean_interval, share_interval

HERE = Path(__file__).parent
Pair = tuple[np.ndarray, np.ndarray]


def unit(rows: np.ndarray) -> np.ndarray:
    """Return the rows, each one long."""
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def made(n: int = 600, d: int = 64, noise: float = 1.0, apart: float = 11.0, seed: int = 0) -> Pair:
    """Return images and texts that see the same things with some noise, in two cones that stand apart."""
    rng = np.random.default_rng(seed)
    images, texts = rng.normal(size=(n, d)) + noise * rng.normal(size=(2, n, d))
    if apart:
        images[:, :2] = [apart, 0]
        texts[:, :2] = [0, apart]
    return images, texts


def fitted(space: str, images: np.ndarray, texts: np.ndarray) -> Pair:
    """Return the second half of the pairs in a space that was fitted on the first."""
    n = len(images) // 2
    train = spaces.Pairs("made", "train", images[:n], texts[:n], np.arange(n))
    return spaces.parse(space).fit(train).transform(images[n:], texts[n:])


def recall(images: np.ndarray, texts: np.ndarray) -> float:
    """Return R@1 from text to image, in per cent."""
    return 100 * float(np.mean((unit(texts) @ unit(images).T).argmax(axis=1) == np.arange(len(texts))))


def bars(
    axes: Axes, values: dict[str, float], label: str, digits: int = 0, colours: Sequence[str] = (MATCHED,)
) -> None:
    """Draw a bar for each value with its number, the first name on top."""
    names = list(values)
    axes.barh(names, list(values.values()), color=[colours[k % len(colours)] for k in range(len(names))], height=0.6)
    for place, value in enumerate(values.values()):
        axes.text(value, place, f" {value:.{digits}f}", va="center", color=INK)
    axes.invert_yaxis()
    axes.set_xlabel(label)
    axes.margins(x=0.12)
    axes.grid(axis="y", visible=False)


def histograms(axes: Axes, sides: dict[str, tuple[np.ndarray, str]], label: str = "cosine") -> None:
    """Draw the densities of several sets of cosines."""
    for name, (values, colour) in sides.items():
        axes.hist(values, bins=np.linspace(-1, 1, 121), density=True, color=colour, alpha=0.6, label=name)
    axes.set_xlabel(label)
    axes.set_yticks([])
    axes.set_xlim(-0.7, 1)
    axes.legend(frameon=False, fontsize=7.5)


def cosine_kinds(images: np.ndarray, texts: np.ndarray) -> dict[str, tuple[np.ndarray, str]]:
    """Return the cosines of matching and of other pairs."""
    cosines = unit(images) @ unit(texts).T
    others = cosines[~np.eye(len(cosines), dtype=bool)]
    return {"other pairs": (others, UNMATCHED), "matching pairs": (np.diag(cosines), MATCHED)}


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


def logit_scale(axes: list[Axes]) -> None:
    cosines = np.array([0.25, 0.22, 0.19])
    for panel, scale in zip(axes, (1.0, 14.3, 100.0), strict=True):
        shares = np.exp(scale * cosines) / np.exp(scale * cosines).sum()
        named = {f"cosine {one:.2f}": 100 * share for one, share in zip(cosines, shares, strict=True)}
        bars(panel, named, "probability, %")
        panel.set_title(f"logit scale {scale:g}", fontsize=9)
        panel.set_xlim(0, 115)


def normalise(axes: list[Axes]) -> None:
    rng = np.random.default_rng(0)
    images, texts = rng.normal(size=(400, 32)) + 0.8 * rng.normal(size=(2, 400, 32))
    images *= rng.uniform(0.5, 3, size=(400, 1))
    raw = 100 * float(np.mean((texts @ images.T).argmax(axis=1) == np.arange(400)))
    bars(axes[0], {"rows as given": raw, "normalised": recall(images, texts)}, "own image first, %")


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


def languages(axes: list[Axes]) -> None:
    tiny, found = encoders.load("tiny"), {}
    for name, language in (("English, which it learned", "en"), ("Spanish", "es")):
        data = datasets.load(f"glyphs-{language}", split="test", captions="first").select(range(0, 1100, 5))
        measured = mmgap.measure(tiny.encode_images(data.images), tiny.encode_texts(data.captions))
        found[name] = 100 * measured["t2i_r1_pool90"]
    bars(axes[0], found, "R@1 from text to image in pools of 90, the same pictures, %")


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


#: Page → what draws it, and how many panels it has.
PICTURES: dict[str, tuple[Callable[[list[Axes]], None], int]] = {
    "batch-size": (batch_size, 1),
    "close-the-gap": (close_the_gap, 2),
    "collapse": (collapse, 1),
    "compare-models": (compare_models, 2),
    "fine-tune-worse": (fine_tune_worse, 1),
    "half-precision": (half_precision, 1),
    "how-many-pairs": (how_many_pairs, 1),
    "hubs": (hubs, 2),
    "languages": (languages, 1),
    "logit-scale": (logit_scale, 3),
    "long-captions": (long_captions, 1),
    "low-cosines": (low_cosines, 2),
    "negative-cosines": (negative_cosines, 2),
    "normalise": (normalise, 1),
    "one-index": (one_index, 1),
    "prompts": (prompts, 1),
    "recall-definitions": (recall_definitions, 1),
    "rows-out-of-step": (rows_out_of_step, 2),
    "several-captions": (several_captions, 1),
}


def png(name: str) -> bytes:
    """Return the picture of a page as a file of few colours; equal ones give equal bytes."""
    draw, panels = PICTURES[name]
    buffer, small = io.BytesIO(), io.BytesIO()
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.2 if panels > 1 else 6.0, 2.2), layout="constrained", facecolor="white")
        draw(list(figure.subplots(1, panels, squeeze=False)[0]))
        figure.savefig(buffer, format="png", dpi=115, metadata={"Software": None})
    Image.open(buffer).convert("RGB").quantize(64, dither=Image.Dither.NONE).save(small, "png", optimize=True)
    return small.getvalue()


if __name__ == "__main__":
    for chosen in sys.argv[1:] or PICTURES:
        write_atomic(HERE / f"{chosen}.png", png(chosen))
