"""How an encoder is trained: all that training asks of any family, and what holds where a family says nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mmgap.encoders.base import Changes, Encoder, EncoderError, Trainable, TrainingError

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image
    from torch import nn

    from mmgap.datasets import Dataset
    from mmgap.encoders.blueprint import Blueprint
    from mmgap.encoders.tower_inputs import TowerRows


class TrainableEncoder:
    """An `Encoder` that is trained by its towers; a family gives the three methods of `Trainable` and what differs.

    Attributes:
        name: the spec it was made from.
        takes_pixels: the image tower takes (n, side, side, 3) uint8, which a recipe may move (``shift``).
        can_be_amended: a recipe may close the gap before training (``start=amended``).
    """

    name: str
    takes_pixels = False
    can_be_amended = False

    def fingerprint(self, modality: str | None = None) -> dict[str, Any]:
        """See `mmgap.encoders.Encoder`."""
        raise NotImplementedError

    def logit_scale(self) -> float | None:
        """See `mmgap.encoders.Encoder`."""
        raise NotImplementedError

    def encode_images(self, images: Sequence[Image]) -> np.ndarray:
        """See `mmgap.encoders.Encoder`."""
        raise NotImplementedError

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """See `mmgap.encoders.Encoder`."""
        raise NotImplementedError

    def towers(self) -> tuple[nn.Module, nn.Module]:
        """See `mmgap.encoders.Trainable`."""
        raise NotImplementedError

    def image_inputs(self, images: Sequence[Image]) -> torch.Tensor | Mapping[str, torch.Tensor]:
        """See `mmgap.encoders.Trainable`."""
        raise NotImplementedError

    def text_inputs(self, texts: Sequence[str]) -> torch.Tensor | Mapping[str, torch.Tensor]:
        """See `mmgap.encoders.Trainable`."""
        raise NotImplementedError

    def backbones(self) -> dict[str, nn.Module]:
        """Return the modules that adapters belong to, by name: one of both towers, or one of each."""
        from mmgap.encoders.tower_modules import backbone_of

        return dict(zip(("image", "text"), map(backbone_of, self.towers()), strict=True))

    def shifts(self) -> dict[str, torch.Tensor]:
        """Return what is added to the unit vectors of a modality, by name; nothing but after an amended start."""
        return {}

    def without_shifts(self) -> TrainableEncoder:
        """Return the encoder whose vectors `shifts` are added to."""
        return self

    def image_rows(self, dataset: Dataset) -> TowerRows:
        """Return what the image tower takes of all images of a data set.

        Raises:
            TrainingError: the encoder does not give one row an item.
        """
        from mmgap.encoders.tower_inputs import TensorRows

        return TensorRows.checked(self.image_inputs(dataset.images), len(dataset.images), "image_inputs", self.name)

    def text_rows(self, dataset: Dataset) -> TowerRows:
        """Return what the text tower takes of all captions of a data set. Raises as `image_rows`."""
        from mmgap.encoders.tower_inputs import TensorRows

        return TensorRows.checked(self.text_inputs(dataset.captions), len(dataset.captions), "text_inputs", self.name)

    def text_rows_key(self) -> dict[str, Any]:
        """Return what of the making of `text_rows` is part of a key; reads files alone."""
        return {}

    def trunk_encoder(self) -> Encoder | None:
        """Return the encoder of the features below both heads, where it is one by itself.

        Its vectors are kept in the cache, what was trained is known by its fingerprint, and trained heads are saved
        as a projection file.
        """
        return None

    def trunks_were_trained(self) -> bool:
        """Return whether anything below the heads is other than as it came."""
        return True

    def model_folders(self) -> list[Path]:
        """Return where the files of its models are, brought here now if need be. Raises as `Encoder.fingerprint`."""
        return []

    def trained(self, name: str, changes: Changes) -> Encoder | None:
        """Return the encoder of this family that a training made of this one.

        None stands for this encoder itself, what was trained being put into its towers.
        """
        return None

    def blueprint(self) -> Blueprint:
        """Return its towers without weights, for an estimate of what a training needs.

        Raises:
            TrainingError: nothing is known of a model here.
        """
        from mmgap.encoders.blueprint import TowersBlueprint

        return TowersBlueprint(self.name, self, self.backbones)

    def write_whole(self, folder: Path, logit_scale: float | None) -> str:
        """Write the encoder into an empty folder as its libraries read it.

        Returns:
            The spec that loads it, with ``{out}`` in the place of the folder.

        Raises:
            EncoderError: no library reads it.
        """
        raise EncoderError(f"{self.name} has no whole model that a library reads: it stays trained:FOLDER")


class EncoderOfThreeMethods(TrainableEncoder):
    """An encoder from outside that offers no more than the methods of `mmgap.encoders.Trainable`."""

    def __init__(self, encoder: Any) -> None:
        self.encoder, self.name = encoder, encoder.name
        self.fingerprint, self.logit_scale = encoder.fingerprint, encoder.logit_scale  # type: ignore[method-assign]
        self.encode_images, self.encode_texts = encoder.encode_images, encoder.encode_texts  # type: ignore[method-assign]
        self.towers = encoder.towers  # type: ignore[method-assign]
        self.image_inputs, self.text_inputs = encoder.image_inputs, encoder.text_inputs  # type: ignore[method-assign]

    def model_folders(self) -> list[Path]:
        """Return its attribute ``folder``, where it has one."""
        return [folder] if (folder := getattr(self.encoder, "folder", None)) is not None else []


def trainable(encoder: Encoder) -> TrainableEncoder:
    """Return an encoder as what training asks of it.

    Raises:
        TrainingError: it offers no towers.
    """
    if isinstance(encoder, TrainableEncoder):
        return encoder
    if isinstance(encoder, Trainable):
        return EncoderOfThreeMethods(encoder)
    raise TrainingError(
        f"{encoder.name} cannot be trained: {type(encoder).__name__} has no model with two towers. An encoder of your"
        " own can be when it has the methods towers, image_inputs and text_inputs of mmgap.encoders.Trainable"
    )
