"""Other people's tools: rows as pandas frames, an evaluator for sentence-transformers, a callback for transformers'
Trainer, a metric for torchmetrics. Each is loaded, with its library, when it is first used.

>>> import mmgap.integrations
>>> mmgap.integrations.__all__
['CrossModalEvaluator', 'GapCallback', 'ModalityGap', 'rows_frame']
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mmgap.integrations.cross_modal_evaluator import CrossModalEvaluator
    from mmgap.integrations.frames import rows_frame
    from mmgap.integrations.torchmetrics_wrapper import ModalityGap
    from mmgap.integrations.trainer_callback import GapCallback

#: Name → the file that has it.
_PLACES = {
    "CrossModalEvaluator": "cross_modal_evaluator",
    "GapCallback": "trainer_callback",
    "ModalityGap": "torchmetrics_wrapper",
    "rows_frame": "frames",
}

__all__ = ["CrossModalEvaluator", "GapCallback", "ModalityGap", "rows_frame"]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name in _PLACES:
            return getattr(importlib.import_module(f"mmgap.integrations.{_PLACES[name]}"), name)
        raise AttributeError(f"module 'mmgap.integrations' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
