"""What a row keeps of a space is what the table of its arrays says."""

import pytest

from mmgap.evaluation.item_arrays import SPACE_ARRAYS
from tests.evaluation.test_space_record import recorded, space

pytestmark = pytest.mark.usefixtures("one_thread")


def test_every_array_of_a_space_is_in_the_table_as_it_is_kept():
    record = recorded(*space(same=10))
    kept = {name: array for name, array in record.items.items() if name not in record.metrics}
    assert sorted(kept) == sorted(SPACE_ARRAYS)
    sizes = {"N": 100, "M": 100, "B": 200, "B + 1": 201, "n": 100, "m": 40, "draws": 1000, "U": None}
    for name, array in kept.items():
        dtype, axes = SPACE_ARRAYS[name]
        assert array.dtype == dtype, name
        assert array.ndim == len(axes), name
        wanted = [sizes.get(axis, axis) for axis in axes]
        assert all(n == size or not isinstance(size, int) for n, size in zip(array.shape, wanted, strict=True)), name
