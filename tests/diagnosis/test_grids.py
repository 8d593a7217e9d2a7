"""On which grid a row lies, and when that is told."""

import numpy as np
import pytest

from mmgap.diagnosis.grids import BYTES, COARSE, FINE, HALF, SILENT, SINGLE, grids


@pytest.mark.parametrize("width", [8, 64, 768])
def test_rounded_rows_are_told_from_others(width):
    rows = np.random.default_rng(width).normal(size=(200, width)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    step = np.abs(rows).max(axis=1, keepdims=True) / 127
    assert (grids(rows) == FINE).all()
    assert (grids(rows.astype(np.float64)) == SINGLE).all()
    assert (grids(rows.astype(np.float16).astype(np.float32)) == HALF).mean() > 0.95
    assert (grids(np.rint(rows / step) * step) == BYTES).all()
    assert (grids((rows.view(np.uint32) & 0xFFFF0000).view(np.float32)) == HALF).mean() > 0.95


def test_whole_numbers_and_few_values_tell_nothing():
    whole = np.random.default_rng(0).integers(-5000, 5000, (50, 32)).astype(np.float32)
    assert set(grids(whole)) <= {COARSE, HALF, FINE}
    assert (grids(np.eye(8, dtype=np.float32)) == SILENT).all()
