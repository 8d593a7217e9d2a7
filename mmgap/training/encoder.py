"""``trained:FOLDER``: an encoder that `mmgap.training` changed, its adapters merged into its weights."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mmgap import encoders
from mmgap.encoders.base import Encoder, EncoderError, identified, identity_of
from mmgap.encoders.dual import DualEncoder, Parts
from mmgap.encoders.projection import SavedProjection
from mmgap.encoders.towers import ImageTower, TextTower
from mmgap.encoders.two_towers import ProjectedTowers, TwoTowers
from mmgap.encoders.weights import file_hashes
from mmgap.training import saved
from mmgap.training.put_back import merge, put, touched, with_changes

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image


class TrainedDual(DualEncoder):
    """A trained model of transformers.

    Attributes:
        base: the encoder before training.
        folder: of `mmgap.training.saved`.
    """

    def __init__(self, name: str, base: DualEncoder, folder: Path) -> None:
        super().__init__(name, base.options)
        self.base, self.folder = base, folder

    def fingerprint(self, modality: str | None = None) -> dict[str, Any]:
        """The base's, and the content of what changed."""
        return _after(self.base.fingerprint(modality), self.folder)

    def logit_scale(self) -> float:
        """As it was learned."""
        return saved.about(self.folder).logit_scale

    @property
    def shifts(self) -> dict[str, torch.Tensor]:
        """Of an amended start, by modality."""
        return {name.removesuffix("_shift"): v for name, v in self._weights.items() if name.endswith("_shift")}

    def encode_images(self, images: Sequence[Image]) -> np.ndarray:
        """(N, d) float32; of unit norm where the start was amended."""
        return self._moved(super().encode_images(images), "image")

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """(M, d) float32; of unit norm where the start was amended."""
        return self._moved(super().encode_texts(texts), "text")

    @cached_property
    def _weights(self) -> dict[str, torch.Tensor]:
        return saved.weights(self.folder)

    def _load(self) -> Parts:
        import torch

        from mmgap.training.model import dual_of

        saved.check_base(self.folder, self.base)
        parts = self.base.parts
        dual = dual_of(self.base)
        merge(parts.model, self.folder, "model")
        changed = {name: value for name, value in self._weights.items() if not name.endswith("_shift")}
        put(changed, dict(dual.named_parameters()), self.folder)
        with torch.no_grad():
            if hasattr(parts.model, "logit_scale"):
                parts.model.logit_scale.fill_(float(np.log(self.logit_scale())))
        return parts

    def _moved(self, vectors: np.ndarray, modality: str) -> np.ndarray:
        if (shift := self.shifts.get(modality)) is None:
            return vectors
        import torch

        from mmgap.training.model import shifted

        unit = torch.nn.functional.normalize(torch.from_numpy(vectors), dim=1)
        return shifted(unit, shift).numpy()


class TrainedImageTower(ImageTower):
    """An image tower whose trunk was trained."""

    def __init__(self, base: ImageTower, folder: Path) -> None:
        super().__init__(base.source, base.options)
        self.base, self.trained = base, folder

    def fingerprint(self) -> dict[str, Any]:
        """The base's, and the content of what changed."""
        return _after(self.base.fingerprint(), self.trained)

    @cached_property
    def parts(self) -> tuple[Any, Any]:
        """The base's model with what was trained, and its processor."""
        model, processor = self.base.parts
        return with_changes(model, self.trained, "image"), processor


class TrainedTextTower(TextTower):
    """A text tower whose trunk was trained."""

    def __init__(self, base: TextTower, folder: Path) -> None:
        super().__init__(base.source, base.options)
        self.base, self.trained = base, folder

    def fingerprint(self) -> dict[str, Any]:
        """The base's, and the content of what changed."""
        return _after(self.base.fingerprint(), self.trained)

    @cached_property
    def model(self) -> Any:
        """The base's model with what was trained."""
        return with_changes(self.base.model, self.trained, "text")


def load(
    argument: str | None, *, device: str, dtype: str, batch_size: int | None, seed: int
) -> TrainedDual | ProjectedTowers:
    """``trained:FOLDER``, or ``trained:NAME`` for a folder under ``MMGAP_WEIGHTS``.

    Raises:
        MissingDataError: no such folder.
        EncoderError: it cannot be read, or its base has other weights here.
    """
    if not argument:
        raise EncoderError("trained: names no folder; mmgap train … --out FOLDER makes one")
    folder = saved.find(argument)
    saved.check(folder)  # before what is damaged becomes a key
    start = _start(folder)
    base = encoders.load(start, device=device, dtype=dtype, batch_size=batch_size, seed=seed)
    return onto(base, folder, f"trained:{argument}")


def _start(folder: Path) -> str:
    """What a training started from, which is not itself.

    Raises:
        EncoderError: the folder cannot be read, or stands among those that it started from.
    """
    known, start = [folder.resolve()], saved.about(folder).base
    following = start
    while following.startswith("trained:"):
        before = saved.find(following.removeprefix("trained:")).resolve()
        if before in known:
            raise EncoderError(
                f"{folder / saved.ABOUT}: it says that it was trained on itself ({start}): train it again"
            )
        known.append(before)
        following = saved.about(before).base
    return start


def onto(base: Encoder, folder: Path, name: str) -> TrainedDual | ProjectedTowers:
    """A fresh base with what a training changed.

    Raises:
        EncoderError: the folder cannot be read, or belongs to a base with other weights.
    """
    made: TrainedDual | ProjectedTowers
    if isinstance(base, DualEncoder):
        made = TrainedDual(name, base, folder)
    else:
        assert isinstance(base, ProjectedTowers)
        made = _onto_towers(base, folder, name)
    identified(made, identity_of(base))
    return made


def _onto_towers(base: ProjectedTowers, folder: Path, name: str) -> ProjectedTowers:
    saved.check_base(folder, base)
    saved.check(folder, saved.PROJECTION)
    raw = base.raw
    images = TrainedImageTower(raw.images, folder) if touched(folder, "image") else raw.images
    texts = TrainedTextTower(raw.texts, folder) if touched(folder, "text") else raw.texts
    towers = TwoTowers(f"{name} without its heads", images, texts)
    return ProjectedTowers(name, towers, SavedProjection(folder / saved.PROJECTION))


def changed(folder: Path) -> dict[str, str]:
    """SHA-256 of the files that hold what was trained."""
    found = {saved.WEIGHTS: file_hashes(folder)[saved.WEIGHTS]}
    for adapter in sorted((folder / saved.ADAPTER).glob("*")):
        found |= {f"{adapter.name}/{name}": digest for name, digest in file_hashes(adapter).items()}
    return found


def _after(base: dict[str, Any], folder: Path) -> dict[str, Any]:
    """A base's fingerprint, and what every training since has changed."""
    return {**base, "trained": [*base.get("trained", ()), changed(folder)]}
