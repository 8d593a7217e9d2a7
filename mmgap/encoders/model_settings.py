"""What the files of settings in a model's folder say of its texts, without loading the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mmgap.core.checked_json import JsonError, read_json


def pads_left(folder: Path) -> bool:
    """Return whether the tokenizer of a folder puts padding before the text."""
    return _settings(folder, "tokenizer_config.json").get("padding_side") == "left"


def has_prompt(folder: Path) -> bool:
    """Return whether the sentence model of a folder puts a prompt of its own before every text."""
    return bool(_settings(folder, "config_sentence_transformers.json").get("default_prompt_name"))


def _settings(folder: Path, name: str) -> dict[str, Any]:
    """Return what a file of settings holds; nothing where it is absent or unreadable, which loading says."""
    file = next(iter(sorted(folder.rglob(name), key=lambda path: len(path.parts))), None)
    try:
        found = {} if file is None else read_json(file)
    except JsonError:
        return {}
    return found if isinstance(found, dict) else {}
