"""Measure how fast an index answers: ``python docs/search/speed.py [VECTORS] [DIMENSIONS] [KIND …]``.

Prints milliseconds of one query's first ten by a plain NumPy product, by the flat index and by HNSW, asked in turn, so
that the load of the machine is the same for all three; the time of building each index and of reading it from the
cache; and how many of the true first ten the graph finds. The vectors are drawn around 2,000 centres, as embeddings of
real things lie, for a graph is slower and worse on vectors without any structure. The query is not encoded here.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import numpy as np
from tabulate import tabulate

from mmgap.app.search.vector_index import KINDS, Kind, VectorIndex
from mmgap.core.cache import Cache

#: Queries that are timed, those before them that are not, what is asked for, and centres of the vectors.
QUERIES, FIRST, K, CENTRES = 50, 5, 10, 2000


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return seconds of the clock and of this process's cores that a piece of work takes."""
    clock, cores = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - cores


def drawn(count: int, centres: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return unit rows around centres, float32."""
    rows = centres[rng.integers(len(centres), size=count)]
    rows = rows + rng.normal(size=rows.shape).astype(np.float32) * 0.7 / np.sqrt(rows.shape[1])
    found: np.ndarray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return found


def product(rows: np.ndarray, query: np.ndarray) -> np.ndarray:
    """Return the first K by one product of all rows with the query."""
    scores = rows @ query
    first = np.argpartition(scores, -K)[-K:]
    found: np.ndarray = first[np.argsort(-scores[first])]
    return found


def main(count: int = 100_000, width: int = 512, kinds: Sequence[Kind] = KINDS) -> None:
    """Print the tables."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(CENTRES, width)).astype(np.float32) / np.sqrt(width).astype(np.float32)
    rows, queries = drawn(count, centres, rng), drawn(FIRST + QUERIES, centres, rng)
    built, found = [], {}
    with tempfile.TemporaryDirectory() as folder:
        for kind in kinds:
            for what in ("built", "read from the cache"):
                made: list[VectorIndex] = []
                clock, cores = timed(lambda: made.append(VectorIndex.of(rows, kind, cache=Cache(Path(folder)))))  # noqa: B023
                built.append([kind, what, f"{clock:.1f} s", f"{cores:.1f} s"])
                found[kind] = made[0]
    ways: dict[str, Callable[[np.ndarray], np.ndarray]] = {"NumPy product": lambda query: product(rows, query)}
    for kind in kinds:
        ways[kind] = lambda query, index=found[kind]: index.search(query[None], K)[1][0]  # type: ignore[misc]
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    right = list[list[float]]()
    for place, query in enumerate(queries):
        right.append([len(np.intersect1d(ways[kind](query), product(rows, query))) / K for kind in kinds])
        for name, way in ways.items():
            taken = timed(lambda: way(query))  # noqa: B023
            if place >= FIRST:
                times[name].append(taken)
    print(f"{count:,} × {width}, first {K}, {QUERIES} queries; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    middle = {name: np.percentile(np.array(taken) * 1000, (50, 95), axis=0) for name, taken in times.items()}
    lines = [
        [name, *(f"{value:.2f}" for value in (half[0], most[0], half[1]))] for name, (half, most) in middle.items()
    ]
    print(tabulate(lines, ("", "median, ms", "95 %, ms", "CPU median, ms"), disable_numparse=True))
    print(tabulate(built, ("index", "", "clock", "CPU")))
    for kind, share in zip(kinds, np.mean(right, axis=0), strict=True):
        print(f"of the true first {K} {kind} finds {share:.1%}")


if __name__ == "__main__":
    given = sys.argv[1:]
    main(*map(int, given[:2]), *([cast(Sequence[Kind], given[2:])] if given[2:] else []))
