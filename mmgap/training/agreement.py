"""Training sees what encoding sees: both ways to a vector are compared on a few items before anything is trained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize

from mmgap.core.cache import Cache
from mmgap.core.messages import quoted
from mmgap.datasets import Dataset
from mmgap.datasets.base import digest
from mmgap.encoders import Encoder
from mmgap.encoders.base import identity_of
from mmgap.encoders.explained_errors import explained
from mmgap.encoders.tower_inputs import TowerRows
from mmgap.training.recipe import TrainingError
from mmgap.training.trainable_model import Dual
from mmgap.training.validation import Subset, encode

#: Part of the key of a sample's vectors.
FORMAT = 1

#: Items of each modality that are compared.
ITEMS = 8

#: The farthest that two unit vectors of one item may lie apart; the rounding of resized pixels reaches 0.005.
FARTHEST = 0.02


@dataclass(frozen=True, eq=False)
class Sample:
    """A few items of a data set with the vectors that an encoder gives them.

    Attributes:
        name: of the encoder.
        rows: positions in the data set, by modality.
        shown: what a message calls each of them, by modality.
        vectors: of unit norm, by modality.
    """

    name: str
    rows: dict[str, np.ndarray]
    shown: dict[str, list[str]]
    vectors: dict[str, Tensor]

    @classmethod
    def of(cls, encoder: Encoder, dataset: Dataset) -> Sample:
        """Pictures from all over the data set, and texts of all lengths, encoded once for all trainings."""
        pictures = _spread(np.arange(len(dataset.images)))
        texts = _spread(np.argsort([len(text) for text in dataset.captions], kind="stable"))
        chosen = [dataset.captions[row] for row in texts]
        shown = dataset.select(pictures)
        key = {
            "format": FORMAT,
            "encoder": encoder.fingerprint(),
            "identity": identity_of(encoder),
            "images": shown.fingerprint("image"),
            "texts": digest(chosen),
        }
        found = Cache().arrays(
            "agreement",
            key,
            lambda: {"image": encoder.encode_images(shown.images), "text": encoder.encode_texts(chosen)},
        )
        return cls(
            name=encoder.name,
            rows={"image": pictures, "text": texts},
            shown={"image": [dataset.image_ids[row] for row in pictures], "text": chosen},
            vectors={name: normalize(torch.as_tensor(v).float(), dim=1) for name, v in found.items()},
        )

    def compare(self, dual: Dual, images: TowerRows, texts: TowerRows, device: str) -> None:
        """Raise `TrainingError` where training would see other vectors of an item than the encoder gives it."""
        for modality, rows in (("image", images), ("text", texts)):
            with explained(self.name, f"it cannot be trained: its {modality} tower fails where encoding does not"):
                seen = encode(dual, Subset(rows, self.rows[modality]), modality, device)
            wanted = self.vectors[modality]
            if seen.shape != wanted.shape:
                raise TrainingError(
                    f"{self.name} cannot be trained: its {modality} tower gives {seen.shape[1]} dimensions, but it"
                    f" encodes {wanted.shape[1]}"
                )
            apart = (seen - wanted).norm(dim=1)
            worst = int(torch.where(apart.isfinite(), apart, torch.inf).argmax())
            if not apart[worst] <= FARTHEST:
                raise TrainingError(
                    f"{self.name} cannot be trained: training would see other {modality} vectors than it encodes; those"
                    f" of {modality} {quoted(self.shown[modality][worst], 60)!r} lie {float(apart[worst]):.3f} apart"
                    f" (of unit vectors, where {FARTHEST} is still rounding). Its {modality} model pools, pads or"
                    " projects in a way of its own: it can be measured, but not trained"
                )


def _spread(rows: np.ndarray) -> np.ndarray:
    """A few of them, at equal distances, the first and the last among them."""
    return rows[np.unique(np.linspace(0, len(rows) - 1, min(ITEMS, len(rows))).round().astype(int))]
