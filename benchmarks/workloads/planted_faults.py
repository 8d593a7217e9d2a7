"""Every kind of fault that is planted in clean vectors, by name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from . import faulty_rows, faulty_values
from .clean_vectors import VectorSet
from .planting import Planted

PLANTERS: dict[str, Callable[[np.random.Generator, VectorSet], Planted]] = {
    planter.__name__: planter
    for planter in (
        faulty_values.nonfinite,
        faulty_values.zero_rows,
        faulty_values.norms,
        faulty_values.collapse,
        faulty_rows.duplicates,
        faulty_values.shared_component,
        faulty_rows.shifted_rows,
        faulty_rows.shuffled_rows,
        faulty_rows.swapped_modalities,
        faulty_rows.mixed_sources,
        faulty_rows.truncated_texts,
        faulty_values.logit_scale,
    )
}
