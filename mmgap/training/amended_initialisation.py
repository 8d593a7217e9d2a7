"""Liang et al.'s amended initialisation: the gap is closed before training, by a shift of each modality that stays.

Training then shows whether the gap forms again (Liang et al. 2022, section 4; thesis 3.1, third cause).
"""

from __future__ import annotations

import torch

from mmgap.encoders.tower_inputs import TowerRows
from mmgap.training.recipe import TrainingError
from mmgap.training.trainable_model import Dual, shifted
from mmgap.training.validation import Subset, encode

#: Pairs that the shift is found on, the gap that counts as closed, and how often it is corrected at most.
PAIRS, CLOSED, ROUNDS = 2000, 1e-4, 1000


def close_gap(dual: Dual, images: TowerRows, texts: TowerRows, device: str) -> float:
    """Set both shifts so that the two means coincide; the gap that is left, over these pairs.

    Half the difference of the means is taken from one modality and given to the other, and again after the vectors
    are back on the sphere, until the gap is closed.

    Raises:
        TrainingError: it does not close: both modalities are single points, say.
    """
    dual.image_shift, dual.text_shift = (torch.zeros_like(dual.log_scale) for _ in range(2))
    chosen = torch.linspace(0, len(images) - 1, min(PAIRS, len(images))).round().long().unique().numpy()
    x = encode(dual, Subset(images, chosen), "image", device)
    rows = torch.linspace(0, len(texts) - 1, min(PAIRS, len(texts))).round().long().unique().numpy()
    y = encode(dual, Subset(texts, rows), "text", device)
    shift_x, shift_y = (torch.zeros(x.shape[1]) for _ in range(2))
    for _ in range(ROUNDS):
        between = shifted(x, shift_x).mean(0) - shifted(y, shift_y).mean(0)
        if between.norm() < CLOSED:
            dual.image_shift, dual.text_shift = shift_x.to(dual.image_shift), shift_y.to(dual.text_shift)
            return float(between.norm())
        shift_x, shift_y = shift_x - between / 2, shift_y + between / 2
    raise TrainingError(
        f"start=amended: after {ROUNDS} corrections the gap is still {float(between.norm()):.4f}; this encoder's"
        " modalities cannot be shifted onto each other"
    )
