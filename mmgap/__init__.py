"""mmgap measures, changes and reports the modality gap of image-text encoders.

Everything is loaded on first use, so that ``import mmgap`` (which every pytest session of the environment
does, through the plugin) costs neither numpy nor torch.

>>> import mmgap
>>> sorted(mmgap.__all__)
['datasets', 'encoders', 'losses', 'measure', 'metrics', 'spaces', 'stats', 'theory']
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mmgap import datasets, encoders, losses, metrics, spaces, stats, theory
    from mmgap.evaluation.measuring import measure

__version__ = "0.1.0"
__all__ = ["datasets", "encoders", "losses", "measure", "metrics", "spaces", "stats", "theory"]

if not TYPE_CHECKING:  # or a type checker would take every name for one of them

    def __getattr__(name: str) -> Any:
        if name == "measure":
            return importlib.import_module("mmgap.evaluation.measuring").measure
        if name in __all__:
            return importlib.import_module(f"mmgap.{name}")
        raise AttributeError(f"module 'mmgap' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
