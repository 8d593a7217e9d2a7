"""A fitted space on a file of vectors of any length: part by part, whole or not there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, reduce
from pathlib import Path
from typing import Literal

import numpy as np

from mmgap.core.atomic import whole_file
from mmgap.core.messages import quoted
from mmgap.core.progress import progress_bar
from mmgap.core.threads import side_by_side
from mmgap.core.vector_files import read_rows
from mmgap.core.vector_pairs import checked_matrix
from mmgap.spaces import Fitted, PairMap, SpaceError
from mmgap.spaces.composition import Chain
from mmgap.spaces.maps import Map

#: Numbers that one thread reads, maps and writes at a time: what is in memory at once is a few times as many.
BLOCK = 1 << 19

#: Blocks that are shared out among the threads at a time.
TOGETHER = 64


def apply_to_file(fitted: Fitted, source: str, modality: Literal["image", "text"], out: Path) -> tuple[int, int]:
    """Write the vectors of a file in a space as an ``.npy`` file; their shape is given back.

    Vectors of an ``.npy`` file are never in memory as a whole. A row that is zero or not finite ends it, and nothing is
    written; float64 stays float64, everything else becomes float32.

    Args:
        fitted: a map; a composition of maps.
        source: file of (N, d) vectors, as `mmgap.core.vector_files` reads it.
        modality: of these vectors.
        out: an ``.npy`` file; may be ``source`` itself.

    Raises:
        MissingDataError, VectorFileError: no such file, or no vectors in it.
        SpaceError: a scorer, vectors of another width, an ``out`` of another suffix.
    """
    if out.suffix != ".npy":
        raise SpaceError(f"{quoted(out)}: vectors are written as .npy, give --out such a name")
    mapped, rows = _side(fitted.map, modality), read_rows(source, modality)
    step = max(1, BLOCK // rows.shape[1])
    first = mapped(_sound(rows, slice(0, 1), source))
    shape = len(rows), first.shape[1]
    with whole_file(out) as temporary:
        with temporary.open("wb") as stream:
            header = {"descr": first.dtype.str, "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(stream, header)
            begin = stream.tell()

        def write(start: int) -> None:
            found = mapped(_sound(rows, slice(start, start + step), source))
            with temporary.open("rb+") as stream:
                stream.seek(begin + start * first.nbytes)
                found.tofile(stream)

        for group in progress_bar(range(0, len(rows), TOGETHER * step), desc=out.name, unit="block"):
            starts = range(group, min(group + TOGETHER * step, len(rows)), step)
            side_by_side(*(partial(write, start) for start in starts))
    return shape


def _sound(rows: np.ndarray, block: slice, source: str) -> np.ndarray:
    """Some rows; an error that names the first one of all that cannot be mapped."""
    found = rows[block]
    with np.errstate(over="ignore", invalid="ignore"):
        squares = np.einsum("ij,ij->i", found, found)
    if not (np.isfinite(squares).all() and squares.all()):  # or out of range, which is no fault
        checked_matrix(rows, quoted(source))
    return found


def _side(by: Map, modality: Literal["image", "text"]) -> Callable[[np.ndarray], np.ndarray]:
    """What vectors of one modality go through."""
    if isinstance(by, PairMap):
        return by.images if modality == "image" else by.texts
    if isinstance(by, Chain):
        steps = [_side(step.map, modality) for step in by.steps]
        return lambda rows: reduce(lambda found, step: step(found), steps, rows)
    raise SpaceError(
        "this space changes scores, not vectors, so there are no vectors to write: mmgap.spaces.load(FILE)"
        ".scorer.extended(queries, gallery, by) gives vectors of one more coordinate, whose dot products are the scores"
    )
