"""A sentence-transformers model from a folder, with the same care as `mmgap.encoders.loading` takes of others."""

from __future__ import annotations

import contextlib
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmgap.core.messages import listed, quoted
from mmgap.encoders.base import EncoderError
from mmgap.encoders.explained_errors import explained
from mmgap.encoders.loading import quiet, require_all, require_vocabulary, require_whole, text_positions, tokenizer_at
from mmgap.encoders.model_options import Options


def load_sentence_model(folder: Path, options: Options, name: str) -> Any:
    """Return the `SentenceTransformer` of ``folder``, which reads no more tokens than its backbone has positions for.

    Raises:
        EncoderError: it lacks weights or its tokenizer's files, runs code of its own, or cannot be read.
    """
    from sentence_transformers import SentenceTransformer
    from transformers import PreTrainedTokenizerBase

    require_own_modules(folder, name)
    require_whole(folder, name)
    loading = explained(name, f"{quoted(folder)} cannot be loaded")
    with tokenizer_at(folder, name), loading, quiet(), missing_weights() as absent:
        model = SentenceTransformer(
            str(folder),
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True, "dtype": options.torch_dtype()},
        )
    needed = [key for key in absent if "pooler" not in key]  # sentence vectors are not pooled by the backbone
    require_all(needed, folder, type(model[0]).__name__, name)
    if isinstance(tokenizer := getattr(model, "tokenizer", None), PreTrainedTokenizerBase):
        require_vocabulary(tokenizer, folder, name)
    room, limit = text_positions(getattr(model[0], "auto_model", model[0])), model.get_max_seq_length()
    if room is not None and limit is not None and limit > room:
        model.max_seq_length = room
    return model


def require_own_modules(folder: Path, name: str) -> None:
    """Raise `EncoderError` where ``modules.json`` names classes that are not sentence-transformers' own."""
    file = folder / "modules.json"
    if not file.is_file():
        return
    with explained(name, f"{quoted(file)} cannot be read"):
        kinds = [str(entry["type"]) for entry in json.loads(file.read_text(encoding="utf-8"))]
    if strange := [kind for kind in kinds if not kind.startswith("sentence_transformers.")]:
        raise EncoderError(
            f"{name}: {quoted(file)} names {listed(strange, 3)}, code that is not sentence-transformers' own and never"
            " run here: take a model without it"
        )


@contextlib.contextmanager
def missing_weights() -> Iterator[list[str]]:
    """Yield the names of the weights that models loaded meanwhile by a library of transformers found no values for."""
    logger, found = logging.getLogger("transformers.modeling_utils"), list[str]()

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            plain = re.sub(r"\x1b\[[0-9;]*m", "", record.getMessage())
            found.extend(re.findall(r"^(\S+)\s*\|\s*(?:MISSING|MISMATCH)", plain, re.MULTILINE))

    listener, level, propagate = Listener(), logger.level, logger.propagate
    logger.addHandler(listener)
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    try:
        yield found
    finally:
        logger.removeHandler(listener)
        logger.setLevel(level)
        logger.propagate = propagate
