"""What a trained encoder was trained on, which may be a trained one itself: followed to the encoder that began it."""

from __future__ import annotations

from pathlib import Path

from mmgap.core.messages import quoted
from mmgap.encoders import EncoderError
from mmgap.training import artifact

#: Trainings on top of each other that are followed.
DEEPEST = 50


def trained_folders(source: str) -> list[Path]:
    """Return the folders from ``trained:SOURCE`` down to the one whose base was never trained, in this order.

    Raises:
        MissingDataError: one of them is not there.
        EncoderError: one cannot be read, or they lead back to one another.
    """
    folders: list[Path] = []
    while True:
        folder = artifact.find(source).resolve()
        if folder in folders or len(folders) == DEEPEST:
            how = "it says that it was trained on itself" if folder in folders else f"it stands on {DEEPEST} others"
            raise EncoderError(
                f"{quoted(folders[0] / artifact.ABOUT)}: {how}, by way of {quoted(folder)}: train it again"
            )
        folders.append(folder)
        family, _, rest = artifact.about(folder).base.partition(":")
        if family != "trained":
            return folders
        source = rest


def beginning(source: str) -> str:
    """Return the spec of the encoder that ``trained:SOURCE`` began with. Raises as `trained_folders`."""
    return artifact.about(trained_folders(source)[-1]).base
