"""A trained encoder as a folder: what changed beside its base, never the base itself.

``trained.json`` says of what, how and on what; ``weights.safetensors`` holds what was trained outright;
``adapter/<part>/`` are adapters as peft writes them; two towers have their heads in ``projection.safetensors``;
``history.safetensors`` is the telemetry. ``trained.json`` has a seal (`mmgap.core.integrity`) and the SHA-256 of every
other file: weights are part of keys, so their bytes say nothing but what was trained.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmgap.core.checked_json import JsonError, conform, parse_json, read_json
from mmgap.core.integrity import (
    DamagedError,
    check_files,
    read_sealed_json,
    read_tensors,
)
from mmgap.core.messages import quoted, unpacked
from mmgap.core.paths import MissingDataError, expanded, is_file, weights_dir
from mmgap.encoders import Encoder, EncoderError
from mmgap.training.base_identity import content_of
from mmgap.training.history import History

if TYPE_CHECKING:
    from torch import Tensor

    from mmgap.losses import LossSum

ABOUT, WEIGHTS, ADAPTER, PROJECTION, HISTORY = (
    "trained.json",
    "weights.safetensors",
    "adapter",
    "projection.safetensors",
    "history.safetensors",
)

#: Raised when a folder's layout changes. 2: a seal, the digest of the training and the SHA-256 of every file.
FORMAT = 2


@dataclass(frozen=True)
class About:
    """What ``trained.json`` says.

    Attributes:
        base: spec of the encoder that training started from.
        content: digest of the base's weights.
        logit_scale: e^τ at the end.
        recipe: how it was trained.
        data: fingerprints of the train and the validation split.
        batch: pairs of a batch.
        epochs, best: epochs that ran, and the best one.
        notes: what a reader must know.
        training: digest of what was trained on what, and how; empty in format 1.
        files: SHA-256 of every other file by its name; none in format 1.
        learned: what terms of the loss learned, by term and option, as ``siglip.bias``; none in older folders.
    """

    base: str
    content: str
    logit_scale: float
    recipe: dict[str, Any]
    data: dict[str, Any]
    batch: int
    epochs: int
    best: int
    notes: list[str]
    training: str = ""
    files: dict[str, str] = field(default_factory=dict)
    learned: dict[str, float] = field(default_factory=dict)
    format: int = FORMAT


def finished(folder: Path) -> bool:
    """Whether a folder holds a training that came to its end."""
    return is_file(folder / ABOUT)


def find(source: str) -> Path:
    """The folder that ``trained:SOURCE`` means: a path, or a name under ``MMGAP_WEIGHTS``.

    Raises:
        MissingDataError: there is none.
    """
    for folder in (expanded(source), weights_dir() / source):
        if finished(folder):
            return folder
    raise MissingDataError(
        f"no trained encoder in {quoted(source)!r}, here or in {weights_dir()}: mmgap train … --out FOLDER makes one"
    )


def about(folder: Path) -> About:
    """Raises `EncoderError` for a folder of a newer mmgap, or one whose description cannot be read."""
    file = folder / ABOUT
    try:
        newer = conform(read_json(file), dict[str, Any], str(file)).get("format")
        if isinstance(newer, int) and newer > FORMAT:
            raise EncoderError(f"{folder}: format {newer} is newer than this mmgap reads ({FORMAT}); update mmgap")
        found = read_sealed_json(file, About)
        if min(found["batch"], found["logit_scale"], found["epochs"] + 1) <= 0:
            raise JsonError(f"{file}: batch and logit_scale are not above 0, or epochs are below")
    except DamagedError as error:
        cure = 'train it again, or take out its "sha256" where you changed it yourself'
        raise EncoderError(f"{file} cannot be read ({error}): {cure}") from error
    except JsonError as error:
        raise EncoderError(f"{file} cannot be read ({error}): train it again") from error
    names = {field.name for field in fields(About)}
    found["notes"] = list(map(unpacked, found["notes"]))
    return About(**{"format": 1, **{name: value for name, value in found.items() if name in names}})


def check(folder: Path, prefix: str = "") -> About:
    """Check the files of a training whose names begin with ``prefix``; what ``trained.json`` says.

    Raises:
        EncoderError: one of them is damaged or absent.
    """
    known = about(folder)
    try:
        check_files(folder, {name: digest for name, digest in known.files.items() if name.startswith(prefix)})
    except DamagedError as error:
        raise EncoderError(f"{error}: it does not fit {ABOUT}, train it again") from error
    return known


def damage(folder: Path) -> str | None:
    """What is wrong with a finished training; None where nothing is."""
    try:
        check(folder)
        _names(folder)
        history(folder)
    except EncoderError as error:
        return str(error)
    return None


def history(folder: Path) -> History:
    """The telemetry of a training.

    Raises:
        EncoderError: it is not there, or damaged.
    """
    file = folder / HISTORY
    try:
        arrays, metadata = read_tensors(file, expected=about(folder).files.get(HISTORY))
        alarms = parse_json(metadata.get("alarms", ""), f"{file}: alarms")
        return History.of(arrays, conform(alarms, list[str], f"{file}: alarms"))
    except (DamagedError, JsonError) as error:
        raise EncoderError(f"{file} cannot be read ({error}): train it again") from error


def names(folder: Path) -> list[str]:
    """Names of what was trained outright.

    Raises:
        EncoderError: as `weights`.
    """
    check(folder, WEIGHTS)
    return _names(folder)


def _names(folder: Path) -> list[str]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(folder / WEIGHTS, framework="np") as file:
            return list(file.keys())
    except (OSError, SafetensorError) as error:
        raise EncoderError(f"{folder / WEIGHTS} cannot be read ({error}): train it again") from error


def weights(folder: Path) -> dict[str, Tensor]:
    """What was trained outright, by name in `mmgap.training.trainable_model.Dual`.

    Raises:
        EncoderError: they are not there, or damaged.
    """
    try:
        return read_tensors(folder / WEIGHTS, "pt", expected=about(folder).files.get(WEIGHTS))[0]
    except DamagedError as error:
        raise EncoderError(f"{folder / WEIGHTS} cannot be read ({error}): train it again") from error


def loss(folder: Path) -> LossSum:
    """The loss of a training, with what its terms learned in place: the bias of ``siglip``, the tilt of ``ce``.

    Raises:
        EncoderError: as `about`; or what it says was learned is of another loss.
    """
    import torch

    from mmgap import losses

    known = about(folder)
    found = losses.parse(known.recipe["loss"])
    if known.learned and known.learned.keys() != found.learned.keys():
        raise EncoderError(
            f"{folder / ABOUT}: {', '.join(known.learned)} is not what {found.name} learns: train it again"
        )
    with torch.no_grad():
        for name, value in known.learned.items():
            found.learned[name].fill_(value)
    return found


def check_base(folder: Path, base: Encoder) -> None:
    """Raise `EncoderError` where the base's weights are others than those that were trained on."""
    known = about(folder)
    if content_of(base) != known.content:
        raise EncoderError(
            f"{folder} was trained on {known.base} with other weights than {base.name} has here: what changed cannot be"
            " added to them. Bring the weights it was trained on, or train again"
        )
