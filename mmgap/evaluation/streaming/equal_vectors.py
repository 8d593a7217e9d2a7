"""How many rows of vectors on disk equal an earlier one."""

from __future__ import annotations

import numpy as np
import torch

from mmgap.core.disk_buckets import first_equal
from mmgap.core.scratch_array import spans
from mmgap.metrics.exact_products import row_hashes


def equal_to_earlier(rows: torch.Tensor) -> int:
    """Return `mmgap.metrics.exact_products.duplicate_rows` of rows that stay on disk."""
    first = first_equal((some.numpy() for some in row_hashes(rows)), len(rows))
    return sum(int((first[s] != np.arange(s.start, s.stop)).sum()) for s in spans(len(rows)))
