"""How far the stated chance of a match is right: ``python docs/search/reliability.py DATASET ENCODER [SPACE]``.

The chance is fitted on the validation split, as `mmgap search` fits it; here captions and images of the test split ask,
and what is stated of the first ten candidates of each is compared with how many of them were the match.
"""

from __future__ import annotations

import sys
from itertools import pairwise

import numpy as np
from tabulate import tabulate

from mmgap.app.search.known_chances import QUERIES, known_first
from mmgap.app.search.known_pairs import KnownPairs
from mmgap.app.search.searcher import Searcher
from mmgap.app.shell.source import open_source

#: Edges of the stated chance between which candidates are counted together, and the candidates of a query.
EDGES, CANDIDATES = (0, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1), 10


def reliability(stated: np.ndarray, matched: np.ndarray) -> list[list[str]]:
    """Return a row for each bin of the stated chance: candidates, mean stated chance, share of matches."""
    rows = []
    for low, high in pairwise(EDGES):
        there = (stated >= low) & ((stated < high) | (high == 1))
        if there.any():
            told, seen = stated[there].mean(), matched[there].mean()
            rows.append([f"{low:.0%} – {high:.0%}", f"{there.sum():,}", f"{told:.1%}", f"{seen:.1%}"])
    return rows


def calibration_error(stated: np.ndarray, matched: np.ndarray, bins: int = 10) -> float:
    """Return the mean distance of stated chance and share of matches, over bins of equally many candidates."""
    parts = np.array_split(np.argsort(stated, kind="stable"), bins)
    return float(
        np.average([abs(stated[p].mean() - matched[p].mean()) for p in parts], weights=[len(p) for p in parts])
    )


def main(data: str, encoder: str, space: str | None = None) -> None:
    """Print the table of each column, for captions that find images and images that find captions."""
    searcher = Searcher(open_source(data, encoder, split="test", captions="all"), space)
    test = KnownPairs.themselves(searcher.searched)
    for name, column in searcher.columns.items():
        for by, what in (("text", "image"), ("image", "text")):
            chances = column.chances(by, what)
            if chances.whole is None:
                print(f"\n{data} × {encoder}, {name}: {by} → {what}: {chances.why_not}")
                continue
            scores, matches = known_first(column.rows, test, test.asked(by, what, QUERIES), by, what)
            stated, matched = chances.whole(scores)[:, :CANDIDATES], matches[:, :CANDIDATES]
            first = f"first candidates: stated {stated[:, 0].mean():.1%}, right {matched[:, 0].mean():.1%}"
            error = calibration_error(stated[:, 0], matched[:, 0])
            everything = calibration_error(stated.ravel(), matched.ravel())
            print(
                f"\n{data} × {encoder}, {name}: {by} → {what}, {len(scores):,} queries, {column.rows.rows(what).shape}"
            )
            print(f"{first}; calibration error {error:.1%} (first), {everything:.1%} (first {CANDIDATES})")
            print(tabulate(reliability(stated.ravel(), matched.ravel()), ("stated", "candidates", "mean", "matches")))


if __name__ == "__main__":
    main(*sys.argv[1:])
