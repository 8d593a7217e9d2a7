"""From a cell to what it needs: its dataset, its encoder, and the inputs that make its row's key.

Nothing here loads a model: fingerprints are read from files, so a resumed cell stays cheap.
"""

from __future__ import annotations

import functools
import hashlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmgap.grid import Cell
from mmgap.row import MEASURE_VERSION, SCHEMA, Row, row_key

if TYPE_CHECKING:
    from mmgap.datasets import Dataset
    from mmgap.encoders import Encoder


@functools.lru_cache(maxsize=4)
def dataset_of(spec: str, split: str, captions: str) -> Dataset:
    """The dataset a cell names; the last few stay loaded, since neighbouring cells share them."""
    from mmgap import datasets

    return datasets.load(spec, split=split, captions=captions)


@functools.lru_cache(maxsize=2)
def encoder_of(spec: str, device: str, dtype: str, seed: int) -> Encoder:
    """The encoder a cell names; the last two stay loaded."""
    from mmgap import encoders

    return encoders.load(spec, device=device, dtype=dtype, seed=seed)


@functools.cache
def source_hash(path: Path) -> str:
    """SHA-256 of an experiment's source file: a changed protocol is another experiment."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def inputs_of(cell: Cell, source: Path, constants: dict[str, Any], device: str, dtype: str) -> dict[str, Any]:
    """Everything that changes the result of a cell.

    Args:
        cell: the cell.
        source: the experiment's source file.
        constants: what the experiment declares of its protocol: pool, tie rule, split …
        device: where models run.
        dtype: in which precision.

    Raises:
        MissingDataError: data or weights are not on this machine.
    """
    inputs: dict[str, Any] = {"measure_version": MEASURE_VERSION, "experiment_source_hash": source_hash(source)}
    inputs |= constants
    if cell.dataset is not None:
        captions = dict(cell.variant).get("captions", "all")
        inputs |= dataset_of(cell.dataset, constants.get("split", "test"), captions).fingerprint()
    if cell.encoder is not None:
        inputs |= encoder_of(cell.encoder, device, dtype, cell.seed).fingerprint()
    return inputs


def share_cores() -> None:
    """Under xdist, give this worker its part of the cores: threads of several workers on one core only wait."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers == 1:
        return
    threads = max(1, (os.cpu_count() or 1) // workers)
    for variable in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(variable, str(threads))  # read when torch and numba are loaded
    if (torch := sys.modules.get("torch")) is not None:
        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


def new_row(cell: Cell, inputs: dict[str, Any], started_at: str) -> Row:
    """The row of a cell that has begun: if its process dies, this is what remains."""
    coordinates = cell.to_dict()
    return {
        "schema": SCHEMA,
        "key": row_key(coordinates, inputs),
        "cell": coordinates,
        "inputs": inputs,
        "status": "running",
        "error": None,
        "metrics": {},
        "notes": [],
        "items": None,
        "time": {},
        "memory": {},
        "provenance": {"pid": os.getpid()},
        "started_at": started_at,
    }
