"""What reads in blocks takes no memory for a row: less than a byte of Python's and NumPy's for each that is added.

Blocks are small here, so that sets of thousands have as many of them as sets of millions have.
"""

from __future__ import annotations

import gc
import tracemalloc

import numpy as np
import pytest
from typer.testing import CliRunner

from mmgap.card.sampled_card import sampled_card
from mmgap.cli.main import app
from mmgap.core.row_files import open_faulty, open_pair
from mmgap.core.vector_pairs import VectorPair
from mmgap.diagnosis.examination import examine
from mmgap.evaluation.streaming.sampled_measure import measure_sampled
from mmgap.evaluation.streaming.stored_spaces import stored_pairs
from mmgap.evaluation.streaming.streamed_measure import measure_stored
from mmgap.evaluation.streaming.streamed_search import nearest_items
from mmgap.spaces import parse
from tests.support.passes_done import leave_out_passes
from tests.support.small_blocks import look_at_few, shrink_blocks

pytestmark = pytest.mark.usefixtures("one_thread")

#: Images of the sets that are compared, and rows of a block.
SMALL, LARGE, ROWS = 5_000, 20_000, 500


@pytest.fixture(autouse=True)
def _small_blocks(tmp_path, monkeypatch):
    monkeypatch.setenv("MMGAP_CACHE", str(tmp_path / "cache"))
    shrink_blocks(monkeypatch, ROWS)
    look_at_few(monkeypatch, 1000)


def saved(folder, n, shared, d=4):
    """Files of n images, one text each or, where they are ``shared``, two, some places from each other; some rows are
    copies. Texts all over the file would be read one by one, which takes its time and no other memory."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    owner = np.arange(n)
    if shared:
        owner = owner.repeat(2)[np.argsort(np.arange(2 * n) + rng.uniform(0, 20, 2 * n))]
    x = rng.normal(size=(n, d)) + 0.5
    x[n // 2 :: 7] = x[: len(x[n // 2 :: 7])]
    y = x[owner] + rng.normal(size=(len(owner), d))
    y[n // 3 :: 5] = y[: len(y[n // 3 :: 5])]
    for name, rows in (("x", x.astype("f2")), ("y", y.astype("f2")), ("owner", owner)):
        np.save(folder / f"{name}.npy", rows)
    return folder


def argument(folder):
    return f"{folder}/x.npy,{folder}/y.npy,{folder}/owner.npy"


def paired(folder):
    return open_pair(argument(folder), None, folder)


def faulty(folder) -> VectorPair:
    return open_faulty(argument(folder), None, folder)


def fitted(folder, space):
    return parse(space).fit(stored_pairs(argument(folder), None, "train"))


def commanded(*words):
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == 0, done.output


def applied(folder):
    in_parts = "--memory", "1KB"
    commanded("space", "fit", argument(folder), "--space", "zca:0.1", "--out", folder / "m.safetensors", *in_parts)
    commanded("space", "apply", folder / "m.safetensors", "--images", folder / "x.npy", "--out", folder / "o.npy")


def searched(folder, rows):
    pair = paired(folder)
    nearest_items(pair.texts, pair.images, 10, rows=rows)


PATHS = {
    "measure": lambda folder: measure_stored(paired(folder)),
    "measure --budget": lambda folder: measure_sampled(paired(folder), 50),
    "space fit, one strength": lambda folder: fitted(folder, "cca:0.1"),
    "space fit, a fifth held out": lambda folder: fitted(folder, "cca"),
    "space fit, a bank": lambda folder: fitted(folder, "nnn:bank=500"),
    "space fit, one after the other": lambda folder: fitted(folder, "centre+cca"),
    "space apply": applied,
    "doctor": lambda folder: examine(*(getattr(faulty(folder), name) for name in ("images", "texts", "owner"))),
    "card": lambda folder: sampled_card(faulty(folder), sample=100, pool=20),
    "search": lambda folder: searched(folder, np.array([5])),
}


@pytest.mark.parametrize(
    ("path", "shared"), [*((path, True) for path in PATHS), *((path, False) for path in ("measure", "doctor", "card"))]
)
def test_a_row_takes_less_than_a_byte(tmp_path, monkeypatch, path, shared):
    leave_out_passes(monkeypatch)

    def peak(folder):
        gc.collect()
        tracemalloc.start()
        PATHS[path](folder)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    small, large = (saved(tmp_path / str(n), n, shared) for n in (SMALL, LARGE))
    PATHS[path](small)  # what is loaded and compiled once
    added = peak(large) - peak(small)
    rows = (LARGE - SMALL) * (3 if shared else 2)
    assert added < rows, f"{added / rows:.1f} bytes a row"
