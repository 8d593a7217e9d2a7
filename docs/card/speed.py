"""Measure how long a card takes: ``python docs/card/speed.py [PAIRS] [DIMENSIONS]``.

Prints seconds of the clock and of this process's cores for each stage, after a small card has loaded what is loaded
once. Pairs stand around items of their own with noise, in two cones, and are found about half of the time, as those of
real encoders are: what is searched for rivals is searched in earnest.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from tabulate import tabulate

from mmgap.card.card_sources import of_files
from mmgap.card.filled_card import filled_card
from mmgap.card.spaces_part import spaces_part
from mmgap.report.card.card_page import write_card

T = TypeVar("T")

#: Pairs of the card that is made first.
FIRST = 100


def drawn(pairs: int, width: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return (pairs, width) images and texts, unit rows in float32."""
    rng = np.random.default_rng(seed)
    items = rng.normal(size=(pairs, 24)) @ rng.normal(size=(24, width)) / np.sqrt(24)
    sides = items + 2.0 * rng.normal(size=(2, pairs, width))
    sides[0, :, 0] += 12
    sides[1, :, 1] += 12
    x, y = (sides / np.linalg.norm(sides, axis=2, keepdims=True)).astype(np.float32)
    return x, y


def main(pairs: int = 5000, width: int = 512) -> None:
    """Print the table."""
    logging.getLogger("mmgap").addHandler(logging.NullHandler())
    times: list[tuple[str, float, float]] = []

    def timed(name: str, work: Callable[[], T]) -> T:
        clock, cores = time.perf_counter(), time.process_time()
        found = work()
        times.append((name, time.perf_counter() - clock, time.process_time() - cores))
        return found

    with tempfile.TemporaryDirectory() as folder:
        for count in (FIRST, pairs):
            times.clear()
            for name, rows in zip(("images", "texts"), drawn(count, width), strict=True):
                np.save(Path(folder) / f"{name}.npy", rows)
            files = f"{folder}/images.npy,{folder}/texts.npy"
            vectors = timed("read", lambda files=files: of_files(files))
            card = timed("doctor and numbers", lambda vectors=vectors: filled_card(vectors, pool=90))
            timed("page", lambda card=card: write_card(card, Path(folder) / "card.html"))
            spaces = timed("spaces", lambda vectors=vectors: spaces_part(vectors))
            whole = replace(card, spaces=spaces)
            timed("page again", lambda whole=whole: write_card(whole, Path(folder) / "card.html"))
    line = card.recall("any", "t2i")
    assert line is not None
    print(f"{pairs} pairs of {width} dimensions, R@1 T→I {100 * line.recall.value:.1f} %; seconds")
    print(tabulate(times, headers=["", "clock", "cores"], floatfmt=".2f"))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
