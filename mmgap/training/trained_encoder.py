"""``trained:FOLDER``: an encoder that `mmgap.training` changed, its adapters merged into its weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mmgap import encoders
from mmgap.encoders.base import Encoder, EncoderError, InBatches, TrainingError, identified, identity_of
from mmgap.encoders.copies import copies_of, keep_copies
from mmgap.encoders.encoding_parts import USUAL
from mmgap.encoders.trainable import TrainableEncoder, trainable
from mmgap.encoders.weights import no_download
from mmgap.training import artifact
from mmgap.training.saved_changes import SavedChanges
from mmgap.training.trained_bases import trained_folders

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image
    from torch import nn

    from mmgap.datasets import Dataset
    from mmgap.encoders.blueprint import Blueprint
    from mmgap.encoders.tower_inputs import TowerRows


class TrainedEncoder(TrainableEncoder):
    """An encoder with what a training changed of its towers; it can be trained again.

    Attributes:
        name: the spec it was made from.
        base: the encoder before training, whose models are changed.
        changes: what was trained.
    """

    def __init__(self, name: str, base: Encoder, changes: SavedChanges) -> None:
        self.name, self.base, self.changes = name, trainable(base), changes
        self.takes_pixels, self.can_be_amended = self.base.takes_pixels, self.base.can_be_amended

    @property
    def texts_cut(self) -> int:
        """How many texts of the last call of `encode_texts` were longer than the model reads."""
        return getattr(self.changes.base, "texts_cut", 0)

    def fingerprint(self, modality: str | None = None) -> dict[str, Any]:
        """Return the base's, and the content of what changed."""
        return self.changes.after(self.base.fingerprint(modality))

    def logit_scale(self) -> float:
        """Return e^τ as it was learned."""
        return artifact.about(self.changes.folder).logit_scale

    def items_a_batch(self, modality: str) -> int:
        """Return the base's; the usual number where it does not say."""
        return self.base.items_a_batch(modality) if isinstance(self.base, InBatches) else USUAL

    def encode_images(self, images: Sequence[Image]) -> np.ndarray:
        """Return (N, d) float32; of unit norm where the start was amended."""
        return self._moved(self.without_shifts().encode_images(images), "image")

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Return (M, d) float32; of unit norm where the start was amended."""
        return self._moved(self.without_shifts().encode_texts(texts), "text")

    def towers(self) -> tuple[nn.Module, nn.Module]:
        """Return the base's, with what was trained."""
        return self._changed.towers()

    def backbones(self) -> dict[str, nn.Module]:
        """Return the base's, with what was trained."""
        return self._changed.backbones()

    def shifts(self) -> dict[str, torch.Tensor]:
        """Return those of an amended start, by modality."""
        return {name.removesuffix("_shift"): v for name, v in self._weights.items() if name.endswith("_shift")}

    def without_shifts(self) -> TrainableEncoder:
        """Return the base's models with what was trained, whose vectors an earlier amended start has not moved."""
        return self._changed.without_shifts()

    def image_inputs(self, images: Sequence[Image]) -> torch.Tensor | Mapping[str, torch.Tensor]:
        """Return the base's."""
        return self.base.image_inputs(images)

    def text_inputs(self, texts: Sequence[str]) -> torch.Tensor | Mapping[str, torch.Tensor]:
        """Return the base's."""
        return self.base.text_inputs(texts)

    def image_rows(self, dataset: Dataset) -> TowerRows:
        """Return the base's."""
        return self.base.image_rows(dataset)

    def text_rows(self, dataset: Dataset) -> TowerRows:
        """Return the base's."""
        return self.base.text_rows(dataset)

    def text_rows_key(self) -> dict[str, Any]:
        """Return the base's."""
        return self.base.text_rows_key()

    def model_folders(self) -> list[Path]:
        """Return the base's."""
        return self.base.model_folders()

    def blueprint(self) -> Blueprint:
        """Return the base's."""
        return self.base.blueprint()

    def write_whole(self, folder: Path, logit_scale: float | None) -> str:
        """Write the base with what was trained.

        Raises:
            EncoderError: no library reads it, or no model of a library has the shift of an amended start.
        """
        if self.shifts():
            raise EncoderError(f"{self.name} started amended: its shift has no place in a model of transformers")
        return self._changed.write_whole(folder, logit_scale)

    @cached_property
    def _weights(self) -> dict[str, torch.Tensor]:
        return artifact.weights(self.changes.folder)

    @cached_property
    def _changed(self) -> TrainableEncoder:
        self.changes.put_back(self.base)
        return self.base

    def _moved(self, vectors: np.ndarray, modality: str) -> np.ndarray:
        if (shift := self.shifts().get(modality)) is None:
            return vectors
        import torch

        from mmgap.training.trainable_model import shifted

        unit = torch.nn.functional.normalize(torch.from_numpy(vectors), dim=1)
        return shifted(unit, shift).numpy()


def load(argument: str | None, *, device: str, dtype: str, batch_size: int | None, seed: int) -> Encoder:
    """Load ``trained:FOLDER``, or ``trained:NAME`` for a folder under ``MMGAP_WEIGHTS``.

    Raises:
        MissingDataError: no such folder, or its base is not on this machine.
        EncoderError: it cannot be read, or its base has other weights here.
    """
    if not argument:
        raise EncoderError("trained: names no folder; mmgap train … --out FOLDER makes one")
    folder, *_ = trained_folders(argument)
    artifact.check(folder)  # before what is damaged becomes a key
    start = artifact.about(folder).base
    base = encoders.load(start, device=device, dtype=dtype, batch_size=batch_size, seed=seed)
    with (
        no_download("nobody but a file names it"),
        suppress(TrainingError),
    ):  # the folder may be anybody's; `onto` says what cannot be trained
        trainable(base).model_folders()
    return onto(base, folder, f"trained:{argument}")


def onto(base: Encoder, folder: Path, name: str) -> Encoder:
    """Return a fresh base with what a training changed.

    Raises:
        EncoderError: the folder cannot be read, or belongs to a base with other weights.
    """
    changes = SavedChanges(folder, base)
    try:
        made = trainable(base).trained(name, changes) or TrainedEncoder(name, base, changes)
    except TrainingError as error:
        raise EncoderError(
            f"{folder} says that it was trained on {base.name}, an encoder that cannot be trained"
        ) from error
    identified(made, identity_of(base))
    if (copies := copies_of(base)) is not None:
        keep_copies(made, copies.followed_by(partial(onto, folder=folder, name=name)))
    return made
