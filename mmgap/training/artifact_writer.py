"""How a trained encoder becomes the folder that `mmgap.training.artifact` describes, whole or unfinished."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmgap.core.atomic import write_atomic
from mmgap.core.checked_json import read_json
from mmgap.core.integrity import file_sha256, write_sealed_json
from mmgap.core.messages import packed
from mmgap.encoders import Encoder
from mmgap.encoders.trainable import trainable
from mmgap.training.artifact import ABOUT, ADAPTER, FORMAT, HISTORY, PROJECTION, WEIGHTS, About, about
from mmgap.training.base_identity import content_of, spec_of
from mmgap.training.history import History
from mmgap.training.recipe import Recipe

if TYPE_CHECKING:
    from mmgap.training.trainable_model import Dual

_SHIFTS = ("image_shift", "text_shift")


def save(
    folder: Path,
    dual: Dual,
    encoder: Encoder,
    recipe: Recipe,
    data: dict[str, Any],
    batch: int,
    history: History,
    notes: list[str],
    training: str = "",
    learned: Mapping[str, float] | None = None,
) -> Path:
    """Write everything; ``trained.json`` goes first and comes last, so a folder without it is unfinished."""
    import torch

    from mmgap.training.checkpoint import save_whole
    from mmgap.training.trainable_model import heads_of

    (folder / ABOUT).unlink(missing_ok=True)
    trained = {name: p for name, p in dual.named_parameters() if p.requires_grad and "lora_" not in name}
    shifts = {name: getattr(dual, name) for name in _SHIFTS if getattr(dual, name).ndim}
    save_whole(folder / WEIGHTS, {**trained, **shifts}, {"about": "what was trained outright"})
    for name, part in dual.backbones.items():
        if hasattr(part, "peft_config"):
            part.save_pretrained(folder / ADAPTER / name)  # type: ignore[operator]
            _without_chance(folder / ADAPTER / name)
    if trainable(encoder).trunk_encoder() is not None:
        told = f"heads of {encoder.name}, trained with {recipe.loss}"
        heads_of(dual).save(folder / PROJECTION, told, float(dual.scale.detach()))
    arrays = {name: torch.from_numpy(values.copy()) for name, values in history.arrays().items()}
    save_whole(folder / HISTORY, arrays, {"alarms": json.dumps(list(map(packed, history.alarms)))})
    known = About(
        base=spec_of(encoder),
        content=content_of(encoder),
        logit_scale=float(dual.scale.detach()),
        recipe=recipe.to_dict(),
        data=data,
        batch=batch,
        epochs=len(history.epochs["curve_gap"]) - 1,
        best=history.best,
        notes=notes,
        training=training,
        files={name: file_sha256(folder / name) for name in written(folder)},
        learned=dict(learned or {}),
    )
    write_sealed_json(folder / ABOUT, _plain(known))
    return folder


def _plain(about: About) -> dict[str, Any]:
    """What is written of it: its notes as texts that hold their messages."""
    return {**vars(about), "notes": list(map(packed, about.notes))}


def written(folder: Path) -> list[str]:
    """Names of the files of a training, but for ``trained.json``."""
    found = [folder / name for name in (WEIGHTS, PROJECTION, HISTORY)]
    found += sorted((folder / ADAPTER).rglob("*"))
    return [path.relative_to(folder).as_posix() for path in found if path.is_file()]


def _without_chance(adapter: Path) -> None:
    """Take out where this machine keeps the base, which ``trained.json`` names, and the chance order of a set."""
    file = adapter / "adapter_config.json"
    told = {**read_json(file), "base_model_name_or_path": None}
    told["target_modules"] = sorted(told["target_modules"])
    write_atomic(file, (json.dumps(told, indent=2) + "\n").encode())
    (adapter / "README.md").unlink(missing_ok=True)


def record_files(folder: Path, training: str) -> None:
    """Give a training of format 1 what later ones have: a seal, its digest, the SHA-256 of every file.

    Raises:
        OSError: it cannot be written.
    """
    known = about(folder)
    if known.format == 1:
        files = {name: file_sha256(folder / name) for name in written(folder)}
        write_sealed_json(folder / ABOUT, {**_plain(known), "training": training, "files": files, "format": FORMAT})
