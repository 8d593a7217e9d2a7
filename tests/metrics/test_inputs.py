"""The guards at the door of every metric."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mmgap.metrics.matrices import as_matrix, row_norms
from mmgap.metrics.unit_rows import any_rows, normalised, unit_rows


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([[1.0]], "a NumPy array or a torch tensor, got list"),
        (np.eye(2, dtype=int), "floating dtype, got int64"),
        (torch.eye(2, dtype=torch.int32), "got torch.int32; cast it first"),
        (torch.eye(2, dtype=torch.complex64), "got torch.complex64"),
    ],
)
def test_what_is_no_floating_matrix(value, message):
    with pytest.raises(TypeError, match=message):
        as_matrix(value)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16], ids=str)
@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_first_bad_row_is_named(bad, dtype):
    v = torch.ones(1000, 300, dtype=dtype)
    v[[777, 900], 5] = bad
    with pytest.raises(ValueError, match="x: row 777 holds NaN or infinity"):
        as_matrix(v)


def test_views_and_wide_floats_are_taken():
    v = np.eye(4)[::2, ::-1]
    v.flags.writeable = False
    assert as_matrix(v).tolist() == v.tolist()
    assert as_matrix(v.astype(np.longdouble)).dtype == torch.float64
    assert as_matrix(torch.eye(2, requires_grad=True)).requires_grad is False


@pytest.mark.parametrize(
    ("dtype", "off", "accepted"),
    [
        (torch.float32, 0.9e-3, True),
        (torch.float32, 1.1e-3, False),
        (torch.float16, 1.1e-3, True),
        (torch.float16, 3e-3, False),
        (torch.bfloat16, 8e-3, True),
        (torch.bfloat16, 2e-2, False),
    ],
)
def test_norms_by_dtype(dtype, off, accepted):
    v = torch.tensor([[1.0, 0.0], [1 + off, 0.0]], dtype=dtype)
    if accepted:
        assert unit_rows(v) is not None
    else:
        with pytest.raises(ValueError, match=r"row 1 has norm .* use mmgap\.measure"):
            unit_rows(v)
    assert any_rows(v, raw=True) is not None


def test_normalised_reports_the_largest_deviation_and_names_a_zero_row():
    unit = normalised(torch.tensor([[3.0, 4.0], [0.0, 1.0]]))
    assert unit.tensor.tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0.0, 1.0]]
    assert unit.deviation == 4.0
    with pytest.raises(ValueError, match=r"x: row 1 is zero \(1 in all\)"):
        normalised(torch.tensor([[3.0, 4.0], [0.0, 0.0]]))


@pytest.mark.parametrize("scale", [1e-310, 1e-300, 1e-160, 1e160, 1e300, 1e307])
def test_rows_at_the_ends_of_float64_have_their_direction(scale):
    x = np.random.default_rng(0).normal(size=(5, 7))
    wanted = normalised(x).tensor
    mixed = x * np.array([scale, 1.0, scale, 1.0, 1.0])[:, None]
    np.testing.assert_allclose(normalised(mixed).tensor, wanted, atol=1e-13)
    np.testing.assert_array_equal(normalised(mixed).tensor[[1, 3, 4]], wanted[[1, 3, 4]])
    np.testing.assert_allclose(row_norms(torch.from_numpy(mixed))[0], scale * np.linalg.norm(x[0]), rtol=1e-13)


def test_another_byte_order_is_the_same_numbers():
    x = np.random.default_rng(0).normal(size=(5, 7))
    assert torch.equal(normalised(x.astype(">f8")).tensor, normalised(x).tensor)
