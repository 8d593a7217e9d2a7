"""A tower of two that a training changed below its head."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from mmgap.encoders.base import Changes
from mmgap.encoders.towers import ImageTower, TextTower


class TrainedImageTower(ImageTower):
    """An image tower whose trunk was trained.

    Args:
        base: the tower before training.
        changes: of the training.
    """

    was_trained = True

    def __init__(self, base: ImageTower, changes: Changes) -> None:
        super().__init__(base.source, base.options)
        self.base, self.changes = base, changes
        self.of_transformers, self.picture_side = base.of_transformers, base.picture_side

    def fingerprint(self) -> dict[str, Any]:
        """Return the base's, and the content of what changed."""
        return self.changes.after(self.base.fingerprint())

    def _locate(self) -> Path:
        return self.base.folder

    @cached_property
    def parts(self) -> tuple[Any, Any]:
        """The base's model with what was trained, and its processor."""
        model, processor = self.base.parts
        return self.changes.put_into(model, "image"), processor


class TrainedTextTower(TextTower):
    """A text tower whose trunk was trained; see `TrainedImageTower`."""

    was_trained = True

    def __init__(self, base: TextTower, changes: Changes) -> None:
        super().__init__(base.source, base.options)
        self.base, self.changes = base, changes

    def fingerprint(self) -> dict[str, Any]:
        """Return the base's, and the content of what changed."""
        return self.changes.after(self.base.fingerprint())

    @cached_property
    def model(self) -> Any:
        """The base's model with what was trained."""
        return self.changes.put_into(self.base.model, "text")
