"""Data sets made up for the atlas: saved vectors of two cones, and a folder whose words are hostile."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from PIL import Image

from mmgap.app.shell.source import Source, open_source
from tests.support.made_vectors import random_unit

#: What would run, or end its element, where it reached a page as HTML.
HOSTILE = "</script><script>window.taken = 1</script><img src=x onerror='window.taken = 2'>"

CATEGORIES = ("sea", "city", "<b>wood</b>")


def cones(folder: Path, pairs: int = 60, width: int = 12, captions: int = 1, seed: int = 0) -> Source:
    """Saved vectors of ``pairs`` images in one cone and of their texts, ``captions`` each, in another."""
    rng = np.random.default_rng(seed)
    apart = np.zeros(width)
    apart[0] = 2.0
    x = random_unit(rng, pairs, width, apart)
    owner = np.repeat(np.arange(pairs), captions)
    y = x[owner] + 0.3 * rng.normal(size=(len(owner), width)) - 1.2 * apart
    for name, values in (("images", x.astype(np.float32)), ("texts", y.astype(np.float32)), ("owner", owner)):
        np.save(folder / f"{name}.npy", values)
    return open_source(f"vectors:{folder}/images.npy,{folder}/texts.npy,{folder}/owner.npy", captions="all")


def pictures(folder: Path, count: int = 24) -> Source:
    """Plain pictures in three categories, seen by the encoder that ships; the first caption is `HOSTILE`."""
    place = folder / "hostile"
    place.mkdir()
    rows = []
    for i in range(count):
        name = f"picture '{i}' &amp; \"more\".png"
        colour = tuple(int(level) for level in np.random.default_rng(i).integers(0, 255, 3))
        Image.new("RGB", (48, 32), colour).save(place / name)
        caption = f"a plain picture, number {i}" if i else HOSTILE
        rows.append((name, CATEGORIES[i % 3], caption))
    with (place / "captions.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("filename", "category", "caption"), *rows])
    return open_source(f"folder:{place}", "tiny")
