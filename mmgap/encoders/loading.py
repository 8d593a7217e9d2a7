"""From a folder to a transformers model: safetensors only, quiet, and never with weights that the folder lacks."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmgap.encoders.base import EncoderError
from mmgap.encoders.options import Options


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep transformers' load reports and bars off the terminal; what matters in them is checked by `load_model`."""
    from transformers.utils import logging

    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()


def load_model(folder: Path, options: Options, name: str) -> Any:
    """The `AutoModel` of ``folder``, without the head of a task.

    Raises:
        EncoderError: the folder lacks weights that the model needs: they would be random.
    """
    from transformers import AutoModel

    with quiet():
        model, report = AutoModel.from_pretrained(
            folder,
            dtype=options.torch_dtype(),
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
        )
    absent = sorted(report["missing_keys"]) + sorted(str(key) for key in report["mismatched_keys"])
    if absent:
        raise EncoderError(
            f"{name}: {folder} has no weights for {', '.join(absent[:3])} ({len(absent)} in all) of"
            f" {type(model).__name__}; they would be random. Take a folder that was saved from that class"
        )
    return model


def load_image_processor(folder: Path) -> Any:
    """The image processor of ``folder`` on PIL, so that a vector does not depend on torchvision being there."""
    from transformers import AutoImageProcessor

    with quiet():
        return AutoImageProcessor.from_pretrained(folder, backend="pil", local_files_only=True)
