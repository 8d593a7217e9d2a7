"""Metrics on sets of image and text vectors; each function lives in a small file and is loaded on first use.

They take NumPy arrays or torch tensors. Those that are defined on unit vectors never normalise and refuse rows whose
norm is off; `measure_all` and `mmgap.measure` normalise first and give many numbers at once.
"""

from __future__ import annotations

import importlib
from typing import Any

#: Name → the file that holds it; no file is called like a function.
_HOME = {
    "modality_gap": "gap",
    "centroid_cosine": "gap",
    "misalignment": "gap",
    "relative_modality_gap": "gap",
    "l2i": "gap",
    "gap_by_dimension": "gap_dimensions",
    "uniformity": "uniformities",
    "cone": "cosines",
    "cross_moments": "cosines",
    "cosine_histograms": "cosines",
    "recall_at_k": "retrieval",
    "expected_recall_at_pool": "retrieval",
    "resampled_recall": "resampled_recalls",
    "clip_loss": "clip_losses",
    "effective_rank": "rank",
    "frechet_parts": "frechet",
    "gap_terms": "gap",
    "frechet_squared": "frechet",
    "mmd_squared": "frechet",
    "linear_cka": "similarity",
    "rbf_cka": "similarity",
    "cka_permutation_null": "similarity",
    "modality_separability": "separability",
    "linear_probe": "probes",
    "knn_accuracy": "probes",
    "consistency_k": "probes",
    "logit_entropy": "entropy",
}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
